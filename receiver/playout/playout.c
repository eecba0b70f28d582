#include "receiver/playout/playout.h"

#include "common/base/units.h"
#include "receiver/arrival/packet_info.h"
#include "receiver/sound/decoder.h"

#define EARLY_US (1 * US_PER_MS) /* less is noise of the clocks */

/* Until the device's next block: nothing new can arrive before. */
static struct playout_choice insert(const struct playout_situation *p)
{
	const int n_whole =
		(p->block_samples + FRAME_SAMPLES_MIN - 1) / FRAME_SAMPLES_MIN * FRAME_SAMPLES_MIN;
	return (struct playout_choice){
		.means = PLAYOUT_INSERTED,
		.n_samples = n_whole < p->usual_samples ? n_whole : p->usual_samples,
	};
}

struct playout_choice playout_choose(const struct playout_situation *p)
{
	const struct buffered_frame *const next = jitter_buffer_from(p->jb, p->timestamp);
	const int64_t gap = next ? next->timestamp - p->timestamp : INT64_MAX;

	if (gap <= 0)
		return (struct playout_choice){
			.means = next->primary_bytes > 0 ? PLAYOUT_PRIMARY : PLAYOUT_REDUNDANT,
			.frame = next,
			.n_samples = next->n_samples + (int)gap,
			.skip_samples = (int)-gap,
		};
	if (p->early_us >= EARLY_US)
		return insert(p);
	/* In-band FEC holds the frame directly before its packet. */
	if (next && next->primary_bytes > 0 && gap == packet_info_frame_samples(next->primary) &&
		packet_info_has_fec(next->primary, next->primary_bytes))
		return (struct playout_choice){
			.means = PLAYOUT_FEC,
			.frame = next,
			.n_samples = (int)gap,
		};
	return (struct playout_choice){
		.means = PLAYOUT_CONCEALED,
		.n_samples = gap < p->usual_samples ? (int)gap : p->usual_samples,
	};
}

const char *playout_means_name(enum playout_means means)
{
	static const char *const names[PLAYOUT_MEANS] = { "primary", "redundant", "fec", "dred",
		"concealed", "silent", "inserted" };
	return means < PLAYOUT_MEANS ? names[means] : "?";
}
