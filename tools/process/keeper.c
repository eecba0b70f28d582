#include "tools/process/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void keep(int ended, void (*undo)(const void *context), const void *context)
{
	const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	char byte;

	setsid();
	prctl(PR_SET_NAME, "keeper");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(nothing, fd);
	while (read(ended, &byte, 1) < 0 && errno == EINTR)
		;
	undo(context);
	_exit(0);
}

bool keeper_start(struct keeper *keeper, void (*undo)(const void *context), const void *context)
{
	int ends[2];

	*keeper = (struct keeper){ 0 };
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(ends[1]);
		keep(ends[0], undo, context);
	}
	const int code = errno;
	close(ends[0]);
	if (keeper->pid > 0) {
		keeper->alive = ends[1];
		return true;
	}
	close(ends[1]);
	*keeper = (struct keeper){ 0 };
	errno = code;
	return false;
}

void keeper_end(struct keeper *keeper)
{
	if (keeper->pid <= 0)
		return;
	close(keeper->alive);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*keeper = (struct keeper){ 0 };
}
