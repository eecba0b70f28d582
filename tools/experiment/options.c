#include "tools/experiment/options.h"

#include "common/app/cli.h"
#include "common/app/program_options.h"
#include "common/text/text_file.h"
#include "tools/process/judge.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* At once, by default: more of them might disturb each other. */
enum { REAL_TIME_JOBS = 2 };

enum {
	OPTION_VIA = 256,
	OPTION_RESUME,
	OPTION_KEEP_WAVS,
	OPTION_JUDGE,
	OPTION_SEEDS,
	OPTION_SECONDS,
	OPTION_CHANNEL,
	OPTION_SETTING
};

static const struct option long_options[] = {
	{ "plan", required_argument, NULL, 'p' },
	{ "out", required_argument, NULL, 'o' },
	{ "via", required_argument, NULL, OPTION_VIA },
	{ "resume", no_argument, NULL, OPTION_RESUME },
	{ "keep-wavs", no_argument, NULL, OPTION_KEEP_WAVS },
	{ "judge", required_argument, NULL, OPTION_JUDGE },
	{ "jobs", required_argument, NULL, 'j' },
	{ "seeds", required_argument, NULL, OPTION_SEEDS },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "recording", required_argument, NULL, 'i' },
	{ "channel", required_argument, NULL, OPTION_CHANNEL },
	{ "setting", required_argument, NULL, OPTION_SETTING },
	PROGRAM_OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
	"usage: hindsight-experiment [options] --plan PLAN --out DIR\n"
	"Runs every setting over every channel with every seed; writes DIR/results.csv, one row\n"
	"per run, and DIR/report.html.\n"
	"\n"
	"  -p, --plan PLAN       a file, or one of: quick loss-sweep burst jitter\n"
	"                        redundancy-vs-bitrate frame-length\n"
	"  -o, --out DIR         created if missing; if it has results of another --via, the\n"
	"                        report compares the two\n"
	"      --via VIA         sim | relay | netem: virtual time, hindsight-impair, or the\n"
	"                        kernel's tc netem (as root)                       [sim]\n"
	"      --resume          continue an experiment that was interrupted\n"
	"  -j, --jobs N          runs at once                  [sim: cores; else up to 2]\n"
	"      --keep-wavs       keep what was heard, in DIR/wav\n"
	"      --judge PROGRAM   after each run PROGRAM REF.wav HEARD.wav; the number that it\n"
	"                        prints is added to the results\n"
	"\n"
	"instead of the plan's own, or in addition to it:\n"
	"  -i, --recording FILE  what is sent                  [recorded speech, if any]\n"
	"      --seconds S       of each run                                       [10]\n"
	"      --seeds LIST      such as 1,2,3 or 1-20                             [1]\n"
	"      --channel \"NAME SPEC\"     one more, such as \"loss10 delay 40ms loss 10%\"\n"
	"      --setting \"NAME OPTIONS\"  one more, such as \"copies-2 -r 2 | -d 100\"\n"
	"\n" PROGRAM_OPTIONS_USAGE "\n"
	"Exit status: 0 done, 1 a run failed or could not be finished, 2 wrong usage.\n"
	"Manual: hindsight-experiment(1).\n";

