/* One named figure or word of a statistics record, as the streams fill it in and the writer prints
 * it. Counters count from the start; times are in milliseconds, and the name's last word says
 * so. */
#ifndef HINDSIGHT_COMMON_BASE_STATS_FIELD_H
#define HINDSIGHT_COMMON_BASE_STATS_FIELD_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

enum { STATS_FIELDS_MAX = 64 }; /* of one stream */

struct stats_field {
	const char *name; /* of [a-z0-9_], a string that outlives the record */
	double value;	  /* NAN: unknown, or a word */
	bool is_count;	  /* printed as an integer; exact up to 2^53 */
	const char *word; /* of [a-z0-9_], lives as long; NULL: it is a figure */
};

static inline struct stats_field stats_count(const char *name, int64_t count)
{
	return (struct stats_field){ .name = name, .value = (double)count, .is_count = true };
}

static inline struct stats_field stats_figure(const char *name, double value)
{
	return (struct stats_field){ .name = name, .value = value };
}

static inline struct stats_field stats_word(const char *name, const char *word)
{
	return (struct stats_field){ .name = name, .value = (double)NAN, .word = word };
}

#endif
