#include "tools/experiment/row.h"

#include "common/base/units.h"
#include "common/text/json_fields.h"
#include "common/text/text_file.h"
#include "tools/experiment/run_steps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STATS_BYTES_MAX = 16 << 20 };

/* A whole file, to be freed; NULL where there is none. */
static char *read_all(const struct experiment_run *run, const char *name)
{
	char path[RUN_PATH_BYTES];
	struct stat status;
	size_t n_chars = 0;

	snprintf(path, sizeof path, "%s/%s", run->folder, name);
	if (stat(path, &status) != 0 || status.st_size > STATS_BYTES_MAX)
		return NULL;
	char *const text = malloc((size_t)status.st_size + 1);
	if (text && !text_file_read(path, text, (size_t)status.st_size, &n_chars, NULL))
		n_chars = 0;
	if (text)
		text[n_chars] = '\0';
	return text;
}

/* The summary of a file of statistics, or all of another one's, as columns. False: there is
 * none. */
static bool take_fields(struct experiment_run *run, struct results *results, size_t row,
	const char *name, bool is_sender, const char *prefix)
{
	char column[JSON_NAME_BYTES + 16];
	struct json_field field;
	char *const text = read_all(run, name);
	const char *at = text && !*prefix ? json_fields_summary(text) : text;
	const bool is_there = at != NULL;

	while (at && json_fields_next(&at, &field)) {
		if (strcmp(field.name, "time_s") == 0 || strcmp(field.name, "summary") == 0)
			continue;
		if (is_sender && strcmp(field.name, "level_dbfs") == 0)
			snprintf(field.name, sizeof field.name, "input_level_dbfs");
		snprintf(column, sizeof column, "%s%s", prefix, field.name);
		/* What both tell, as the round trip, is the one's who sees it first. */
		if (!is_sender || *results_text(results, row, column) == '\0')
			results_set(results, row, column, field.value);
	}
	free(text);
	return is_there;
}

/* Figures that follow from the others. */
static void derive(struct experiment_run *run, struct results *results, size_t row)
{
	const double concealed = results_number(results, row, "frames_concealed");
	const double silent = results_number(results, row, "frames_silent");
	const double played = results_number(results, row, "frames_played") - silent;
	const double sent = results_number(results, row, "packets_sent");
	const double bytes = results_number(results, row, "bytes_sent");
	const double lost = results_number(results, row, "packets_lost");

	results_set_number(results, row, "loss_ratio", sent > 0 ? lost / sent : NAN);
	results_set_number(results, row, "missing_ratio", played > 0 ? concealed / played : NAN);
	results_set_number(results, row, "wire_kbps",
		(bytes + IPV4_UDP_BYTES * sent) * 8 / 1000 / run->context->plan->seconds);
}

static void name_row(const struct experiment_run *run, struct results *results, size_t row)
{
	static const char *const kinds[] = {
		[PLAN_SPEC] = "", [PLAN_TRACE] = "trace ", [PLAN_CAPTURE] = "pcap "
	};
	char text[PLAN_TEXT_BYTES + 16];

	results_set(results, row, "via", run->context->via->name);
	results_set(results, row, "channel", run->channel->name);
	results_set(results, row, "setting", run->setting->name);
	results_set_number(results, row, "seed", run->seed);
	results_set(results, row, "status", "");
	results_set(results, row, "reason", "");
	snprintf(text, sizeof text, "%s%s", kinds[run->channel->kind], run->channel->text);
	results_set(results, row, "spec", text);
	results_set(results, row, "send_options", run->setting->send);
	results_set(results, row, "recv_options", run->setting->recv);
	results_set_number(results, row, "seconds", run->context->plan->seconds);
	/* The columns of every experiment, in front of what the programs tell. */
	results_set(results, row, "loss_ratio", "");
	results_set(results, row, "missing_ratio", "");
	results_set(results, row, "wire_kbps", "");
	results_set(results, row, "score_mos_lqo", "");
	if (run->context->judge)
		results_set(results, row, "score_judge", "");
}

void row_measure(struct experiment_run *run, struct results *measured)
{
	const size_t row = results_add(measured);

	name_row(run, measured, row);
	if (*run->failure.text != '\0')
		return;
	if (!take_fields(run, measured, row, RUN_RECEIVER_FILE, false, ""))
		io_error_set(&run->failure, "the receiver wrote no summary");
	else if (run->context->via->is_real_time &&
		 !take_fields(run, measured, row, RUN_SENDER_FILE, true, ""))
		io_error_set(&run->failure, "the sender wrote no summary");
	if (run->context->has_score) /* what cannot be scored has told nothing */
		take_fields(run, measured, row, "score.out", false, "score_");
	derive(run, measured, row);
}

void row_finish(const struct experiment_run *run, struct results *measured, struct results *results)
{
	const bool has_failed = *run->failure.text != '\0';

	results_set(measured, 0, "status", has_failed ? "failed" : "done");
	results_set(measured, 0, "reason", has_failed ? run->failure.text : run->remark.text);
	const size_t to = results_add(results);
	for (size_t i = 0; i < measured->n_columns; i++)
		results_set(results, to, measured->columns[i],
			results_text(measured, 0, measured->columns[i]));
	results->has_failed = results->has_failed || measured->has_failed;
	results_end(measured);
}
