#include "tools/process/netem_modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = { "sch_netem", "veth" };

/* The kernel takes a namespace down some time after its last process has gone. */
enum { N_NAMES = sizeof names / sizeof *names, TRIES = 100, TRY_AGAIN_NS = 50000000 };

struct netem_modules {
	bool were_there[N_NAMES];
};

static bool is_loaded(const char *name)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof path, "/sys/module/%s", name);
	return stat(path, &status) == 0;
}

static void unload(const void *context)
{
	const struct netem_modules *const modules = context;
	const struct timespec pause = { 0, TRY_AGAIN_NS };

	for (size_t i = 0; i < N_NAMES; i++) {
		if (modules->were_there[i] || !is_loaded(names[i]))
			continue;
		for (int k = 0; k < TRIES; k++) {
			if (syscall(SYS_delete_module, names[i], O_NONBLOCK) == 0 ||
				(errno != EWOULDBLOCK && errno != EBUSY))
				break;
			nanosleep(&pause, NULL);
		}
	}
}

bool netem_modules_keep(struct keeper *keeper)
{
	struct netem_modules modules;

	for (size_t i = 0; i < N_NAMES; i++)
		modules.were_there[i] = is_loaded(names[i]);
	return keeper_start(keeper, unload, &modules);
}
