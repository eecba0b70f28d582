/* A CSV file with one row for each packet: when it came and what became of it.
 *
 *     n,arrival_s,bytes,fate,duplicated,corrupted,reordered,delay_ms,rtp_sequence
 *     0,0.000000,172,delivered,0,0,0,23.412,51873
 *     1,0.020013,172,lost,0,0,0,,51874
 *
 * fate: delivered, lost or limit. delay_ms: of the first copy, empty where there is none.
 * rtp_sequence: empty where the bytes are no RTP. Rows come in the order of arrival.
 * Owner: the relay, which closes it; one thread. */
#ifndef HINDSIGHT_TOOLS_IMPAIR_FATE_LOG_H
#define HINDSIGHT_TOOLS_IMPAIR_FATE_LOG_H

#include "common/io/io_error.h"
#include "tools/channel/channel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct fate_log {
	FILE *file; /* NULL: not open, and rows go nowhere */
	int64_t start_us;
};

/* Makes or empties the file and writes the header. start_us: where arrival_s begins.
 * False: *error says why, and the log is closed. So do the functions below on a full disk. */
bool fate_log_open(
	struct fate_log *log, const char *path, int64_t start_us, struct io_error *error);

/* bytes: as they arrived. On a log that is not open it does nothing and succeeds. */
bool fate_log_write(struct fate_log *log, const struct channel_fate *fate, const uint8_t *bytes,
	size_t n_bytes, int64_t arrival_us, struct io_error *error);

/* Writes what is buffered and closes. Closing twice, or what did not open, succeeds. */
bool fate_log_close(struct fate_log *log, struct io_error *error);

#endif
