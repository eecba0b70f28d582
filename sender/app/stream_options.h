/* The options that shape the sent stream, for every program that sends one: hindsight-send and
 * hindsight-sim. A program adds them to its own getopt_long() table, as with run_options.h. Thread:
 * main(), before others start. Owner: the caller owns the structs; texts point into argv. */
#ifndef HINDSIGHT_SENDER_APP_STREAM_OPTIONS_H
#define HINDSIGHT_SENDER_APP_STREAM_OPTIONS_H

#include "sender/send_stream.h"

#include <stdbool.h>

enum {
	SEND_OPTION_COPY_BITRATE = 300,
	SEND_OPTION_PROFILE,
	SEND_OPTION_DTX,
	SEND_OPTION_FEC,
	SEND_OPTION_NO_BREAKER
};

#define SEND_STREAM_OPTIONS_SHORT "b:f:r:c:"
#define SEND_STREAM_OPTIONS_LONG                                                                   \
	{ "bitrate", required_argument, NULL, 'b' }, { "frame", required_argument, NULL, 'f' },    \
		{ "redundancy", required_argument, NULL, 'r' },                                    \
		{ "copy-bitrate", required_argument, NULL, SEND_OPTION_COPY_BITRATE },             \
		{ "fec", required_argument, NULL, SEND_OPTION_FEC },                               \
		{ "profile", required_argument, NULL, SEND_OPTION_PROFILE },                       \
		{ "channels", required_argument, NULL, 'c' },                                      \
		{ "no-circuit-breaker", no_argument, NULL, SEND_OPTION_NO_BREAKER },               \
	{                                                                                          \
		"dtx", no_argument, NULL, SEND_OPTION_DTX                                          \
	}
#define SEND_STREAM_OPTIONS_USAGE                                                                  \
	"  -b, --bitrate KBPS    the whole RTP payload, copies included, 6..510    [48]\n"         \
	"  -f, --frame MS        2.5 | 5 | 10 | 20 | 40 | 60                       [20]\n"         \
	"  -r, --redundancy R    auto | off | N copies (1..8, of the N frames before)\n"           \
	"                        | distances, as in 1,3,6                          [auto]\n"       \
	"      --copy-bitrate KBPS  of each copy, or 16,12,8             [shared by rule]\n"       \
	"      --fec auto|on|off in-band; auto: by the planner, off if -r N        [auto]\n"       \
	"      --profile NAME    voice | music | lowdelay                          [voice]\n"      \
	"  -c, --channels N      1 | 2                             [1; 2 for --profile music]\n"   \
	"      --dtx             send nothing during silence\n"                                    \
	"      --no-circuit-breaker  do not send less where nobody reports (laboratories)\n"

/* The options as given, before they are checked against one another. */
struct stream_options {
	double bitrate_kbps;
	double frame_ms;
	int n_rates; /* number of copy rates in --copy-bitrate; 0: by rule */
	double copy_kbps[REDUNDANCY_COPIES_MAX];
	int n_channels; /* 0: by profile */
	size_t profile;
	const char *redundancy;
	const char *copy_text;
	size_t fec; /* enum fec_choice */
	bool dtx;
	bool no_breaker;
};

struct stream_options stream_options_default(void);

/* Takes an option that getopt_long() has found, with its optarg: OPTION_TAKEN; OPTION_UNKNOWN where
 * it is none of these; EXIT_USAGE after printing an error. */
int stream_options_take(struct stream_options *options, int option);

/* Combines the options into *config, all of it but ->rtp, and refuses options that exclude one
 * another: OPTION_TAKEN, or EXIT_USAGE after printing an error. */
int stream_options_settle(const struct stream_options *options, struct send_stream_config *config);

#endif
