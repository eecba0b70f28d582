/* The tables of delay distributions that tc has in files (NAME.dist) and users make themselves.
 * What was read stays in memory until the program ends, once for each name. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_PROCESS_DELAY_TABLES_H
#define HINDSIGHT_TOOLS_PROCESS_DELAY_TABLES_H

#include "tools/channel/channel_spec.h"

#include <stdbool.h>
#include <stddef.h>

/* Fills in the tables that a specification names: a path, if there is a slash in the name, or a table
 * of tc's in $TC_LIB_DIR or where systems have them. False: message, which
 * CHANNEL_SPEC_MESSAGE_BYTES are enough for, is one line that says why. */
bool delay_tables_load(struct channel_spec *spec, char *message, size_t message_bytes);

/* Reads a specification and fills it in. */
bool delay_tables_parse(
	struct channel_spec *spec, const char *text, char *message, size_t message_bytes);

#endif
