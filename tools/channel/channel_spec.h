/* What a channel does to packets, in the words of `tc netem`: the part after "netem".
 *
 *     delay TIME [JITTER [CORRELATION]]   distribution uniform|normal|pareto|paretonormal|TABLE
 *     loss [random] PERCENT [CORRELATION]   ecn
 *     loss state P13 [P31 [P32 [P23 [P14]]]]   loss gemodel P [R [1-H [1-K]]]
 *     duplicate PERCENT [CORRELATION]     corrupt PERCENT [CORRELATION]
 *     reorder PERCENT [CORRELATION]       gap PACKETS
 *     rate RATE [PACKETOVERHEAD [CELLSIZE [CELLOVERHEAD]]]     limit PACKETS
 *     slot MIN [MAX] [packets N] [bytes N]
 *     slot distribution NAME DELAY JITTER [packets N] [bytes N]
 *
 * A line that begins with tc counts from its word netem on.
 * Pure: no clock, no allocation. Owner: the caller. docs/CHANNEL.md tells what each word does. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_CHANNEL_SPEC_H
#define HINDSIGHT_TOOLS_CHANNEL_CHANNEL_SPEC_H

#include "common/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	CHANNEL_LIMIT_DEFAULT = 1000,	    /* packets, as in netem */
	CHANNEL_TIME_MAX_US = 274000000,    /* tc counts 2^32 ticks of 64 ns: 274.9 s */
	CHANNEL_OVERHEAD_MAX_BYTES = 65535, /* a cell or an overhead larger than a packet */
	CHANNEL_TABLE_NAME_BYTES = 80,
	CHANNEL_SPEC_MESSAGE_BYTES = 240
};

/* A probability or a correlation in netem's fixed point: 0 is never, UINT32_MAX is always. */
#define CHANNEL_ALWAYS UINT32_MAX

enum channel_distribution {
	CHANNEL_UNIFORM,       /* delay - jitter .. delay + jitter */
	CHANNEL_NORMAL,	       /* the jitter is one sigma */
	CHANNEL_PARETO,	       /* a long tail upwards; netem's tables, of 0.82 sigma in truth */
	CHANNEL_PARETO_NORMAL, /* three quarters of that and a quarter of normal */
	CHANNEL_TABLE	       /* of one's own, see struct channel_table */
};

/* A distribution whose quantiles lie in a file. The parser only names it: whoever can read files
 * fills it in, before a channel is made of the specification. */
struct channel_table {
	char name
		[CHANNEL_TABLE_NAME_BYTES]; /* "" where the distribution is none of CHANNEL_TABLE */
	const int16_t *quantiles; /* as delay_quantiles.h has them; lives as long as the spec */
};

enum channel_loss_model {
	CHANNEL_LOSS_RANDOM, /* each packet by itself, or by correlation with the one before */
	CHANNEL_LOSS_STATE,  /* the 4-state Markov chain of Salsano, Ludovici and Ordine */
	CHANNEL_LOSS_GEMODEL /* Gilbert and Elliott's two states */
};

/* A probability and its correlation with the same event of the packet before. */
struct channel_chance {
	uint32_t probability;
	uint32_t correlation;
};

struct channel_spec {
	int64_t delay_us;  /* mean */
	int64_t jitter_us; /* around it; see the distribution */
	uint32_t delay_correlation;
	enum channel_distribution distribution;
	struct channel_table table; /* of it */

	enum channel_loss_model loss_model;
	struct channel_chance loss; /* CHANNEL_LOSS_RANDOM */
	struct {
		uint32_t p13; /* received in a gap -> lost in a burst */
		uint32_t p31; /* lost in a burst -> received in a gap */
		uint32_t p32; /* lost in a burst -> received within the burst */
		uint32_t p23; /* received within the burst -> lost in the burst */
		uint32_t p14; /* received in a gap -> a single loss */
	} state;
	struct {
		uint32_t p;	    /* good -> bad */
		uint32_t r;	    /* bad -> good */
		uint32_t loss_bad;  /* 1-H: lost in the bad state */
		uint32_t loss_good; /* 1-K: lost in the good state */
	} gemodel;

	struct channel_chance duplicate;
	struct channel_chance corrupt;
	struct channel_chance reorder;
	uint32_t gap_packets; /* one of this many may be reordered; 0: none is */

	uint64_t rate_bytes_per_second; /* 0: no limit */
	int32_t packet_overhead_bytes;	/* added to each packet, may be negative */
	int32_t cell_bytes;		/* 0: no cells */
	int32_t cell_overhead_bytes;	/* added to each cell, may be negative */

	uint32_t limit_packets; /* in flight at once; one more is dropped */

	/* Packets wait for the next slot and leave together. */
	struct channel_slot {
		int64_t min_us, max_us;			/* from one slot to the next, evenly */
		int64_t delay_us, jitter_us;		/* or by a distribution, if jitter_us > 0 */
		enum channel_distribution distribution; /* of that */
		struct channel_table table;
		uint32_t max_packets; /* in one slot; 0: no limit */
		uint32_t max_bytes;   /* the same */
	} slot;
};

/* Whether there are slots at all. */
static inline bool channel_spec_has_slots(const struct channel_spec *spec)
{
	return spec->slot.max_us > 0 || spec->slot.jitter_us > 0;
}

/* Reads a specification; "" is the perfect channel. What netem refuses is refused.
 * STATUS_BAD_CONFIG: *spec is untouched, and message (CHANNEL_SPEC_MESSAGE_BYTES are enough for
 * any) is one line that names the word and what would be right. */
enum status channel_spec_parse(
	struct channel_spec *spec, const char *text, char *message, size_t message_bytes);

/* Where the specification begins in a line that may have tc in front: behind its word netem. NULL:
 * a line of tc without netem. */
const char *channel_spec_behind_tc(const char *text);

#endif
