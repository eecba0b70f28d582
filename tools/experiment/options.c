#include "tools/experiment/options.h"

#include "common/app/cli.h"
#include "common/text/text_file.h"
#include "tools/process/judge.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	OPTION_VIA = 256,
	OPTION_RESUME,
	OPTION_KEEP_WAVS,
	OPTION_JUDGE,
	OPTION_JOBS,
	OPTION_SEEDS,
	OPTION_SECONDS,
	OPTION_CHANNEL,
	OPTION_SETTING,
	OPTION_VERSION
};

static const struct option names[] = { { "plan", required_argument, NULL, 'p' },
	{ "out", required_argument, NULL, 'o' }, { "via", required_argument, NULL, OPTION_VIA },
	{ "resume", no_argument, NULL, OPTION_RESUME },
	{ "keep-wavs", no_argument, NULL, OPTION_KEEP_WAVS },
	{ "judge", required_argument, NULL, OPTION_JUDGE },
	{ "jobs", required_argument, NULL, 'j' },
	{ "seeds", required_argument, NULL, OPTION_SEEDS },
	{ "seconds", required_argument, NULL, OPTION_SECONDS },
	{ "recording", required_argument, NULL, 'i' },
	{ "channel", required_argument, NULL, OPTION_CHANNEL },
	{ "setting", required_argument, NULL, OPTION_SETTING }, { "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 } };

static void print_help(void)
{
	puts("usage: hindsight-experiment --plan PLAN --out DIR [options]\n"
	     "Runs every setting over every channel with every seed; writes DIR/results.csv, a row "
	     "a\n"
	     "run, and DIR/report.html.\n"
	     "\n"
	     "  -p, --plan PLAN       a file, or one of: quick loss-sweep burst jitter\n"
	     "                        redundancy-vs-bitrate frame-length\n"
	     "  -o, --out DIR         made where it is missing; with the results of another --via "
	     "the\n"
	     "                        report puts both side by side\n"
	     "      --via WAY         sim | relay | netem: virtual time, hindsight-impair, or the\n"
	     "                        kernel's tc netem (as root)                      [sim]\n"
	     "      --resume          go on where an earlier run was ended\n"
	     "  -j, --jobs N          runs at once                 [sim: cores; else up to 2]\n"
	     "      --keep-wavs       what was heard, into DIR/wav\n"
	     "      --judge PROGRAM   run as PROGRAM REF.wav HEARD.wav after each run; the number "
	     "that\n"
	     "                        it prints is one more figure\n"
	     "\n"
	     "in place of the plan's own, or beside it:\n"
	     "  -i, --recording FILE  what is sent                 [recorded speech, if any]\n"
	     "      --seconds S       of each run                                      [10]\n"
	     "      --seeds LIST      as in 1,2,3 or 1-20                              [1]\n"
	     "      --channel \"NAME SPEC\"     one more, as in \"loss10 delay 40ms loss 10%\"\n"
	     "      --setting \"NAME OPTIONS\"  one more, as in \"copies-2 -r 2 | -d 100\"\n"
	     "\n"
	     "  -q, --quiet           no progress\n"
	     "  -h, --help            --version\n"
	     "\n"
	     "Exit status: 0 done, 1 a run failed or could not be finished, 2 wrong usage.\n"
	     "Manual: hindsight-experiment(1).");
}

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
	return io_error_set(error, "is no file, and none of quick, loss-sweep, burst, jitter, "
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
	return -1;
}

static int take_line(struct plan *plan, const char *key)
{
	struct io_error error;
	char option[20];

	if (plan_take(plan, key, optarg, &error))
		return -1;
	snprintf(option, sizeof option, "--%s", key);
	return cli_refuse(option, optarg, "%s", error.text);
}

static int take(struct experiment_options *o, int option)
{
	static const char *const keys[] = { "seeds", "seconds", "channel", "setting" };
	struct io_error error;
	int64_t number;
	size_t index;

	switch (option) {
	case 'p':
		return -1; /* it was read before, for the others change it */
	case 'o':
		o->out = optarg;
		return -1;
	case OPTION_VIA:
		if (!cli_choice("--via", optarg, via_names, N_VIAS, &index))
			return EXIT_USAGE;
		o->via = (enum via)index;
		return -1;
	case OPTION_RESUME:
		o->resumes = true;
		return -1;
	case OPTION_KEEP_WAVS:
		o->keeps_wavs = true;
		return -1;
	case OPTION_JUDGE:
		o->judge = optarg;
		return judge_is_there(optarg, &error)
			       ? -1
			       : cli_refuse("--judge", optarg, "%s", error.text);
	case 'j':
		if (!cli_integer("--jobs", optarg, 1, EXPERIMENT_JOBS_MAX, "", &number))
			return EXIT_USAGE;
		o->n_jobs = (int)number;
		return -1;
	case 'i':
		return take_line(&o->plan, "recording");
	case OPTION_SEEDS:
	case OPTION_SECONDS:
	case OPTION_CHANNEL:
	case OPTION_SETTING:
		return take_line(&o->plan, keys[option - OPTION_SEEDS]);
	case 'q':
		o->is_quiet = true;
		return -1;
	case 'h':
		print_help();
		return EXIT_DONE;
	case OPTION_VERSION:
		puts("hindsight-experiment " HINDSIGHT_VERSION);
		return EXIT_DONE;
	default:
		return EXIT_USAGE; /* getopt_long() has said what it is */
	}
}

static const char short_names[] = "p:o:j:i:qh";

int experiment_options_parse(struct experiment_options *options, int argc, char *argv[])
{
	const char *plan_name = NULL;
	struct io_error error;
	int code = -1, option;

	*options = (struct experiment_options){ .via = VIA_SIM };
	if (!find_programs(options->programs)) {
		cli_log(CLI_ERROR, "where this program lies cannot be found out: is /proc there?");
		return EXIT_FAILED;
	}
	opterr = 0; /* the second reading complains */
	while ((option = getopt_long(argc, argv, short_names, names, NULL)) != -1)
		if (option == 'p')
			plan_name = optarg;
	opterr = 1;
	optind = 0;
	if (plan_name)
		code = load_plan(options, plan_name);
	while (code < 0 && (option = getopt_long(argc, argv, short_names, names, NULL)) != -1)
		code = take(options, option);
	if (code >= 0)
		return code;
	if (optind < argc)
		return cli_refuse(argv[optind], NULL, "is no option; see --help");
	if (!options->out)
		return cli_refuse("--out", NULL, "is missing; --help tells all");
	if (!plan_settle(&options->plan, &error))
		return cli_refuse("--plan", plan_name, "%s", error.text);
	if (options->n_jobs == 0) {
		const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
		const long n_most = options->via == VIA_SIM ? EXPERIMENT_JOBS_MAX : 2;
		options->n_jobs = (int)(n_cores < 1 ? 1 : n_cores < n_most ? n_cores : n_most);
	}
	return -1;
}
