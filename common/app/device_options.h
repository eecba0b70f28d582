/* The options of a program with a sound device and a socket: -l, --buffer, --no-reopen,
 * --interface. A program puts them into its own getopt_long() table, as run_options.h has it.
 * Thread: main(), before others start. Owner: the caller holds the struct; texts are argv's. */
#ifndef HINDSIGHT_COMMON_APP_DEVICE_OPTIONS_H
#define HINDSIGHT_COMMON_APP_DEVICE_OPTIONS_H

#include <stdbool.h>

/* What --buffer may ask for; whoever keeps a period in an array sizes it by this. */
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
	"      --buffer MS       period of the sound device, 1..200                [10]\n"         \
	"      --no-reopen       a sound device that has gone is the end\n"

struct device_options {
	const char *interface; /* NULL: the system's choice */
	double buffer_ms;
	bool lists_devices;
	bool no_reopen;
};

struct device_options device_options_default(void);

/* Takes what getopt_long() has found, with its optarg: OPTION_TAKEN; OPTION_UNKNOWN where it is
 * none of them; EXIT_USAGE after a complaint. */
int device_options_take(struct device_options *options, int option);

#endif
