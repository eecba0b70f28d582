/* hindsight-score: two sound files read, their figures printed; decides nothing. */
#include "common/app/cli.h"
#include "common/app/program_options.h"
#include "common/io/sound_file.h"
#include "common/text/json_writer.h"
#include "common/base/units.h"
#include "tools/process/judge.h"
#include "tools/score/score.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SAMPLES = 65536, MINUTES_MAX = 60 };

struct options {
	struct program_options program;
	const char *clean_path, *heard_path;
	const char *track_path; /* NULL: none */
	const char *judge;	/* NULL: none */
	bool is_json;
};

/* Of the user's own judge. */
struct verdict {
	bool is_asked;
	double figure; /* NAN: it has given none */
};

struct recording {
	float *samples;
	size_t n;
};

static const char usage[] =
	"usage: hindsight-score [options] REF HEARD\n"
	"Tells what a listener lost: HEARD, a recording of what was played, against REF,\n"
	"what was sent. Sound files of any rate, one channel or the mean of two.\n"
	"\n"
	"      --json            one JSON object instead of text\n"
	"      --track FILE      a CSV with the delay over time\n"
	"      --judge PROGRAM   runs PROGRAM REF HEARD; the number that it prints is "
	"added\n" PROGRAM_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 failed while running, 2 wrong usage. Manual: "
	"hindsight-score(1).\n";

enum { OPTION_JSON = 256, OPTION_TRACK, OPTION_JUDGE };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "track", required_argument, NULL, OPTION_TRACK },
	{ "judge", required_argument, NULL, OPTION_JUDGE },
	PROGRAM_OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

/* OPTION_TAKEN, or the code to exit with. */
static int take_option(struct options *o, int option)
{
	switch (option) {
	case OPTION_JSON:
		o->is_json = true;
		return OPTION_TAKEN;
	case OPTION_TRACK:
		o->track_path = optarg;
		return OPTION_TAKEN;
	case OPTION_JUDGE:
		o->judge = optarg;
		return OPTION_TAKEN;
	default:
		return program_options_take(&o->program, "hindsight-score", usage, option);
	}
}

/* OPTION_TAKEN, or the code to exit with. */
static int parse_options(struct options *o, int argc, char *argv[])
{
	struct io_error error;
	int option;

	while ((option = getopt_long(argc, argv, PROGRAM_OPTIONS_SHORT, long_options, NULL)) !=
		-1) {
		const int code = take_option(o, option);
		if (code != OPTION_TAKEN)
			return code;
	}
	if (argc - optind != 2)
		return cli_refuse("REF HEARD", NULL,
			"two sound files are needed, not %d; see --help", argc - optind);
	if (o->judge && !judge_is_there(o->judge, &error))
		return cli_refuse("--judge", o->judge, "%s", error.text);
	o->clean_path = argv[optind];
	o->heard_path = argv[optind + 1];
	return OPTION_TAKEN;
}

/* An exit code, or -1 to go on. */
static int read_recording(struct recording *r, const char *name, const char *path)
{
	const size_t n_max = (size_t)MINUTES_MAX * 60 * SAMPLES_PER_SECOND;
	struct io_error error;
	struct sound_file *const file = sound_file_open(path, 1, &error);
	size_t n = 1, n_room = 0;

	if (!file)
		return cli_refuse(name, NULL, "%s", error.text);
	while (n > 0 && r->n <= n_max) {
		if (r->n + READ_SAMPLES > n_room) {
			n_room = 2 * n_room + READ_SAMPLES;
			float *const larger = realloc(r->samples, n_room * sizeof *larger);
			if (!larger) {
				sound_file_close(file);
				cli_log(CLI_ERROR, "out of memory");
				return EXIT_FAILED;
			}
			r->samples = larger;
		}
		n = sound_file_read(file, r->samples + r->n, READ_SAMPLES);
		r->n += n;
	}
	sound_file_close(file);
	cli_log(CLI_DETAIL, "%s %s: %.3f s", name, path, (double)r->n / SAMPLES_PER_SECOND);
	if (r->n > n_max)
		return cli_refuse(
			name, path, "is longer than %d minutes; score a part of it", MINUTES_MAX);
	return -1;
}

static void print_text(
	const struct score_result *r, const struct options *o, const struct verdict *v)
{
	if (isnan(r->mos_lqo))
		puts("MOS-LQO          unknown (the reference is not speech)");
	else
		printf("MOS-LQO          %.2f   (1 to 4.64; an estimate of ITU-T P.862.2)\n",
			r->mos_lqo);
	if (v->is_asked && isnan(v->figure))
		printf("judge            unknown (%s)\n", o->judge);
	else if (v->is_asked)
		printf("judge            %g   (%s)\n", v->figure, o->judge);
	printf("intelligibility  %.4f   (ESTOI)\n", r->intelligibility);
	printf("distance         %.2f dB (log spectrum, 100 Hz to 8 kHz)\n", r->distance_db);
	printf("delay            %.2f ms (%.2f to %.2f, %d changes)\n", r->delay_ms,
		r->delay_min_ms, r->delay_max_ms, r->delay_changes);
	printf("drop-outs        %d, %.1f ms in all, the longest %.1f ms\n", r->dropouts,
		r->dropout_ms, r->longest_dropout_ms);
	printf("clicks           %d\n", r->clicks);
	printf("compared         %.2f s\n", r->seconds);
}

