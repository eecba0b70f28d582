#include "tools/process/jack_server.h"

#include "common/io/monotonic.h"
#include "common/io/realtime.h"
#include "common/base/units.h"
#include "tools/process/child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A server misses a client that was killed for a second, and one client after the other. */
#define NOTICE_US (10 * US_PER_SECOND)

enum { LOOK_MS = 50 };

static const char folder[] = "/dev/shm"; /* jackd --version tells it */

/* jack_sem.0_SERVER_CLIENT, jack_SERVER_0_0 */
static bool is_of_server(const char *name, const char *server)
{
	const char *const at = strstr(name, server);

	return strncmp(name, "jack_", 5) == 0 && at && at[-1] == '_' && at[strlen(server)] == '_';
}

static void remove_files(const char *server)
{
	DIR *const dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_of_server(entry->d_name, server))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

/* Each client that the server knows of has its semaphore; two are the server's own drivers. */
static bool has_clients(const char *server)
{
	DIR *const dir = opendir(folder);
	const struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n += is_of_server(entry->d_name, server) &&
		     strncmp(entry->d_name, "jack_sem.", 9) == 0;
	if (dir)
		closedir(dir);
	return n > 2;
}

/* ---- in the keeper ---- */

static bool start_server(struct child *jackd, char *name, int period_samples, bool is_verbose)
{
	char period[16];
	/* Where it is allowed the programs have real-time priority, and the server must not have less. */
	char *const priority = realtime_is_allowed() ? "-R" : "-r";
	char *const argv[] = { "jackd", "--name", name, priority, "-d", "dummy", "-r", "48000",
		"-p", period, "-C", "2", "-P", "2", NULL };
	const struct child_setup setup = { .output = is_verbose ? CHILD_SHOWN : CHILD_SILENT };

	snprintf(period, sizeof period, "%d", period_samples);
	return child_start(jackd, argv, &setup, NULL);
}

/* Nobody is left who holds the other end; or, false, the time is over. */
static bool are_gone(int fd, int timeout_ms)
{
	struct pollfd other = { .fd = fd, .events = POLLIN };

	return poll(&other, 1, timeout_ms) > 0;
}

/* No output, no signal from a terminal, another name than its parent; only the end of all others ends
 * it. */
static void keep(int fd, char *name, int period_samples, bool is_verbose)
{
	struct child jackd;
	bool is_started;
	int64_t until_us;

	setsid();
	prctl(PR_SET_NAME, "jack-keeper");
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	is_started = start_server(&jackd, name, period_samples, is_verbose);
	const int null = open("/dev/null", O_RDWR);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(null, i);
	if (send(fd, &is_started, sizeof is_started, 0) < 0 || !is_started)
		_exit(1);
	while (child_is_running(&jackd) && !are_gone(fd, LOOK_MS))
		;
	shutdown(fd, SHUT_WR); /* who asks whether it is running learns that it is not */
	until_us = monotonic_now_us() + NOTICE_US;
	while (has_clients(name) && monotonic_now_us() < until_us &&
		!child_wait(&jackd, monotonic_now_us() + LOOK_MS * US_PER_MS))
		;
	child_end(&jackd, SIGTERM);
	are_gone(fd, -1);
	remove_files(name);
	_exit(0);
}

/* ---- in this process ---- */

bool jack_server_start(struct jack_server *server, const char *name, int period_samples,
	bool is_verbose, struct io_error *error)
{
	int fds[2];
	bool is_started = false;
	char copy[64];

	*server = (struct jack_server){ 0 };
	snprintf(copy, sizeof copy, "%s", name);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
		return io_error_set(error, "no socket: %s", strerror(errno));
	server->keeper = fork();
	if (server->keeper == 0) {
		close(fds[1]);
		fcntl(fds[0], F_SETFD, FD_CLOEXEC);
		keep(fds[0], copy, period_samples, is_verbose);
	}
	close(fds[0]);
	server->fd = fds[1];
	if (server->keeper > 0 &&
		recv(server->fd, &is_started, sizeof is_started, 0) == sizeof is_started &&
		is_started)
		return true;
	if (server->keeper < 0)
		server->keeper = 0;
	jack_server_end(server);
	return io_error_set(
		error, "cannot run jackd: --self-test needs JACK (Debian: apt install jackd2)");
}

bool jack_server_is_running(const struct jack_server *server)
{
	return server->keeper > 0 && !are_gone(server->fd, 0);
}

void jack_server_end(struct jack_server *server)
{
	if (server->keeper <= 0)
		return;
	close(server->fd);
	while (waitpid(server->keeper, NULL, 0) < 0 && errno == EINTR)
		;
	*server = (struct jack_server){ 0 };
}
