/* What stands: the least of what was measured over the last second. A pipe fills and empties
 * with every block; only what is in it all the time makes the sound late. Pure. Owner: the
 * caller holds the struct. */
#ifndef HINDSIGHT_COMMON_BASE_STANDING_H
#define HINDSIGHT_COMMON_BASE_STANDING_H

#include <stdint.h>

enum { STANDING_PARTS = 4 }; /* a second passes in these steps */

struct standing { /* private to standing.c */
	int64_t least_us[STANDING_PARTS];
	int64_t end_us; /* of the last part, which is being filled */
	int n_parts;	/* how many hold something */
};

void standing_init(struct standing *standing);

/* One measurement. Returns the least one of the last second; 0 while no second has passed. */
int64_t standing_put(struct standing *standing, int64_t us, int64_t now_us);

#endif
