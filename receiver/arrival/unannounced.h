/* Packets of a payload type that nobody has announced. FFmpeg sends Opus as 97, GStreamer as 96; without a
 * session description a number says nothing. Where several in sequence are each an Opus packet of the
 * same length, and their timestamps move on by just that, they are Opus.
 * Pure: no clock, no allocation. Owner: recv_stream. Thread: the owner's. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_UNANNOUNCED_H
#define HINDSIGHT_RECEIVER_ARRIVAL_UNANNOUNCED_H

#include "common/rtp/rtp.h"
#include "receiver/arrival/payload.h"

#include <stdbool.h>
#include <stdint.h>

enum { UNANNOUNCED_PACKETS = 5 }; /* in sequence, to be believed */

struct unannounced { /* private to unannounced.c, but for the counts and the type */
	uint32_t ssrc;
	uint16_t next_seq;
	uint32_t timestamp;
	uint8_t packet_type; /* of the RTP packets */
	int n_samples;	     /* of the Opus packet; 0: it is none */
	int n_in_sequence;
	int n_alike; /* of those, that are Opus of one length in step */
	int type;    /* that has come often enough to be told; -1: none */
};

void unannounced_init(struct unannounced *u);

/* A packet that payload_parse() did not know, while nothing else is heard. True, with *types: what the
 * packets have shown theirs to be. */
bool unannounced_watch(
	struct unannounced *u, const struct rtp_packet *packet, struct payload_types *types);

#endif
