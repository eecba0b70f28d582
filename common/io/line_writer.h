/* Lines to a file, a terminal or a pipe that may be slow: each is written whole or dropped and
 * counted, for audio goes on whether or not anybody reads. A FIFO is opened once somebody reads
 * it, and again after its reader has gone. The flags of a descriptor that is shared, such as
 * stderr's, are left alone. Thread: one at a time; never the audio callback. Owner: the caller
 * holds the struct. */
#ifndef HINDSIGHT_COMMON_IO_LINE_WRITER_H
#define HINDSIGHT_COMMON_IO_LINE_WRITER_H

#include "common/io/io_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line_writer {
	int fd;		  /* its own; -1: closed, or a FIFO that nobody reads */
	const char *path; /* NULL: of a descriptor that others have, too */
	bool is_fifo;	  /* of a path: opened anew for each reader */
	bool is_cut;	  /* the last line lacks its end */
	int64_t n_dropped;
};

/* path: a file to be overwritten, or a FIFO; alive until the close. False: *writer is closed,
 * *error says why, without the path. */
bool line_writer_open(struct line_writer *writer, const char *path, struct io_error *error);

/* The same for a descriptor, which stays the caller's. */
bool line_writer_open_fd(struct line_writer *writer, int fd, struct io_error *error);

/* One line or several, with their ends, in one write where it is no longer than PIPE_BUF. Waits
 * until that the reader has room, not longer than wait_us; then the text is dropped, which is no
 * failure. False: it could not be written, *error says why. */
bool line_writer_put(struct line_writer *writer, const char *text, size_t n_bytes, int64_t wait_us,
	struct io_error *error);

/* Closing what is closed does nothing and succeeds. False: not all of it may be on the disk. */
bool line_writer_close(struct line_writer *writer, struct io_error *error);

#endif
