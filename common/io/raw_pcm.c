#include "common/io/raw_pcm.h"

#include "common/io/pcm16.h"
#include "common/base/units.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BYTES_PER_VALUE = 2 };

void raw_pcm_init(struct raw_pcm *pcm, int fd, int n_channels, const char *name)
{
	assert(n_channels == 1 || n_channels == 2);
	*pcm = (struct raw_pcm){ .fd = fd, .n_channels = n_channels, .name = name };
}

static enum raw_pcm_result failed(const struct raw_pcm *pcm, struct io_error *error)
{
	io_error_set(error, "%s: %s", pcm->name, strerror(errno));
	return RAW_PCM_FAILED;
}

/* True: reading or writing a chunk will not block. A closed other side counts as ready: the read or
 * write then reports it. */
static bool wait_until_ready(const struct raw_pcm *pcm, short events, int64_t timeout_us)
{
	struct pollfd polled = { .fd = pcm->fd, .events = events };
	const int64_t wait_us = timeout_us > 0 ? timeout_us : 0;
	const struct timespec wait = { .tv_sec = (time_t)(wait_us / US_PER_SECOND),
		.tv_nsec = (long)(wait_us % US_PER_SECOND * 1000) };
	return ppoll(&polled, 1, &wait, NULL) > 0;
}

static int bytes_in_pipe(const struct raw_pcm *pcm)
{
	struct stat status;
	int n_bytes = 0;

	if (fstat(pcm->fd, &status) != 0 || !S_ISFIFO(status.st_mode) ||
		ioctl(pcm->fd, FIONREAD, &n_bytes) != 0)
		return 0;
	return n_bytes;
}

int64_t raw_pcm_backlog_us(const struct raw_pcm *pcm)
{
	return us_from_samples(bytes_in_pipe(pcm) / (BYTES_PER_VALUE * pcm->n_channels));
}

/* A writer is woken once a page is free; it may be that we are sooner with the next read. */
bool raw_pcm_is_full(const struct raw_pcm *pcm)
{
	const int n_room = fcntl(pcm->fd, F_GETPIPE_SZ);

	return n_room > 0 && bytes_in_pipe(pcm) >= n_room - 2 * RAW_PCM_CHUNK_BYTES;
}

static bool is_passing(int failure)
{
	return failure == EINTR || failure == EAGAIN || failure == EWOULDBLOCK;
}

enum raw_pcm_result raw_pcm_read(struct raw_pcm *pcm, float *samples, size_t n_samples,
	size_t *n_moved, int64_t timeout_us, struct io_error *error)
{
	const size_t sample_bytes = BYTES_PER_VALUE * (size_t)pcm->n_channels;
	const size_t n_wanted = n_samples * sample_bytes;
	const size_t n_room = n_wanted < sizeof pcm->bytes ? n_wanted : sizeof pcm->bytes;

	assert(n_samples > 0);
	*n_moved = 0;
	if (!wait_until_ready(pcm, POLLIN, timeout_us))
		return RAW_PCM_NOTHING;
	const ssize_t n_read = read(pcm->fd, pcm->bytes + pcm->n_bytes, n_room - pcm->n_bytes);
	if (n_read < 0)
		return is_passing(errno) ? RAW_PCM_NOTHING : failed(pcm, error);
	if (n_read == 0)
		return RAW_PCM_END;

	pcm->n_bytes += (size_t)n_read;
	const size_t n_whole = pcm->n_bytes / sample_bytes;
	for (size_t i = 0; i < n_whole * (size_t)pcm->n_channels; i++) {
		const unsigned low = pcm->bytes[BYTES_PER_VALUE * i];
		const unsigned high = pcm->bytes[BYTES_PER_VALUE * i + 1];
		samples[i] = pcm16_to_float((int16_t)(uint16_t)(high << 8 | low));
	}
	pcm->n_bytes -= n_whole * sample_bytes;
	memmove(pcm->bytes, pcm->bytes + n_whole * sample_bytes, pcm->n_bytes);
	*n_moved = n_whole;
	return n_whole ? RAW_PCM_MOVED : RAW_PCM_NOTHING;
}

enum raw_pcm_result raw_pcm_write(struct raw_pcm *pcm, const float *samples, size_t n_samples,
	size_t *n_moved, int64_t timeout_us, struct io_error *error)
{
	const size_t sample_bytes = BYTES_PER_VALUE * (size_t)pcm->n_channels;
	const size_t n_rest = pcm->n_bytes; /* of a sample moved in an earlier call */
	const size_t n_room = (sizeof pcm->bytes - n_rest) / sample_bytes;
	const size_t n_taken = n_samples < n_room ? n_samples : n_room;

	assert(n_samples > 0);
	*n_moved = 0;
	if (!wait_until_ready(pcm, POLLOUT, timeout_us))
		return RAW_PCM_NOTHING;
	for (size_t i = 0; i < n_taken * (size_t)pcm->n_channels; i++) {
		const uint16_t value = (uint16_t)pcm16_from_float(samples[i]);
		pcm->bytes[n_rest + BYTES_PER_VALUE * i] = (uint8_t)value;
		pcm->bytes[n_rest + BYTES_PER_VALUE * i + 1] = (uint8_t)(value >> 8);
	}
	const size_t n_bytes = n_rest + n_taken * sample_bytes;
	const ssize_t n_put = write(pcm->fd, pcm->bytes, n_bytes);
	if (n_put < 0)
		return is_passing(errno) ? RAW_PCM_NOTHING : failed(pcm, error);

	/* A sample counts as moved once its first byte is; the rest of it is kept. */
	const size_t n_new = (size_t)n_put > n_rest ? (size_t)n_put - n_rest : 0;
	*n_moved = (n_new + sample_bytes - 1) / sample_bytes;
	pcm->n_bytes = n_rest + *n_moved * sample_bytes - (size_t)n_put;
	memmove(pcm->bytes, pcm->bytes + n_put, pcm->n_bytes);
	return *n_moved ? RAW_PCM_MOVED : RAW_PCM_NOTHING;
}
