#include "receiver/playout.h"

#include "common/units.h"
#include "receiver/decoder.h"

#define EARLY_US (1 * US_PER_MS) /* less is noise of the clocks */

/* Of one wait, whatever it was for. */
enum { HELD_SAMPLES_MAX = 120 * SAMPLES_PER_MS };

/* Until the device's next block: nothing new can arrive before. */
static int held_samples(const struct playout_situation *p)
{
	const int n_whole =
		(p->block_samples + FRAME_SAMPLES_MIN - 1) / FRAME_SAMPLES_MIN * FRAME_SAMPLES_MIN;
	return n_whole < p->usual_samples ? n_whole : p->usual_samples;
}

static struct playout_choice hold(const struct playout_situation *p)
{
	return (struct playout_choice){ .means = PLAYOUT_HELD, .n_samples = held_samples(p) };
}

/* Where the delay should not be longer than it was, the wait for this frame was for nothing: what
 * was heard meanwhile stands for it, so that the delay is no longer than without the wait. */
static struct playout_choice conceal(const struct playout_situation *p, int64_t gap)
{
	const int n_samples = gap < p->usual_samples ? (int)gap : p->usual_samples;
	int64_t heard = p->early_us < 0 ? samples_from_us(-p->early_us) : 0;

	if (heard > p->held_samples)
		heard = p->held_samples;
	if (heard > n_samples)
		heard = n_samples;
	return (struct playout_choice){
		.means = PLAYOUT_CONCEALED,
		.n_samples = n_samples,
		.heard_samples = (int)heard,
	};
}

struct playout_choice playout_choose(const struct playout_situation *p)
{
	const struct buffered_frame *const next = jitter_buffer_from(p->jb, p->timestamp);
	const int64_t gap = next ? next->timestamp - p->timestamp : INT64_MAX;
	/* Where the delay should be longer anyway, or where not even a later frame has come (the
	 * network stands still, and a loss would show within a frame), longer than usual. */
	const bool waits_long = p->early_us >= EARLY_US || (!next && p->wait_samples > 0);
	const int64_t wait_samples = waits_long ? p->wait_samples_max : p->wait_samples;

	if (gap <= 0)
		return (struct playout_choice){
			.means = next->primary_bytes > 0 ? PLAYOUT_PRIMARY : PLAYOUT_REDUNDANT,
			.frame = next,
			.n_samples = next->n_samples + (int)gap,
			.skip_samples = (int)-gap,
		};
	if (p->held_samples < wait_samples && p->room_samples > 0)
		return hold(p);
	/* In-band FEC holds the frame directly before its packet. */
	if (next && next->primary_bytes > 0 && gap == decoder_packet_frame_samples(next->primary) &&
		decoder_packet_has_fec(next->primary, next->primary_bytes))
		return (struct playout_choice){
			.means = PLAYOUT_FEC,
			.frame = next,
			.n_samples = (int)gap,
		};
	if (p->hope_samples > 0 && p->room_samples > 0 && p->held_samples < HELD_SAMPLES_MAX)
		return hold(p);
	return conceal(p, gap);
}

const char *playout_means_name(enum playout_means means)
{
	static const char *const names[PLAYOUT_MEANS] = { "primary", "redundant", "fec", "dred",
		"concealed", "silent", "held" };
	return means < PLAYOUT_MEANS ? names[means] : "?";
}
