#include "common/io/line_writer.h"

#include "common/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The rest of a text that has begun is waited for longer: half a line is worse than none. */
#define REST_WAIT_US (100 * US_PER_MS)

static bool failed(struct io_error *error)
{
	return io_error_set(error, "%s", strerror(errno));
}

/* A FIFO without a reader refuses to be opened, with ENXIO; fd stays -1 until a later line. */
static bool open_fifo(struct line_writer *w)
{
	w->fd = open(w->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return w->fd >= 0 || errno == ENXIO;
}

bool line_writer_open(struct line_writer *w, const char *path, struct io_error *error)
{
	struct stat status;

	*w = (struct line_writer){ .fd = -1, .path = path };
	w->is_fifo = stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
	if (w->is_fifo)
		return open_fifo(w) || failed(error);
	w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	return w->fd >= 0 || failed(error);
}

bool line_writer_open_fd(struct line_writer *w, int fd, struct io_error *error)
{
	*w = (struct line_writer){ .fd = fcntl(fd, F_DUPFD_CLOEXEC, 0) };
	return w->fd >= 0 || failed(error);
}

static bool has_room(int fd, int64_t wait_us)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };
	const struct timespec wait = { .tv_sec = (time_t)(wait_us / US_PER_SECOND),
		.tv_nsec = (long)(wait_us % US_PER_SECOND * 1000) };

	return ppoll(&polled, 1, &wait, NULL) > 0;
}

/* How many bytes were written. errno is 0 where the reader had no room for the rest. What polls as
 * ready takes PIPE_BUF bytes without blocking (pipe(7)). */
static size_t write_pieces(int fd, const char *text, size_t n_bytes, int64_t wait_us)
{
	size_t n_done = 0;

	errno = 0;
	while (n_done < n_bytes && has_room(fd, n_done ? REST_WAIT_US : wait_us)) {
		const size_t n_left = n_bytes - n_done;
		const ssize_t n = write(fd, text + n_done, n_left < PIPE_BUF ? n_left : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return n_done;
		n_done += n > 0 ? (size_t)n : 0;
		errno = 0;
	}
	errno = 0;
	return n_done;
}

bool line_writer_put(struct line_writer *w, const char *text, size_t n_bytes, int64_t wait_us,
	struct io_error *error)
{
	if (w->is_fifo && w->fd < 0)
		open_fifo(w);
	if (w->fd < 0) {
		w->n_dropped++;
		return true;
	}
	if (w->is_cut && write_pieces(w->fd, "\n", 1, wait_us) == 1)
		w->is_cut = false;
	const size_t n_done = w->is_cut ? 0 : write_pieces(w->fd, text, n_bytes, wait_us);
	if (n_done == n_bytes)
		return true;
	if (errno != 0 && (!w->is_fifo || errno != EPIPE))
		return failed(error);
	w->n_dropped++;
	w->is_cut = w->is_cut || n_done > 0;
	if (errno == 0)
		return true;
	close(w->fd);
	w->fd = -1;
	w->is_cut = false;
	return true;
}

bool line_writer_close(struct line_writer *w, struct io_error *error)
{
	const int fd = w->fd;

	w->fd = -1;
	w->is_fifo = false;
	return fd < 0 || close(fd) == 0 || failed(error);
}
