#include "tools/experiment/papers.h"

#include "common/text/text_file.h"
#include "common/base/units.h"
#include "common/text/text_buffer.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define VERSION_TIMEOUT_US (10 * US_PER_SECOND)

enum { TEXT_BYTES = 400 };

/* Only the lines that are new: several programs name the same libraries. */
static void put_new_lines(struct text_buffer *text, char *answer)
{
	char *rest = NULL;

	for (const char *line = strtok_r(answer, "\n", &rest); line;
		line = strtok_r(NULL, "\n", &rest))
		if (!text->text || !strstr(text->text, line))
			text_buffer_put(text, "%s\n", line);
}

static void put_version(
	const struct work_folder *folder, struct text_buffer *text, char *const argv[])
{
	char path[WORK_PATH_BYTES + 16], answer[TEXT_BYTES];
	struct child child;
	const struct child_setup setup = { .output = CHILD_IN_FILES, .stdout_path = path };
	size_t n_chars = 0;

	snprintf(path, sizeof path, "%s/version", folder->path);
	if (child_start(&child, argv, &setup, NULL) &&
		child_result(&child, VERSION_TIMEOUT_US) == 0 &&
		text_file_read(path, answer, sizeof answer - 1, &n_chars, NULL)) {
		answer[n_chars] = '\0';
		put_new_lines(text, answer);
	} else {
		text_buffer_put(text, "%s: not installed\n",
			strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0]);
	}
}

bool papers_put_versions(
	const struct work_folder *folder, const char *programs_folder, const struct via *via)
{
	static const char *const programs[] = { "hindsight-experiment", "hindsight-send",
		"hindsight-recv", "hindsight-sim", "hindsight-impair", "hindsight-score" };
	static char gnuplot[] = "gnuplot", version[] = "--version";
	struct text_buffer text = { 0 };
	struct utsname system;

	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		char path[PATH_MAX + 40];
		snprintf(path, sizeof path, "%s/%s", programs_folder, programs[i]);
		put_version(folder, &text, (char *[]){ path, version, NULL });
	}
	put_version(folder, &text, (char *[]){ gnuplot, version, NULL });
	if (via->version)
		put_version(folder, &text, via->version);
	if (uname(&system) == 0)
		text_buffer_put(
			&text, "%s %s %s\n", system.sysname, system.release, system.machine);
	const bool ok = !text.has_failed &&
			work_folder_put(folder, "versions.txt", text.text, text.n_chars, NULL);
	text_buffer_end(&text);
	return ok;
}

bool papers_put_plan(const struct work_folder *folder, const struct experiment_plan *plan)
{
	static const char *const kinds[] = {
		[PLAN_SPEC] = "channel", [PLAN_TRACE] = "trace", [PLAN_CAPTURE] = "pcap"
	};
	struct text_buffer text = { 0 };

	if (*plan->title)
		text_buffer_put(&text, "title %s\n", plan->title);
	if (*plan->recording)
		text_buffer_put(&text, "recording %s\n", plan->recording);
	text_buffer_put(&text, "seconds %g\nseeds", plan->seconds);
	for (size_t i = 0; i < plan->n_seeds; i++)
		text_buffer_put(&text, " %" PRIu32, plan->seeds[i]);
	text_buffer_put(&text, "\n");
	for (size_t i = 0; i < plan->n_channels; i++)
		text_buffer_put(&text, "%s %s %s\n", kinds[plan->channels[i].kind],
			plan->channels[i].name, plan->channels[i].text);
	for (size_t i = 0; i < plan->n_settings; i++)
		text_buffer_put(&text, "setting %s %s%s%s\n", plan->settings[i].name,
			plan->settings[i].send, *plan->settings[i].recv ? " | " : "",
			plan->settings[i].recv);
	const bool ok = !text.has_failed &&
			work_folder_put(folder, "experiment.plan", text.text, text.n_chars, NULL);
	text_buffer_end(&text);
	return ok;
}
