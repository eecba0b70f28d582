/* What the command line of hindsight-latency says. */
#ifndef HINDSIGHT_TOOLS_LATENCY_OPTIONS_H
#define HINDSIGHT_TOOLS_LATENCY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { LATENCY_MAX_DELAY_MS = 10000 }; /* of --max-delay */

enum latency_mode {
	LATENCY_NONE,
	LATENCY_SELF_TEST, /* the programs on virtual devices */
	LATENCY_LOOP,	   /* sound devices */
	LATENCY_FILES,	   /* recordings */
	LATENCY_MAKE,	   /* writes the markers into a file */
	LATENCY_DEVICES	   /* lists them */
};

struct latency_options {
	enum latency_mode mode;
	int64_t n_markers;
	double max_delay_ms;
	const char *output, *input; /* devices */
	double buffer_ms;	    /* of the loop's devices, or of the virtual ones */
	const char *send_options, *recv_options;
	const char *played, *recorded; /* files; recorded is NULL where played has both */
	const char *made_path;
	double calibration_ms; /* taken out of every delay; NAN: nothing is */
	bool is_json;
	const char *csv_path, *svg_path; /* NULL: none */
	bool is_verbose, is_quiet;
};

/* Returns OPTION_TAKEN where the program should go on, else the code to exit with: --help and
 * --version are done, or a complaint is printed. */
int latency_options_parse(struct latency_options *options, int argc, char *argv[]);

#endif
