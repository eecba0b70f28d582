/* Captures in a build without libpcap: none can be read, and who asks is told why. */
#include "tools/sim/capture_file.h"

bool capture_file_trace(
	struct trace *trace, const char *path, uint16_t port, struct io_error *error)
{
	(void)trace;
	(void)path;
	(void)port;
	return io_error_set(error, "this build reads no captures: it was made without libpcap");
}
