/* Any text as a trace: each packet's delay is in its range, and a complaint is one line. */
#include "tests/fuzz/fuzz.h"
#include "tools/sim/trace.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct trace trace = { 0 };
	struct io_error error = { "" };
	struct channel_fate fate;

	if (trace_parse(&trace, (const char *)data, n_bytes, &error)) {
		REQUIRE(trace.n_packets > 0 && trace.n_packets <= n_bytes);
		trace_fate(&trace, n_bytes, 0, &fate);
		REQUIRE(fate.outcome == CHANNEL_LOST || fate.outcome == CHANNEL_DELIVERED);
	} else {
		REQUIRE(*error.text != '\0' && !strchr(error.text, '\n'));
	}
	for (size_t i = 0; i < trace.n_packets; i++)
		REQUIRE(trace.delays_us[i] >= TRACE_LOST &&
			trace.delays_us[i] <= CHANNEL_TIME_MAX_US);
	trace_end(&trace);
	return 0;
}