static void put_stretch(struct json_writer *json, const struct alignment_stretch *s)
{
	json_writer_open_object(json, NULL);
	json_writer_fixed(json, "begin_s", s->begin_s, 3);
	json_writer_fixed(json, "end_s", s->end_s, 3);
	json_writer_fixed(json, "begin_delay_ms", s->begin_delay_ms, 3);
	json_writer_fixed(json, "end_delay_ms", s->end_delay_ms, 3);
	json_writer_bool(json, "is_step", s->is_step);
	json_writer_close_object(json);
}

static void print_json(
	const struct score_result *r, const struct alignment *track, const struct verdict *v)
{
	struct json_writer json;

	json_writer_init(&json, stdout);
	json_writer_open_object(&json, NULL);
	json_writer_fixed(&json, "delay_ms", r->delay_ms, 3);
	json_writer_fixed(&json, "delay_min_ms", r->delay_min_ms, 3);
	json_writer_fixed(&json, "delay_max_ms", r->delay_max_ms, 3);
	json_writer_count(&json, "delay_changes", r->delay_changes);
	json_writer_count(&json, "dropouts", r->dropouts);
	json_writer_fixed(&json, "dropout_ms", r->dropout_ms, 1);
	json_writer_fixed(&json, "longest_dropout_ms", r->longest_dropout_ms, 1);
	json_writer_count(&json, "clicks", r->clicks);
	json_writer_fixed(&json, "estoi", r->intelligibility, 5);
	json_writer_fixed(&json, "lsd_db", r->distance_db, 4);
	json_writer_fixed(&json, "mos_lqo", r->mos_lqo, 4);
	json_writer_fixed(&json, "seconds", r->seconds, 3);
	if (v->is_asked)
		json_writer_digits(&json, "judge", v->figure, 10);
	json_writer_open_list(&json, "track");
	for (size_t i = 0; i < track->n_stretches; i++)
		put_stretch(&json, &track->stretches[i]);
	json_writer_close_list(&json);
	json_writer_close_object(&json);
	putchar('\n');
}

static int write_track(const char *path, const struct alignment *track)
{
	FILE *const file = fopen(path, "w");

	if (!file)
		return cli_refuse("--track", path, "%s", strerror(errno));
	fputs("begin_s,end_s,begin_delay_ms,end_delay_ms,is_step\n", file);
	for (size_t i = 0; i < track->n_stretches; i++) {
		const struct alignment_stretch *const s = &track->stretches[i];
		fprintf(file, "%.3f,%.3f,%.3f,%.3f,%d\n", s->begin_s, s->end_s, s->begin_delay_ms,
			s->end_delay_ms, s->is_step);
	}
	const bool is_written = !ferror(file);
	if (fclose(file) != 0 || !is_written) {
		cli_log(CLI_ERROR, "--track %s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* An exit code: what the others tell is printed all the same where the judge fails. */
static int ask_judge(const struct options *o, double seconds, struct verdict *v)
{
	struct io_error error;

	*v = (struct verdict){ o->judge != NULL, NAN };
	if (!o->judge || judge_ask(&v->figure, o->judge, o->clean_path, o->heard_path,
				 judge_limit_us(seconds), &error))
		return EXIT_DONE;
	cli_log(CLI_ERROR, "--judge %s: %s", o->judge, error.text);
	return EXIT_FAILED;
}

static int compare(
	const struct options *o, const struct recording *clean, const struct recording *heard)
{
	struct score_result result;
	struct alignment track;
	struct verdict verdict;
	int code = EXIT_DONE;

	if (!score_with_track(
		    &result, &track, clean->samples, clean->n, heard->samples, heard->n)) {
		cli_log(CLI_ERROR, "%s and %s: %s", o->clean_path, o->heard_path,
			score_fault_text(result.fault));
		return EXIT_FAILED;
	}
	if (o->track_path)
		code = write_track(o->track_path, &track);
	const bool is_written = code == EXIT_DONE;
	if (is_written)
		code = ask_judge(o, (double)heard->n / SAMPLES_PER_SECOND, &verdict);
	if (is_written && o->is_json)
		print_json(&result, &track, &verdict);
	else if (is_written)
		print_text(&result, o, &verdict);
	alignment_end(&track);
	if (is_written && fflush(stdout) != 0) {
		cli_log(CLI_ERROR, "standard output: %s", strerror(errno));
		code = EXIT_FAILED;
	}
	return code;
}

int main(int argc, char *argv[])
{
	struct options options = { 0 };
	struct recording clean = { 0 }, heard = { 0 };

	cli_begin(argv);
	int code = parse_options(&options, argc, argv);
	if (code != OPTION_TAKEN)
		return code;
	code = read_recording(&clean, "REF", options.clean_path);
	if (code < 0)
		code = read_recording(&heard, "HEARD", options.heard_path);
	if (code < 0)
		code = compare(&options, &clean, &heard);
	free(clean.samples);
	free(heard.samples);
	return code;
}
