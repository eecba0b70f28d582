/* One named figure of a statistics record, as the streams give it and the writer prints it.
 * Counters count from the start; times are in milliseconds, and the name's last word says so. */
#ifndef HINDSIGHT_COMMON_BASE_STATS_FIELD_H
#define HINDSIGHT_COMMON_BASE_STATS_FIELD_H

#include <stdbool.h>

struct stats_field {
	const char *name; /* of [a-z0-9_], a string that outlives the record */
	double value;	  /* NAN: unknown */
	bool is_count;	  /* printed as an integer; exact up to 2^53 */
};

#endif
