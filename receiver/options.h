/* What the command line of hindsight-recv says. */
#ifndef HINDSIGHT_RECEIVER_OPTIONS_H
#define HINDSIGHT_RECEIVER_OPTIONS_H

#include "common/io/cli.h"
#include "common/io/stats_writer.h"
#include "receiver/recv_stream.h"

#include <stdbool.h>

struct recv_options {
	struct cli_endpoint at; /* host "": all addresses */
	const char *output;
	const char *interface;	 /* NULL: the system's choice */
	const char *frames_path; /* NULL: no log of frames */
	int n_channels;		 /* of a file or of stdout; 0: as the stream has */
	struct recv_stream_config stream;
	double buffer_ms;
	double duration_s; /* 0: until the end */
	enum stats_format stats_format;
	const char *stats_path; /* NULL: stderr */
	bool is_verbose;
	bool lists_devices;
};

/* Returns -1 where the program should go on, else the code to exit with: --help and --version are
 * done, or a complaint is printed. */
int recv_options_parse(struct recv_options *options, int argc, char *argv[]);

#endif
