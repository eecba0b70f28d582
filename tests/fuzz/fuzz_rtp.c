/* Any bytes as an RTP packet: what is parsed lies within them, and its header and capture time survive
 * being written and read again. */
#include "common/rtp/rtp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct rtp_packet packet, again;
	uint8_t header[RTP_HEADER_BYTES + RTP_EXTENSION_BYTES];

	(void)rtp_is_rtcp(data, n_bytes);
	if (rtp_parse(&packet, data, n_bytes) != STATUS_OK)
		return 0;
	REQUIRE(packet.payload >= data + RTP_HEADER_BYTES);
	REQUIRE(packet.payload + packet.payload_bytes <= data + n_bytes);
	REQUIRE(packet.payload_type <= 127);
	rtp_write_header(header, &packet);
	rtp_write_capture_time(header + RTP_HEADER_BYTES, packet.capture_ntp);
	const size_t n_header =
		RTP_HEADER_BYTES + (packet.has_capture_time ? RTP_EXTENSION_BYTES : 0);
	REQUIRE(rtp_parse(&again, header, n_header) == STATUS_OK);
	REQUIRE(again.has_capture_time == packet.has_capture_time);
	REQUIRE(again.capture_ntp == packet.capture_ntp);
	REQUIRE(again.marker == packet.marker && again.payload_type == packet.payload_type);
	REQUIRE(again.seq == packet.seq && again.timestamp == packet.timestamp);
	REQUIRE(again.ssrc == packet.ssrc && again.payload_bytes == 0);
	return 0;
}