/* The folder of this program's own file. */
static bool find_programs(char path[PATH_MAX])
{
	const ssize_t n_chars = readlink("/proc/self/exe", path, PATH_MAX - 1);

	path[n_chars > 0 ? n_chars : 0] = '\0';
	char *const slash = strrchr(path, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* A file of this name, or a plan that comes with the program. */
static bool read_plan(const char *programs, const char *name, char text[PLAN_CHARS_MAX],
	size_t *n_chars, struct io_error *error)
{
	/* From the program on: as it was built, and as it is installed. */
	static const char *const places[] = { "plans", HINDSIGHT_INSTALLED_PLANS };
	char path[PATH_MAX + 100];

	if (text_file_is_there(name))
		return text_file_read(name, text, PLAN_CHARS_MAX, n_chars, error);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		snprintf(path, sizeof path, "%s/%s/%.40s.plan", programs, places[i], name);
		if (strlen(name) <= 40 && !strchr(name, '/') && text_file_is_there(path))
			return text_file_read(path, text, PLAN_CHARS_MAX, n_chars, error);
	}
	return io_error_set(error, "is neither a file nor one of quick, loss-sweep, burst, jitter, "
				   "redundancy-vs-bitrate, frame-length");
}

static int load_plan(struct experiment_options *o, const char *name)
{
	static char text[PLAN_CHARS_MAX]; /* large for a stack */
	struct io_error error;
	size_t n_chars = 0;

	if (!read_plan(o->programs, name, text, &n_chars, &error))
		return cli_refuse("--plan", name, "%s", error.text);
	if (n_chars == PLAN_CHARS_MAX)
		return cli_refuse(
			"--plan", name, "is longer than a plan: %d characters", PLAN_CHARS_MAX);
	if (!plan_parse(&o->plan, text, n_chars, &error))
		return cli_refuse("--plan", name, "%s", error.text);
	return OPTION_TAKEN;
}

static int take_line(struct experiment_plan *plan, const char *key)
{
	struct io_error error;
	char option[20];

	if (plan_take(plan, key, optarg, &error))
		return OPTION_TAKEN;
	snprintf(option, sizeof option, "--%s", key);
	return cli_refuse(option, optarg, "%s", error.text);
}

static int take_via(struct experiment_options *o)
{
	const char *names[N_VIAS];
	size_t index;

	for (size_t i = 0; i < N_VIAS; i++)
		names[i] = vias[i]->name;
	if (!cli_choice("--via", optarg, names, N_VIAS, &index))
		return EXIT_USAGE;
	o->via = vias[index];
	return OPTION_TAKEN;
}

static int take(struct experiment_options *o, int option)
{
	static const char *const keys[] = { "seeds", "seconds", "channel", "setting" };
	struct io_error error;
	int64_t number;

	switch (option) {
	case 'p':
		return OPTION_TAKEN; /* it was read before, for the others change it */
	case 'o':
		o->out = optarg;
		return OPTION_TAKEN;
	case OPTION_VIA:
		return take_via(o);
	case OPTION_RESUME:
		o->resumes = true;
		return OPTION_TAKEN;
	case OPTION_KEEP_WAVS:
		o->keeps_wavs = true;
		return OPTION_TAKEN;
	case OPTION_JUDGE:
		o->judge = optarg;
		return judge_is_there(optarg, &error)
			       ? OPTION_TAKEN
			       : cli_refuse("--judge", optarg, "%s", error.text);
	case 'j':
		if (!cli_integer("--jobs", optarg, 1, EXPERIMENT_JOBS_MAX, "", &number))
			return EXIT_USAGE;
		o->n_jobs = (int)number;
		return OPTION_TAKEN;
	case 'i':
		return take_line(&o->plan, "recording");
	case OPTION_SEEDS:
	case OPTION_SECONDS:
	case OPTION_CHANNEL:
	case OPTION_SETTING:
		return take_line(&o->plan, keys[option - OPTION_SEEDS]);
	default:
		return program_options_take(&o->program, "hindsight-experiment", usage, option);
	}
}

static const char short_names[] = "p:o:j:i:" PROGRAM_OPTIONS_SHORT;

int experiment_options_parse(struct experiment_options *options, int argc, char *argv[])
{
	const char *plan_name = NULL;
	struct io_error error;
	int code = OPTION_TAKEN, option;

	*options = (struct experiment_options){ .via = vias[0] };
	if (!find_programs(options->programs)) {
		cli_log(CLI_ERROR, "cannot find this program's own folder: is /proc mounted?");
		return EXIT_FAILED;
	}
	opterr = 0; /* the second reading complains */
	while ((option = getopt_long(argc, argv, short_names, long_options, NULL)) != -1)
		if (option == 'p')
			plan_name = optarg;
	opterr = 1;
	optind = 0;
	if (plan_name)
		code = load_plan(options, plan_name);
	while (code == OPTION_TAKEN &&
		(option = getopt_long(argc, argv, short_names, long_options, NULL)) != -1)
		code = take(options, option);
	if (code != OPTION_TAKEN)
		return code;
	if (optind < argc)
		return cli_refuse(argv[optind], NULL, "unexpected argument; see --help");
	if (!options->out)
		return cli_refuse("--out", NULL, "is missing; see --help");
	if (!plan_settle(&options->plan, &error))
		return cli_refuse("--plan", plan_name, "%s", error.text);
	if (options->n_jobs == 0) {
		const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
		const long n_most =
			options->via->is_real_time ? REAL_TIME_JOBS : EXPERIMENT_JOBS_MAX;
		options->n_jobs = (int)(n_cores < 1 ? 1 : n_cores < n_most ? n_cores : n_most);
	}
	return OPTION_TAKEN;
}
