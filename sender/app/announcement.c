#include "sender/app/announcement.h"

#include "common/text/text_file.h"
#include "common/rtp/rtp.h"
#include "common/rtp/sdp.h"

#include <stdio.h>
#include <time.h>

/* RFC 5905, 6: NTP counts from 1900, Unix from 1970. */
#define NTP_FROM_UNIX_S UINT64_C(2208988800)

enum { MULTICAST_TTL_DEFAULT = 1 };

bool announcement_write(
	const struct send_options *o, const struct udp_socket *socket, struct io_error *error)
{
	char text[SDP_BYTES_MAX];
	char host[UDP_ADDRESS_TEXT_BYTES], origin[UDP_ADDRESS_TEXT_BYTES];
	struct udp_address local =
		socket->target; /* a valid address even where there is no route */
	struct sdp session = {
		.is_ipv6 = udp_address_is_ipv6(&socket->target),
		.port = o->to.port,
		.opus_type = RTP_TYPE_OPUS,
		.red_type = o->is_plain ? 0 : RTP_TYPE_RED,
	};

	udp_local_address(socket, &local);
	udp_address_host_text(&socket->target, host);
	udp_address_host_text(&local, origin);
	snprintf(session.address, sizeof session.address, "%s", host);
	const size_t n_chars = sdp_write(text, sizeof text, &session,
		&(struct sdp_details){
			.origin = origin,
			.origin_is_ipv6 = udp_address_is_ipv6(&local),
			.session_id = (uint64_t)time(NULL) + NTP_FROM_UNIX_S,
			.tool = "hindsight " HINDSIGHT_VERSION,
			.ttl = o->ttl == UDP_TTL_DEFAULT ? MULTICAST_TTL_DEFAULT : o->ttl,
			.n_channels = o->stream.n_channels,
			.frame_samples = o->stream.frame_samples,
			.payload_bps = o->stream.budget_bps,
			.dtx = o->stream.dtx,
			.in_band_fec = o->stream.profile == PROFILE_VOICE && !o->is_plain,
		});
	return text_file_write(o->sdp_path, text, n_chars, error);
}
