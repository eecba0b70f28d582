#include "tools/child.h"

#include "common/io/monotonic.h"
#include "common/units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (2 * US_PER_SECOND)
#define LOOK_US	    (10 * US_PER_MS)

/* In the child, between fork and exec: only what is safe in a copy of a process with threads. */
static void become(char *const argv[], enum child_output output, pid_t parent, int write_fd)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it was gone before */
		_exit(127);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	if (output == CHILD_SHOWN) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
	} else {
		dup2(output == CHILD_READ_STDOUT ? write_fd : null, STDOUT_FILENO);
		dup2(output == CHILD_READ_STDERR ? write_fd : null, STDERR_FILENO);
	}
	execvp(argv[0], argv);
}

static void close_pair(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* What exec failed with, through the pipe that a successful one closes. */
static int exec_errno(int fd)
{
	int failure = 0;

	while (read(fd, &failure, sizeof failure) < 0 && errno == EINTR)
		;
	return failure;
}

bool child_start(
	struct child *child, char *const argv[], enum child_output output, struct io_error *error)
{
	const pid_t parent = getpid();
	int words[2], failure[2];

	*child = (struct child){ .fd = -1 };
	if (pipe2(words, O_CLOEXEC) != 0)
		return io_error_set(error, "%s: %s", argv[0], strerror(errno));
	if (pipe2(failure, O_CLOEXEC) != 0) {
		close_pair(words);
		return io_error_set(error, "%s: %s", argv[0], strerror(errno));
	}
	child->pid = fork();
	if (child->pid == 0) {
		become(argv, output, parent, words[1]);
		const int code = errno;
		const ssize_t n_written = write(failure[1], &code, sizeof code);
		_exit(n_written > 0 ? 127 : 126);
	}
	close(words[1]);
	close(failure[1]);
	const int code = child->pid < 0 ? errno : exec_errno(failure[0]);
	close(failure[0]);
	child->fd = words[0];
	if (code == 0)
		return true;
	if (child->pid > 0)
		child_wait(child, INT64_MAX);
	close(child->fd);
	*child = (struct child){ .fd = -1 };
	return io_error_set(error, "cannot run %s: %s", argv[0], strerror(code));
}

size_t child_read(struct child *child, char *bytes, size_t n_bytes, int64_t until_us)
{
	struct pollfd ready = { .fd = child->fd, .events = POLLIN };
	const int64_t wait_us = until_us - monotonic_now_us();

	if (poll(&ready, 1, wait_us > 0 ? (int)(wait_us / US_PER_MS) + 1 : 0) <= 0)
		return 0;
	const ssize_t n_read = read(child->fd, bytes, n_bytes);
	return n_read > 0 ? (size_t)n_read : 0;
}

bool child_is_running(struct child *child)
{
	return child->pid > 0 && !child_wait(child, 0);
}

bool child_wait(struct child *child, int64_t until_us)
{
	while (child->pid > 0) {
		const pid_t ended = waitpid(child->pid, &child->status, WNOHANG);
		if (ended == child->pid || (ended < 0 && errno == ECHILD)) {
			child->pid = 0;
			break;
		}
		const int64_t now_us = monotonic_now_us();
		if (now_us >= until_us)
			return false;
		monotonic_sleep_until_us(now_us + LOOK_US);
	}
	return true;
}

void child_end(struct child *child, int signal)
{
	if (child->pid > 0) {
		kill(child->pid, signal);
		if (!child_wait(child, monotonic_now_us() + PATIENCE_US)) {
			kill(child->pid, SIGKILL);
			child_wait(child, INT64_MAX);
		}
	}
	if (child->fd >= 0)
		close(child->fd);
	child->fd = -1;
}
