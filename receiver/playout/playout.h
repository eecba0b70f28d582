/* The decision per frame: by which means the next stretch of the stream is played. A pure function
 * of what the jitter buffer holds. Owner: none. Thread: any. */
#ifndef HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_H
#define HINDSIGHT_RECEIVER_PLAYOUT_PLAYOUT_H

#include "common/base/units.h"
#include "receiver/arrival/jitter_buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum playout_means {
	PLAYOUT_PRIMARY,   /* the frame as it was meant */
	PLAYOUT_REDUNDANT, /* a low-rate copy that travelled with a later packet */
	PLAYOUT_FEC,	   /* Opus's own copy within the next packet */
	PLAYOUT_DRED,	   /* deep redundancy within a later packet (libopus 1.5) */
	PLAYOUT_CONCEALED, /* nothing came in time: the decoder's guess */
	PLAYOUT_SILENT,	   /* nothing was sent: the sender's DTX */
	PLAYOUT_INSERTED,  /* a guess that is no frame of the stream: the delay grew by it */
	PLAYOUT_MEANS	   /* how many there are */
};

/* What the decision is made from. */
struct playout_situation {
	const struct jitter_buffer *jb;
	int64_t timestamp; /* of the next sample to be played */
	int usual_samples; /* the length of the frames of late, for a missing one */
	int block_samples; /* how much the device still wants at this moment */
	int64_t early_us;  /* by how much less than wanted the present delay is */
};

struct playout_choice {
	enum playout_means means;	    /* a missing frame is PLAYOUT_CONCEALED here */
	const struct buffered_frame *frame; /* to be decoded; for FEC the one that follows */
	int n_samples;	  /* of sound; how far the stream moves on, but if inserted */
	int skip_samples; /* of the frame's beginning: before it, another one has played them */
};

/* A frame that is not there is concealed, not waited for. Only where the delay should be longer anyway
 * the guess is put in before it: so the delay grows where something is heard in any case. */
struct playout_choice playout_choose(const struct playout_situation *situation);

/* "primary", "redundant", "fec", "dred", "concealed", "silent", "inserted". */
const char *playout_means_name(enum playout_means means);

/* What became of one frame, for whoever keeps a log. */
struct playout_record {
	int64_t timestamp;	   /* unwrapped */
	int64_t seq;		   /* unwrapped; -1 where no packet of its own came */
	int64_t available_us;	   /* arrival of its first form; -1 where nothing came */
	int64_t carrier_timestamp; /* of the packet that brought it; unwrapped */
	int64_t handed_us;	   /* when its first sample was handed out */
	int64_t output_sample;	   /* how many samples were handed out before it */
	int64_t playout_delay_us;  /* from the earliest it could have come until handed_us */
	int64_t target_us;	   /* the playout delay wanted then */
	int n_samples;
	int stretched_samples; /* by time-scaling; positive: made longer, negative: shorter */
	enum playout_means means;
};

#endif
