/* The options of a program with a sound device and a socket: -l, --buffer, --no-reopen,
 * --interface. A program puts them into its own getopt_long() table, as run_options.h has it.
 * Thread: main(), before others start. Owner: the caller holds the struct; texts are argv's. */
#ifndef HINDSIGHT_COMMON_APP_DEVICE_OPTIONS_H
#define HINDSIGHT_COMMON_APP_DEVICE_OPTIONS_H

#include <stdbool.h>

/* Upper bound of --buffer; arrays that hold a period are sized by it. */
enum { BUFFER_MS_MAX = 200 };

enum { DEVICE_OPTION_BUFFER = 280, DEVICE_OPTION_INTERFACE, DEVICE_OPTION_NO_REOPEN };

#define DEVICE_OPTIONS_SHORT "l"
#define DEVICE_OPTIONS_LONG                                                                        \
	{ "list-devices", no_argument, NULL, 'l' },                                                \
		{ "no-reopen", no_argument, NULL, DEVICE_OPTION_NO_REOPEN },                       \
		{ "buffer", required_argument, NULL, DEVICE_OPTION_BUFFER },                       \
	{                                                                                          \
		"interface", required_argument, NULL, DEVICE_OPTION_INTERFACE                      \
	}
#define DEVICE_OPTIONS_USAGE                                                                       \
	"      --interface IF    for multicast and link-local addresses\n"                         \
	"  -l, --list-devices    list the sound devices and exit\n"                                \
	"      --buffer MS       period of the sound device, 1..200, or in samples: 256s   [10]\n" \
	"      --no-reopen       end when the sound device is lost\n"

struct device_options {
	const char *interface; /* NULL: the system's choice */
	double buffer_ms;
	bool lists_devices;
	bool no_reopen;
};

/* A period: "2.5" in ms, 1 to 200, or "256s" in samples at 48 kHz. *ms times samples per ms, cut to a
 * whole number, is that many samples. False: it has complained. */
bool device_options_buffer(const char *option, const char *text, double *ms);

struct device_options device_options_default(void);

/* Takes an option that getopt_long() has found, with its optarg: OPTION_TAKEN; OPTION_UNKNOWN where
 * it is none of these; EXIT_USAGE after printing an error. */
int device_options_take(struct device_options *options, int option);

#endif
