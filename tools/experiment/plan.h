/* What an experiment runs: every setting of sender and receiver over every channel with every seed.
 *
 *     title Copies against loss
 *     recording speech.wav                 # or none: recorded speech that this machine has
 *     seconds 20
 *     seeds 1-5
 *     channel loss10 delay 40ms loss 10%   # a name, and tc netem's words
 *     trace morning morning.trace          # or a recorded trace; pcap NAME FILE: a capture
 *     setting copies-2 -r 2 | -d 100       # options of the sender | of the receiver
 *
 * Pure text; no file is opened. Owner: the caller. Thread: any. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_PLAN_H
#define HINDSIGHT_TOOLS_EXPERIMENT_PLAN_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PLAN_NAME_BYTES = 32,
	PLAN_TEXT_BYTES = 300, /* the rest of a line */
	PLAN_CHANNELS_MAX = 64,
	PLAN_SETTINGS_MAX = 32,
	PLAN_SEEDS_MAX = 1000,
	PLAN_CHARS_MAX = 65536,
	PLAN_SECONDS_MAX = 3600
};

enum plan_channel_kind {
	PLAN_SPEC,   /* text: tc netem's words */
	PLAN_TRACE,  /* text: a file with one line per packet, as hindsight-sim --trace has it */
	PLAN_CAPTURE /* text: a file, as hindsight-sim --pcap has it */
};

struct plan_channel {
	char name[PLAN_NAME_BYTES];
	enum plan_channel_kind kind;
	char text[PLAN_TEXT_BYTES];
};

struct plan_setting {
	char name[PLAN_NAME_BYTES];
	char send[PLAN_TEXT_BYTES]; /* options, separated by blanks; "" for none */
	char recv[PLAN_TEXT_BYTES];
};

struct experiment_plan { /* {0} is an empty one */
	char title[PLAN_TEXT_BYTES];
	char recording[PLAN_TEXT_BYTES]; /* "": none given */
	double seconds;			 /* 0: not given */
	struct plan_channel channels[PLAN_CHANNELS_MAX];
	size_t n_channels;
	struct plan_setting settings[PLAN_SETTINGS_MAX];
	size_t n_settings;
	uint32_t seeds[PLAN_SEEDS_MAX];
	size_t n_seeds;
};

/* One line without its key, as an option of the command line has it: key "channel", value "loss10
 * loss 10%". A title, recording, number of seconds and list of seeds takes the place of the one
 * before; channels and settings are added. False: *error says what would be right, and *plan is
 * untouched. value: of any length. */
bool plan_take(
	struct experiment_plan *plan, const char *key, const char *value, struct io_error *error);

/* A whole file, line by line. False: *error begins with the line's number; *plan holds the lines
 * before it. */
bool plan_parse(
	struct experiment_plan *plan, const char *text, size_t n_chars, struct io_error *error);

/* Once the plan and the options are read: fills in what may be left out, which is ten seconds, seed
 * 1, a setting "default" without options. False: there is nothing to run. */
bool plan_settle(struct experiment_plan *plan, struct io_error *error);

#endif
