/* Where in the sound each packet stands. RTP asks for no grid: a sender may stamp its packets by a clock
 * that is not the sound's, or count in another unit. What is sure is the order, which the sequence
 * number tells, and the length, which each Opus packet tells. So frames are joined where the timestamps
 * leave a gap or an overlap of less than half a frame, in which no frame can be, and where no packet is
 * missing and no time has passed; a longer gap, as DTX leaves, is kept in steps of 2.5 ms.
 *
 *     timestamps   0    1003  1925      2880  (a step of 960, give or take 48)
 *     places       0    960   1920      2880
 *
 * How far the timestamps lie before the places is followed slowly, so that a clock may drift and a
 * single packet moves nothing. Where the timestamps go exactly with the sound, places are timestamps.
 * Pure: no clock, no allocation. Owner: reception. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_TIMELINE_H
#define HINDSIGHT_RECEIVER_ARRIVAL_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMELINE_PACKETS = 2048 };

struct timeline_packet {
	int64_t seq;	   /* unwrapped */
	int64_t timestamp; /* as sent, unwrapped */
	int64_t place;	   /* of its first sample */
	int n_samples;	   /* 120..5760; 0: unknown packet */
};

struct timeline { /* private to timeline.c, but for the newest packet and the ratio */
	struct timeline_packet newest;
	int64_t newest_ticks; /* its timestamp, each tick taken for so many samples */
	int ratio;	      /* samples a tick: 1; more where the sender counts in 8000 Hz ... */
	bool is_untimed;      /* the timestamps stand still */
	double lead;	      /* of the timestamps before the places, of late */
	int n_off;	      /* packets in sequence that lay elsewhere */
	int shown_ratio;      /* what the packets of late would show */
	int n_shown;
	struct timeline_packet known[TIMELINE_PACKETS];
};

/* What is to be placed. */
struct timeline_arrival {
	int64_t seq, timestamp; /* unwrapped, near the newest */
	int n_samples;
	int64_t n_others;	 /* packets without sound between the newest and this one */
	int64_t elapsed_samples; /* since the newest packet came */
};

/* The stream's first packet; its place is its timestamp. */
void timeline_begin(struct timeline *t, const struct timeline_packet *first);

/* Whether the packet can stand where its number says, and where that is; nothing changes. */
bool timeline_find(const struct timeline *t, const struct timeline_arrival *a, int64_t *place);

/* A packet that was found its place is taken. */
void timeline_take(struct timeline *t, const struct timeline_arrival *a, int64_t place);

/* Whether the packet is exactly one that was taken before. */
bool timeline_is_known(const struct timeline *t, int64_t seq, int64_t timestamp);

/* Where a copy stands that begins offset ticks before the packet at this place: at a frame that came, or
 * whole frames of its own length back, or at another beat. False: no frame can stand there. */
bool timeline_find_copy(const struct timeline *t, const struct timeline_packet *carrier,
	int offset_ticks, int n_samples, int64_t *place);

/* Several packets have shown in sequence that their timestamps go on from elsewhere, or stand still:
 * from now on they are taken as they are. */
void timeline_follow(struct timeline *t, bool is_untimed);

#endif
