/* What a measurement found, told: text with the distribution, JSON, CSV, and a picture.
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
	const struct delay_list *delays; /* the calibration is taken out of them already */
	struct delay_summary summary;	 /* of them */
	double calibration_ms;
	unsigned n_xruns;
	/* Of a self-test. */
	double device_ms;	/* capture and playout, as the devices tell; not in the delays */
	double mouth_to_ear_ms; /* the mean delay and that */
	double statistics_ms;	/* what hindsight-recv told of the same time, in the mean */
};

void latency_report_text(const struct latency_report *report, FILE *file);

/* One object, one line. */
void latency_report_json(const struct latency_report *report, FILE *file);

/* False: *error says why. */
bool latency_report_csv(
	const struct latency_report *report, const char *path, struct io_error *error);

/* Draws by gnuplot, an SVG: how the delays are spread, and each of them over time. False: *error
 * says why, also that gnuplot is not there. */
bool latency_report_svg(
	const struct latency_report *report, const char *path, struct io_error *error);

#endif
