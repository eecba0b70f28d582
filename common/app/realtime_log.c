#include "common/app/realtime_log.h"

#include "common/app/cli.h"
#include "common/io/realtime.h"

void realtime_begin_thread(const char *name)
{
	struct io_error why;

	if (realtime_raise(&why))
		cli_log(CLI_DETAIL, "the %s thread has real-time priority", name);
	else
		cli_log(CLI_DETAIL, "no real-time priority for the %s thread: %s", name, why.text);
}

void realtime_begin_process(void)
{
	struct io_error why;

	if (realtime_lock_memory(&why))
		cli_log(CLI_DETAIL, "memory is locked");
	else
		cli_log(CLI_DETAIL, "memory is not locked: %s", why.text);
}
