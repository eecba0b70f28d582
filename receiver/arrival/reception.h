/* Whose packets are heard, and what became of them on the way: one source at a time, its sequence
 * numbers and timestamps unwrapped, duplicates, reordering, loss and jitter (RFC 3550, A.1, A.3,
 * A.8), and each packet's place in the sound (timeline). A packet that contradicts its stream (another
 * SSRC, a sequence number and a timestamp that do not fit each other or the clock) waits on probation
 * and changes nothing until those that follow bear it out: the old stream has ended and a new one runs,
 * or its timestamps go on from elsewhere.
 * What comes from the stream's source and has no sound in it (a telephone event, comfort noise, padding,
 * a payload that was refused) is not lost.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_RECEPTION_H
#define HINDSIGHT_RECEIVER_ARRIVAL_RECEPTION_H

#include "common/rtp/rtcp_item.h"
#include "common/rtp/rtp.h"
#include "common/base/status.h"
#include "receiver/arrival/timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECEPTION_WINDOW = 2048, /* sequence numbers remembered, to tell duplicates */
	RECEPTION_PROBATION = 3	 /* packets in sequence that a new stream must show */
};

/* A packet's place in its stream. */
struct reception_place {
	int64_t seq;	   /* unwrapped; the first packet's is its 16-bit value plus 2^16 */
	int64_t timestamp; /* of its first sample in the sound, as timeline has it; 0: a duplicate's */
	int64_t sent_timestamp; /* as it was sent, unwrapped */
	int n_samples;
	bool is_new_stream; /* accepting it ends the stream before, if any, and begins another */
	bool is_leap;	 /* its time is the sender's word alone: the number says where it stands */
	bool has_passed; /* the probation: those before it may be taken, too */
};

struct reception_counts {
	int64_t packets;    /* accepted; duplicates included */
	int64_t bytes;	    /* of their datagrams */
	int64_t duplicates; /* of those */
	int64_t reordered;  /* came after a packet with a higher sequence number */
	int64_t lost;	    /* expected less those that came; falls again when one comes late */
};

/* What reports tell of the stream heard (RFC 3550, A.3). */
struct reception_source {
	uint32_t ssrc;
	int n_streams;			/* so many have begun: tells when it is another one */
	int64_t first_seq, highest_seq; /* unwrapped, as in reception_place */
	int64_t settled_seq; /* packets before this one that did not come will hardly come any more */
	int64_t n_received; /* duplicates included */
	double jitter_samples;
};

struct reception { /* private to reception.c */
	bool is_active;
	uint32_t ssrc;
	int64_t began_seq; /* of the packet that came first */
	int64_t first_seq, highest_seq;
	int64_t highest_timestamp;
	int64_t highest_arrival_us;
	int64_t last_arrival_us;
	int64_t n_unique;
	int64_t n_others;	   /* without sound, of [first_seq, highest_seq] */
	int64_t duplicates_before; /* counts.duplicates when the stream began */
	int64_t reorder_depth;	   /* by how many packets of late ones were overtaken, at most */
	int64_t reordered_seq;	   /* the highest sequence number when that was seen last */
	int n_streams;
	bool has_ended;	     /* its sender said goodbye */
	int64_t lost_before; /* by streams that have ended */
	double jitter_samples;
	int64_t last_transit_samples;
	bool has_transit;
	uint64_t seen[RECEPTION_WINDOW / 64];
	uint64_t others[RECEPTION_WINDOW / 64]; /* came without sound; up to half a window ahead */
	bool begins_anew;			/* the next packet is a stream's first */
	int n_trusted;
	struct timeline timeline;
	struct reception_counts counts;
	struct reception_candidate {
		uint32_t ssrc;
		uint16_t next_seq;
		uint32_t timestamp;
		int n_in_sequence;
		bool is_still; /* its timestamps stand */
	} candidate;
};

void reception_init(struct reception *r);

/* Where the packet stands, n_samples long; changes nothing but the probation. STATUS_OK: new, *place is set;
 * STATUS_DUPLICATE: had before, *place is set; STATUS_FOREIGN: does not belong to the stream
 * heard; STATUS_OUT_OF_WINDOW: from long before the first that came. */
enum status reception_judge(struct reception *r, const struct rtp_packet *packet, int n_samples,
	int64_t arrival_us, struct reception_place *place);

/* Takes the packet that reception_judge() has just placed (OK or DUPLICATE) into account. */
void reception_accept(struct reception *r, const struct rtp_packet *packet,
	const struct reception_place *place, bool is_duplicate, size_t datagram_bytes,
	int64_t arrival_us);

/* A packet of the stream heard, if it is one, came and holds nothing to be played: it is not lost. One
 * whose payload is broken may have a broken header, too: its timestamp must fit; an event's need not.
 * False: it is another's, or far from where the stream is. */
bool reception_note_other(
	struct reception *r, const struct rtp_packet *packet, bool is_broken, int64_t arrival_us);

/* Those on probation are to be taken after all, before the one that passed it: the next packet judged
 * begins a stream; or so many packets of the stream heard are believed as they follow it. */
void reception_begin_anew(struct reception *r);
void reception_trust(struct reception *r, int n_packets);

void reception_read(const struct reception *r, struct reception_counts *counts);

/* The sender of the stream heard says goodbye: another one need not wait until it has been silent
 * for long. Packets of the old one, which may have been overtaken, take it back. */
void reception_end(struct reception *r);

/* Whether another stream might begin: none was heard, or not for half a second. */
bool reception_is_silent(const struct reception *r, int64_t now_us);

/* False before the first packet. */
bool reception_source(const struct reception *r, struct reception_source *source);

/* Which packets of [from_seq, end_seq) came; as far as they are remembered, the newest where there
 * are too many. end_seq as in settled_seq. */
void reception_loss_map(
	const struct reception *r, int64_t from_seq, int64_t end_seq, struct rtcp_loss_map *map);

/* How many of [from_seq, end_seq) did not. */
int64_t reception_n_lost_between(const struct reception *r, int64_t from_seq, int64_t end_seq);

/* What the stream's timestamps count in, as far as they have shown it. */
int reception_clock_hz(const struct reception *r);

/* Interarrival jitter (RFC 3550, 6.4.1) in milliseconds; NAN before the second packet. */
double reception_jitter_ms(const struct reception *r);

#endif
