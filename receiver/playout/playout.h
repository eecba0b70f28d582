/* The decision per frame: how the next stretch of the stream is played. A pure function of the
 * jitter buffer's contents. Owner: none.
 * Thread: any. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_H
#define HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_H

#include "common/base/units.h"
#include "receiver/arrival/jitter_buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum playout_means {
	PLAYOUT_PRIMARY,   /* the frame from its own packet */
	PLAYOUT_REDUNDANT, /* a low-rate copy from a later packet */
	PLAYOUT_FEC,	   /* in-band FEC in the next packet */
	PLAYOUT_DRED,	   /* deep redundancy in a later packet (libopus 1.5) */
	PLAYOUT_CONCEALED, /* nothing arrived in time: concealment */
	PLAYOUT_SILENT,	   /* nothing was sent: the sender's DTX */
	PLAYOUT_INSERTED,  /* concealment in addition to the stream: it made the delay grow */
	PLAYOUT_MEANS	   /* how many there are */
};

/* The input of the decision. */
struct playout_situation {
	const struct jitter_buffer *jb;
	int64_t timestamp; /* of the next sample to be played */
	int usual_samples; /* length of recent frames, used for a missing one */
	int block_samples; /* how many samples the device still needs at this moment */
	int64_t early_us;  /* how far the present delay is below the target */
};

struct playout_choice {
	enum playout_means means;	    /* a missing frame is PLAYOUT_CONCEALED here */
	const struct buffered_frame *frame; /* to be decoded; for FEC the one that follows */
	int n_samples; /* of sound; the stream advances by them, unless inserted */
	/* To drop at the frame's beginning, because an earlier frame covered them. */
	int skip_samples;
};

/* A missing frame is concealed, not waited for. Only where the delay should grow anyway is the
 * concealment inserted before it: so the delay grows where there is an audible gap in any case. */
struct playout_choice playout_choose(const struct playout_situation *situation);

/* "primary", "redundant", "fec", "dred", "concealed", "silent", "inserted". */
const char *playout_means_name(enum playout_means means);

/* What became of one frame, for logs. */
struct playout_record {
	int64_t timestamp;	   /* unwrapped */
	int64_t seq;		   /* unwrapped; -1 where its own packet did not arrive */
	int64_t available_us;	   /* arrival of its first form; -1: none */
	int64_t carrier_timestamp; /* of the packet that carried it; unwrapped */
	int64_t handed_us;	   /* when its first sample was handed out */
	int64_t output_sample;	   /* how many samples were handed out before it */
	int64_t playout_delay_us;  /* from its earliest possible arrival to handed_us */
	int64_t target_us;	   /* the target playout delay at that time */
	int n_samples;
	int stretched_samples; /* by time-scaling; positive: made longer, negative: shorter */
	enum playout_means means;
};

#endif
