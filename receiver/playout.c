#include "receiver/playout.h"

#include "common/units.h"
#include "receiver/decoder.h"

struct playout_choice playout_choose(
	const struct jitter_buffer *jb, int64_t timestamp, int usual_samples, int64_t early_us)
{
	const struct buffered_frame *const next = jitter_buffer_from(jb, timestamp);
	const int64_t gap = next ? next->timestamp - timestamp : INT64_MAX;

	if (gap == 0)
		return (struct playout_choice){
			.means = next->primary_bytes > 0 ? PLAYOUT_PRIMARY : PLAYOUT_REDUNDANT,
			.frame = next,
			.n_samples = next->n_samples,
		};
	if (early_us >= us_from_samples(usual_samples))
		return (struct playout_choice){ .means = PLAYOUT_HELD, .n_samples = usual_samples };
	/* In-band FEC holds the frame directly before its packet. */
	if (next && next->primary_bytes > 0 && gap == decoder_packet_frame_samples(next->primary) &&
		decoder_packet_has_fec(next->primary, next->primary_bytes))
		return (struct playout_choice){
			.means = PLAYOUT_FEC,
			.frame = next,
			.n_samples = (int)gap,
		};
	return (struct playout_choice){
		.means = PLAYOUT_CONCEALED,
		.n_samples = gap < usual_samples ? (int)gap : usual_samples,
	};
}

const char *playout_means_name(enum playout_means means)
{
	static const char *const names[PLAYOUT_MEANS] = { "primary", "redundant", "fec", "dred",
		"concealed", "silent", "held" };
	return means < PLAYOUT_MEANS ? names[means] : "?";
}
