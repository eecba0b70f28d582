/* Which RTP streams are in a capture. What looks like RTP in one packet proves itself by its
 * sequence: numbers that follow one another and a timestamp that goes on with them. A flow is what
 * has the same addresses, ports and SSRC, and shares one row of numbers; of its payload types each
 * is a stream, so that keys pressed and comfort noise within a call are neither voice nor loss.
 * Allocates while it works. Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_SIM_CAPTURE_STREAMS_H
#define HINDSIGHT_TOOLS_SIM_CAPTURE_STREAMS_H

#include "tools/sim/dissect.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_packet {
	int64_t at_us; /* when it was captured */
	int64_t seq;   /* unwrapped within its flow, once the streams are found; -1: a stray */
	size_t nth;    /* of the file, from 0 */
	struct dissected rtp;
};

enum capture_kind {
	CAPTURE_VOICE,
	CAPTURE_VIDEO,
	CAPTURE_EVENTS, /* keys, RFC 4733: many packets of one timestamp */
	CAPTURE_NOISE	/* comfort noise, RFC 3389 */
};

struct capture_stream {
	enum capture_kind kind;
	const struct capture_packet *flow; /* all of its packets, by number, strays last */
	size_t n_flow;
	uint8_t type;	    /* the stream is those of this payload type */
	int64_t clock_rate; /* Hz; 0 of events and noise, which have no pace */
	size_t nth;	    /* of its first packet */
	size_t n_packets;
};

/* A packet's place in the media and in time, for clocks and delays. */
struct capture_beat {
	int64_t seq, timestamp; /* both unwrapped */
	int64_t at_us;
	int64_t n_lost; /* numbers since the beat before that came under no type */
};

/* Sorts the packets, whose rows it then points into. Returns how many streams there are, in the
 * order of their first packets; at most n_streams are written. False: no memory. */
bool capture_streams_find(struct capture_packet *packets, size_t n_packets,
	struct capture_stream *streams, size_t n_streams, size_t *n_found);

/* The stream's packets by number, of a number that came twice the first. beats: room for
 * stream->n_packets. Returns how many there are. */
size_t capture_streams_beats(const struct capture_stream *stream, struct capture_beat *beats);

#endif
