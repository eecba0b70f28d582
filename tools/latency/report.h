/* The result of a measurement: as text with the distribution, as JSON, CSV, and a picture.
 * Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_LATENCY_REPORT_H
#define HINDSIGHT_TOOLS_LATENCY_REPORT_H

#include "common/io/io_error.h"
#include "tools/latency/delay_list.h"

#include <stdbool.h>
#include <stdio.h>

/* All in milliseconds, NAN where it is not known or there is none. */
struct latency_report {
	const char *mode;		 /* "self-test", "loop", "files" */
	const struct delay_list *delays; /* the calibration is subtracted already */
	struct delay_summary summary;	 /* of them */
	double calibration_ms;
	unsigned n_xruns;
	/* Of a self-test. */
	double device_ms;	/* capture and playout, as the devices report; not in the delays */
	double mouth_to_ear_ms; /* the mean delay plus that */
	double statistics_ms;	/* what hindsight-recv reported for the same time, mean */
};

void latency_report_text(const struct latency_report *report, FILE *file);

/* One object, one line. */
void latency_report_json(const struct latency_report *report, FILE *file);

/* False: *error says why. */
bool latency_report_csv(
	const struct latency_report *report, const char *path, struct io_error *error);

/* Draws by gnuplot, an SVG: how the delays are spread, and each of them over time. False: *error
 * says why, also that gnuplot is not installed. */
bool latency_report_svg(
	const struct latency_report *report, const char *path, struct io_error *error);

#endif
