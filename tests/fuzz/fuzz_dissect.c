/* Any bytes as a captured frame; the first one chooses the link. */
#include "tests/fuzz/fuzz.h"
#include "tools/sim/dissect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct dissected rtp;

	if (n_bytes > 0 && dissect_rtp(&rtp, (enum dissect_link)(data[0] % (DISSECT_RTP + 1)),
				   data + 1, n_bytes - 1)) {
		REQUIRE(rtp.type < 128);
		REQUIRE(rtp.ip_version == 4 || rtp.ip_version == 6 ||
			(rtp.ip_version == 0 && data[0] % (DISSECT_RTP + 1) == DISSECT_RTP));
	}
	return 0;
}
