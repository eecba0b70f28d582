#include "receiver/app/notices.h"

#include "common/app/cli.h"
#include "common/base/units.h"
#include "common/rtp/sdp.h"

static void tell_unannounced(int type)
{
	if (sdp_is_free_type((uint64_t)type))
		cli_log(CLI_NOTICE,
			"packets of payload type %d come, which was not announced: not played; "
			"FILE.sdp or --payload-type %d says that it is Opus",
			type, type);
	else
		cli_log(CLI_NOTICE,
			"packets of payload type %d come, which is never Opus: not played", type);
}

void notices_tell(struct notices *n, const struct recv_stats *stats)
{
	/* Told by 1 more, since PCMU is type 0. */
	if (stats->unannounced_type >= 0 && stats->unannounced_type + 1 != n->unannounced_type) {
		tell_unannounced(stats->unannounced_type);
		n->unannounced_type = stats->unannounced_type + 1;
	}
	if (stats->guessed_type > 0 && stats->guessed_type != n->guessed_type) {
		cli_log(CLI_NOTICE,
			"payload type %d was not announced; its packets are Opus and are played",
			stats->guessed_type);
		n->guessed_type = stats->guessed_type;
	}
	if (stats->clock_hz != SAMPLES_PER_SECOND && stats->clock_hz != n->clock_hz) {
		cli_log(CLI_NOTICE,
			"the sender's timestamps count in %d Hz, those of Opus in %d: its packets "
			"are played by their numbers and lengths",
			stats->clock_hz, SAMPLES_PER_SECOND);
		n->clock_hz = stats->clock_hz;
	}
}
