/* Any bytes as a redundant payload: blocks lie within them and follow one another, and writing what
 * was read gives the same bytes again. */
#include "common/rtp/red.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct red_payload red;
	size_t n_written = 0;

	if (red_parse(&red, data, n_bytes) != STATUS_OK)
		return 0;
	REQUIRE(red.n_blocks >= 1 && red.n_blocks <= RED_BLOCKS_MAX);
	const uint8_t *at = data + (red.n_blocks - 1) * RED_HEADER_BYTES + RED_LAST_HEADER_BYTES;
	for (size_t i = 0; i < red.n_blocks; i++) {
		REQUIRE(red.blocks[i].data == at);
		REQUIRE(red.blocks[i].offset_samples <= RED_OFFSET_SAMPLES_MAX);
		at += red.blocks[i].n_bytes;
	}
	REQUIRE(at == data + n_bytes);

	uint8_t *const written = malloc(n_bytes);
	REQUIRE(written);
	REQUIRE(red_write(&red, written, n_bytes, &n_written) == STATUS_OK);
	REQUIRE(n_written == n_bytes && memcmp(written, data, n_bytes) == 0);
	REQUIRE(red_write(&red, written, n_bytes - 1, &n_written) == STATUS_NO_ROOM);
	free(written);
	return 0;
}
