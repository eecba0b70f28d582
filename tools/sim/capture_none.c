/* Captures in a build without libpcap: none can be read, and who asks is told why. */
#include "tools/sim/capture_file.h"

static bool refuse(struct io_error *error)
{
	return io_error_set(error, "this build reads no captures: it was made without libpcap");
}

bool capture_file_trace(struct trace *trace, const char *path, const struct capture_choice *choice,
	char line[CAPTURE_LINE_BYTES], struct io_error *error)
{
	(void)trace;
	(void)path;
	(void)choice;
	(void)line;
	return refuse(error);
}

bool capture_file_list(FILE *list, const char *path, uint16_t port, struct io_error *error)
{
	(void)list;
	(void)path;
	(void)port;
	return refuse(error);
}
