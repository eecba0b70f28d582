/* What the command line of hindsight-sim says. */
#ifndef HINDSIGHT_TOOLS_SIM_OPTIONS_H
#define HINDSIGHT_TOOLS_SIM_OPTIONS_H

#include "common/app/run_options.h"
#include "tools/sim/capture_file.h"
#include "tools/sim/simulation.h"

#include <stddef.h>
#include <stdint.h>

enum { SIM_CHANGES_MAX = 1000, SIM_PAUSES_MAX = 1000 };

struct sim_options {
	const char *input;
	const char *output;	      /* NULL: nothing is written */
	const char *frames_path;      /* NULL: no log of frames */
	const char *trace_path;	      /* NULL: none */
	const char *capture_path;     /* NULL: none */
	struct capture_choice choice; /* of a stream in the capture */
	bool lists_streams;
	uint64_t seed;
	struct send_stream_config send; /* all but send.rtp */
	struct recv_stream_config recv;
	struct channel_spec channel;
	bool has_rtcp;			    /* false: the receiver's reports never come through */
	struct channel_spec return_channel; /* theirs */
	struct simulation_change changes[SIM_CHANGES_MAX];
	size_t n_changes;
	struct simulation_pause pauses[SIM_PAUSES_MAX];
	size_t n_pauses;
	int64_t skew_ppb;
	double device_period_ms;
	struct run_options run;
};

/* Returns OPTION_TAKEN where the program should go on, else the code to exit with: --help and
 * --version are done, or a complaint is printed. */
int sim_options_parse(struct sim_options *options, int argc, char *argv[]);

#endif
