#include "sender/coding/coding.h"

#include "common/base/units.h"

enum {
	/* From this rate on, coding the band above 8 kHz does not degrade a copy below 8 kHz. */
	HYBRID_COPY_BPS = 32000,
	HYBRID_BUDGET_BPS = 100000, /* all forms together, of a stream whose copies come and go */
	CELT_SWB_COPY_BPS = 18000,  /* for one channel */
	CELT_FB_COPY_BPS = 28000,
	LEAN_SHARES = 5, /* four copies, and the same for the primary */
	/* Measured with libopus 1.3.1 at 10 % expected loss, one and two channels. */
	FEC_WIDEBAND_BPS = 24000,
	FEC_FULLBAND_BPS = 32000,
	FEC_SHORT_BPS = 4000 /* in addition, for frames of 10 ms */
};

bool coding_is_speech(enum profile profile, int frame_samples)
{
	return profile == PROFILE_VOICE && frame_samples >= 10 * SAMPLES_PER_MS;
}

static struct coding speech(bool is_rich)
{
	return is_rich ? (struct coding){ CODING_HYBRID, CODING_FULLBAND }
		       : (struct coding){ CODING_SILK, CODING_WIDEBAND };
}

struct coding coding_for_copy(enum profile profile, int n_channels, int frame_samples, int copy_bps)
{
	if (coding_is_speech(profile, frame_samples))
		return speech(copy_bps >= HYBRID_COPY_BPS);
	const int channel_bps = n_channels == 2 ? copy_bps * 2 / 3 : copy_bps;
	if (channel_bps >= CELT_FB_COPY_BPS)
		return (struct coding){ CODING_CELT, CODING_FULLBAND };
	if (channel_bps >= CELT_SWB_COPY_BPS)
		return (struct coding){ CODING_CELT, CODING_SUPERWIDEBAND };
	return (struct coding){ CODING_CELT, CODING_WIDEBAND };
}

struct coding coding_for_budget(
	enum profile profile, int n_channels, int frame_samples, int budget_bps)
{
	if (coding_is_speech(profile, frame_samples))
		return speech(budget_bps >= HYBRID_BUDGET_BPS);
	return coding_for_copy(profile, n_channels, frame_samples, budget_bps / LEAN_SHARES);
}

int coding_fec_bps_min(struct coding coding, int frame_samples)
{
	if (coding.mode != CODING_SILK && coding.mode != CODING_HYBRID)
		return 0;
	return (coding.band == CODING_WIDEBAND ? FEC_WIDEBAND_BPS : FEC_FULLBAND_BPS) +
	       (frame_samples < 20 * SAMPLES_PER_MS ? FEC_SHORT_BPS : 0);
}
