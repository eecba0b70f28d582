/* What a stream is coded for, and in which mode and bandwidth of Opus. Primary and copy share
 * both, since a copy is decoded in the place of its primary by the same decoder: a copy in
 * narrowband among wideband primaries costs half the score. Pure. Thread: any. */
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
	enum coding_band band; /* not of CODING_FREE */
};

/* Whether frames of this length are coded by prediction (SILK, alone or under CELT). */
bool coding_is_speech(enum profile profile, int frame_samples);

/* What a stream can afford whose leanest copies have copy_bps. */
struct coding coding_for_copy(
	enum profile profile, int n_channels, int frame_samples, int copy_bps);

/* One for the whole of a stream whose copies come and go: what the leanest copies afford that are
 * worth having at this budget. */
struct coding coding_for_budget(
	enum profile profile, int n_channels, int frame_samples, int budget_bps);

/* The least rate of a primary with which libopus carries in-band FEC and keeps the band: below it
 * libopus narrows the band to make room for it. 0: this coding has none. */
int coding_fec_bps_min(struct coding coding, int frame_samples);

#endif
