/* The profile of a stream, and Opus's mode and bandwidth for it. Primary and copy share mode and
 * bandwidth, since the same decoder decodes a copy in the place of its primary: a narrowband copy
 * among wideband primaries halves the score. Pure. Thread: any. */
#ifndef HINDSIGHT_SENDER_CODING_CODING_H
#define HINDSIGHT_SENDER_CODING_CODING_H

#include <stdbool.h>

enum profile {
	PROFILE_VOICE,	 /* SILK from 10 ms up: speech, best under loss */
	PROFILE_MUSIC,	 /* CELT with look-ahead */
	PROFILE_LOWDELAY /* CELT without look-ahead beyond its 2.5 ms window */
};

enum coding_mode {
	CODING_FREE, /* libopus chooses mode and band, frame by frame */
	CODING_SILK,
	CODING_HYBRID, /* SILK up to 8 kHz, CELT above */
	CODING_CELT
};

enum coding_band { CODING_WIDEBAND, CODING_SUPERWIDEBAND, CODING_FULLBAND };

struct coding {
	enum coding_mode mode;
	enum coding_band band; /* unused with CODING_FREE */
};

/* Whether frames of this length are coded by prediction (SILK, alone or under CELT). */
bool coding_is_speech(enum profile profile, int frame_samples);

/* What a stream can afford whose cheapest copies have copy_bps. */
struct coding coding_for_copy(
	enum profile profile, int n_channels, int frame_samples, int copy_bps);

/* One coding for a whole stream whose copies come and go: what the cheapest copies worth having at
 * this budget can afford. */
struct coding coding_for_budget(
	enum profile profile, int n_channels, int frame_samples, int budget_bps);

/* The lowest primary rate at which libopus carries in-band FEC without narrowing the band to make
 * room for it. 0: this coding has no FEC. */
int coding_fec_bps_min(struct coding coding, int frame_samples);

#endif
