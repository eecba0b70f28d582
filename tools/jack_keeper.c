#include "tools/jack_keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* In the keeper: no output, no signal from a terminal; only the end of all others ends it. */
static void keep(const char *server, int read_fd)
{
	const int null = open("/dev/null", O_RDWR);
	char byte;

	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	while (read(read_fd, &byte, 1) < 0 && errno == EINTR)
		;
	remove_files(server);
	_exit(0);
}

bool jack_keeper_start(struct jack_keeper *keeper, const char *server, struct io_error *error)
{
	int fds[2];

	*keeper = (struct jack_keeper){ .fd = -1 };
	if (pipe(fds) != 0)
		return io_error_set(error, "no pipe: %s", strerror(errno));
	keeper->pid = fork();
	if (keeper->pid == 0) {
		close(fds[1]);
		keep(server, fds[0]);
	}
	close(fds[0]);
	keeper->fd = fds[1];
	if (keeper->pid > 0)
		return true;
	close(fds[1]);
	*keeper = (struct jack_keeper){ .fd = -1 };
	return io_error_set(error, "no process: %s", strerror(errno));
}

void jack_keeper_end(struct jack_keeper *keeper)
{
	if (keeper->pid <= 0)
		return;
	close(keeper->fd);
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*keeper = (struct jack_keeper){ .fd = -1 };
}
