/* What the command line of hindsight-send says. */
#ifndef HINDSIGHT_SENDER_OPTIONS_H
#define HINDSIGHT_SENDER_OPTIONS_H

#include "common/io/cli.h"
#include "common/io/stats_writer.h"
#include "sender/send_stream.h"

#include <stdbool.h>

struct send_options {
	struct cli_endpoint to;
	const char *input;
	const char *interface;		  /* NULL: the system's choice */
	int ttl;			  /* UDP_TTL_DEFAULT or 0..255 */
	struct send_stream_config stream; /* all but stream.rtp */
	double buffer_ms;
	double duration_s; /* 0: until the end */
	enum stats_format stats_format;
	const char *stats_path; /* NULL: stderr */
	bool is_verbose;
	bool lists_devices;
};

/* Returns -1 where the program should go on, else the code to exit with: --help and --version are
 * done, or a complaint is printed. */
int send_options_parse(struct send_options *options, int argc, char *argv[]);

#endif
