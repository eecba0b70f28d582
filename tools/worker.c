#include "tools/worker.h"

#include "common/io/monotonic.h"
#include "common/units.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_NOT_RUN = 127, STATUS_SIGNAL = 128, LOOK_AGAIN_US = 5000 };

/* ---- in the worker ---- */

static void put_in_place(int fd, const char *path, int flags)
{
	const int file = open(path ? path : "/dev/null", flags, 0666);
	if (file >= 0 && file != fd) {
		dup2(file, fd);
		close(file);
	}
}

/* Dies with its parent, hears no Ctrl-C, has the signals as they are at the start of a program. */
static void become_worker(pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before that */
		_exit(STATUS_NOT_RUN);
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool enter_network(pid_t network_of)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)network_of);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

/* ---- in the parent ---- */

bool worker_start(struct worker *worker, char *const argv[], const char *output, const char *errors,
	pid_t network_of, struct io_error *error)
{
	const pid_t parent = getpid();
	const pid_t pid = fork();

	if (pid < 0)
		return io_error_set(error, "no process more: %s", strerror(errno));
	if (pid > 0) {
		*worker = (struct worker){ .pid = pid };
		return true;
	}
	become_worker(parent);
	put_in_place(STDIN_FILENO, NULL, O_RDONLY);
	put_in_place(STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC);
	put_in_place(STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC);
	if (network_of > 0 && !enter_network(network_of))
		dprintf(STDERR_FILENO, "the network namespace: %s\n", strerror(errno));
	else {
		execvp(argv[0], argv);
		dprintf(STDERR_FILENO, "%s: cannot be run: %s\n", argv[0], strerror(errno));
	}
	_exit(STATUS_NOT_RUN);
}

bool worker_start_network(struct worker *worker, struct io_error *error)
{
	const pid_t parent = getpid();
	int answer[2], reason = 0;

	if (pipe2(answer, O_CLOEXEC) != 0)
		return io_error_set(error, "no pipe: %s", strerror(errno));
	const pid_t pid = fork();
	if (pid == 0) {
		become_worker(parent);
		reason = unshare(CLONE_NEWNET) == 0 ? 0 : errno;
		if (write(answer[1], &reason, sizeof reason) != sizeof reason || reason != 0)
			_exit(STATUS_NOT_RUN);
		for (;;)
			pause();
	}
	close(answer[1]);
	const bool is_told = pid > 0 && read(answer[0], &reason, sizeof reason) == sizeof reason;
	close(answer[0]);
	*worker = (struct worker){ .pid = pid > 0 ? pid : 0 };
	if (is_told && reason == 0)
		return true;
	worker_kill(worker);
	return io_error_set(error, "a network namespace: %s", strerror(is_told ? reason : EAGAIN));
}

static void take_status(struct worker *worker, int status)
{
	worker->pid = 0;
	worker->status = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
}

bool worker_has_ended(struct worker *worker)
{
	int status;

	if (worker->pid > 0 && waitpid(worker->pid, &status, WNOHANG) == worker->pid)
		take_status(worker, status);
	return worker->pid == 0;
}

int worker_wait(struct worker *worker, int64_t timeout_us)
{
	const struct timespec pause = { 0, LOOK_AGAIN_US * 1000L };
	const int64_t end_us = monotonic_now_us() + timeout_us;

	while (!worker_has_ended(worker)) {
		if (monotonic_now_us() >= end_us)
			worker_kill(worker);
		else
			nanosleep(&pause, NULL);
	}
	return worker->status;
}

void worker_signal(const struct worker *worker, int signal_number)
{
	if (worker->pid > 0)
		kill(worker->pid, signal_number);
}

void worker_kill(struct worker *worker)
{
	int status = 0;

	if (worker->pid <= 0)
		return;
	kill(worker->pid, SIGKILL);
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	take_status(worker, status);
}
