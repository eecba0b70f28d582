#include "tools/process/child.h"

#include "common/io/monotonic.h"
#include "common/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (2 * US_PER_SECOND)
#define LOOK_US	    (5 * US_PER_MS)

enum { STATUS_NOT_RUN = 127, STATUS_SIGNAL = 128 };

/* ---- in the child: only what is safe in a copy of a process with threads ---- */

/* Dies with its parent, gets no Ctrl-C, has the signals as they are at the start of a program. */
static void become_child(pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it was gone before */
		_exit(STATUS_NOT_RUN);
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int open_output(const char *path)
{
	return open(path ? path : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
}

static bool put_in_place(const struct child_setup *setup, int read_fd)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int input = setup->stdin_fd > 0 ? setup->stdin_fd : null;
	int output = null, errors = null;

	switch (setup->output) {
	case CHILD_SHOWN:
		output = errors = STDERR_FILENO;
		break;
	case CHILD_READ_STDOUT:
		output = read_fd;
		break;
	case CHILD_READ_STDERR:
		errors = read_fd;
		break;
	case CHILD_IN_FILES:
		output = open_output(setup->stdout_path);
		errors = open_output(setup->stderr_path);
		break;
	case CHILD_IN_OPEN_FILES:
		output = setup->stdout_fd;
		errors = setup->stderr_fd;
		break;
	default:
		break;
	}
	return dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
	       dup2(errors, STDERR_FILENO) >= 0;
}

static bool enter_network(pid_t network_of)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/ns/net", (long)network_of);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && setns(fd, CLONE_NEWNET) == 0;
}

/* Tells its parent how it went, errno or 0, by the pipe. */
static void tell(int fd, int code)
{
	if (write(fd, &code, sizeof code) != sizeof code)
		_exit(STATUS_NOT_RUN);
}

/* ---- in the parent ---- */

static void close_pair(const int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

/* What it tells; what a successful exec closes tells nothing, and all is well. */
static int told(int fd)
{
	int code = 0;

	while (read(fd, &code, sizeof code) < 0 && errno == EINTR)
		;
	return code;
}

bool child_start(struct child *child, char *const argv[], const struct child_setup *setup,
	struct io_error *error)
{
	const pid_t parent = getpid();
	int words[2], answer[2];

	*child = (struct child){ 0 };
	if (pipe2(words, O_CLOEXEC) != 0)
		return io_error_set(error, "%s: %s", argv[0], strerror(errno));
	if (pipe2(answer, O_CLOEXEC) != 0) {
		close_pair(words);
		return io_error_set(error, "%s: %s", argv[0], strerror(errno));
	}
	const pid_t pid = fork();
	if (pid == 0) {
		become_child(parent);
		if (put_in_place(setup, words[1]) &&
			(setup->network_of == 0 || enter_network(setup->network_of)))
			execvp(argv[0], argv);
		tell(answer[1], errno);
		_exit(STATUS_NOT_RUN);
	}
	close(words[1]);
	close(answer[1]);
	const int code = pid < 0 ? errno : told(answer[0]);
	close(answer[0]);
	child->pid = pid > 0 ? pid : 0;
	child->is_read = setup->output == CHILD_READ_STDOUT || setup->output == CHILD_READ_STDERR;
	child->fd = words[0];
	if (!child->is_read)
		close(words[0]);
	if (code == 0)
		return true;
	child_end(child, SIGKILL);
	return io_error_set(error, "cannot run %s: %s", argv[0], strerror(code));
}

bool child_start_network(struct child *child, struct io_error *error)
{
	const pid_t parent = getpid();
	int answer[2], code = 0;

	*child = (struct child){ 0 };
	if (pipe2(answer, O_CLOEXEC) != 0)
		return io_error_set(error, "no pipe: %s", strerror(errno));
	const pid_t pid = fork();
	if (pid == 0) {
		become_child(parent);
		code = unshare(CLONE_NEWNET) == 0 ? 0 : errno;
		tell(answer[1], code);
		while (code == 0)
			pause();
		_exit(STATUS_NOT_RUN);
	}
	close(answer[1]);
	code = pid < 0 ? errno : EAGAIN; /* a child that tells nothing was killed */
	if (pid > 0 && read(answer[0], &code, sizeof code) < 0)
		code = errno;
	close(answer[0]);
	child->pid = pid > 0 ? pid : 0;
	if (code == 0)
		return true;
	child_end(child, SIGKILL);
	return io_error_set(error, "a network namespace: %s", strerror(code));
}

size_t child_read(struct child *child, char *bytes, size_t n_bytes, int64_t until_us)
{
	struct pollfd ready = { .fd = child->fd, .events = POLLIN };
	const int64_t wait_us = until_us - monotonic_now_us();

	if (!child->is_read)
		return 0;
	if (poll(&ready, 1, wait_us > 0 ? (int)(wait_us / US_PER_MS) + 1 : 0) <= 0)
		return 0;
	const ssize_t n_read = read(child->fd, bytes, n_bytes);
	return n_read > 0 ? (size_t)n_read : 0;
}

bool child_is_running(struct child *child)
{
	return !child_wait(child, 0);
}

bool child_wait(struct child *child, int64_t until_us)
{
	int status = 0;

	while (child->pid > 0) {
		const pid_t ended = waitpid(child->pid, &status, WNOHANG);
		if (ended == child->pid || (ended < 0 && errno == ECHILD)) {
			child->pid = 0;
			child->status = WIFEXITED(status) ? WEXITSTATUS(status)
							  : STATUS_SIGNAL + WTERMSIG(status);
			break;
		}
		const int64_t now_us = monotonic_now_us();
		if (now_us >= until_us)
			return false;
		monotonic_sleep_until_us(now_us + LOOK_US);
	}
	return true;
}

int child_result(struct child *child, int64_t timeout_us)
{
	child_wait(child, monotonic_now_us() + timeout_us);
	child_end(child, SIGKILL);
	return child->status;
}

void child_signal(const struct child *child, int signal)
{
	if (child->pid > 0)
		kill(child->pid, signal);
}

void child_end(struct child *child, int signal)
{
	child_signal(child, signal);
	if (!child_wait(child, monotonic_now_us() + PATIENCE_US)) {
		child_signal(child, SIGKILL);
		child_wait(child, INT64_MAX);
	}
	if (child->is_read)
		close(child->fd);
	child->is_read = false;
}
