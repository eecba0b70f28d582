/* Any text as a session description: what is read out of it is in range and survives being written
 * and read again; a complaint is one line of text. */
#include "common/rtp/sdp_reader.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void require_round_trip(const struct sdp *session)
{
	static const struct sdp_details details = {
		.origin = "192.0.2.1",
		.session_id = 1,
		.tool = "fuzz",
		.ttl = 1,
		.n_channels = 1,
		.frame_samples = 960,
		.payload_bps = 48000,
	};
	char text[SDP_BYTES_MAX];
	char reason[SDP_REASON_BYTES];
	struct sdp again;
	const size_t n_chars = sdp_write(text, sizeof text, session, &details);

	REQUIRE(n_chars > 0 && n_chars == strlen(text));
	REQUIRE(sdp_read(&again, text, n_chars, reason));
	REQUIRE(strcmp(again.address, session->address) == 0);
	REQUIRE(again.is_ipv6 == session->is_ipv6 && again.port == session->port);
	REQUIRE(again.opus_type == session->opus_type && again.red_type == session->red_type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	char reason[SDP_REASON_BYTES] = "";
	struct sdp session;

	if (sdp_read(&session, (const char *)data, n_bytes, reason)) {
		REQUIRE(*session.address != '\0' && session.port > 0);
		REQUIRE(sdp_is_free_type(session.opus_type));
		REQUIRE(session.red_type == 0 || sdp_is_free_type(session.red_type));
		REQUIRE(session.red_type != session.opus_type);
		require_round_trip(&session);
	} else {
		REQUIRE(*reason != '\0');
		for (const char *c = reason; *c; c++)
			REQUIRE(*c >= ' ' && *c <= '~');
	}
	return 0;
}
