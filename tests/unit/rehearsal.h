/* A sender and a receiver without a network between them, in virtual time: for tests that send a
 * stream once and deliver its datagrams as they like.
 * All failures inside are cmocka's. Memory is freed by the _end() calls. */
#ifndef HINDSIGHT_TESTS_UNIT_REHEARSAL_H
#define HINDSIGHT_TESTS_UNIT_REHEARSAL_H

#include "receiver/recv_stream.h"
#include "sender/send_stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the sender's side ---- */

struct sent_datagram {
	int64_t sent_us; /* when its frame was full */
	size_t n_bytes;	 /* 0: a silent frame of DTX, nothing was sent */
	uint8_t bytes[PACKETIZER_DATAGRAM_BYTES_MAX];
};

/* One entry per frame. */
struct sent_stream {
	size_t n_frames;
	int frame_samples;
	struct sent_datagram *datagrams;
	struct send_stats stats;
};

/* Voice, mono, 20 ms, first seq 1000, first timestamp 5000; the frames 1..n_copies back travel
 * along. Fails where the budget does not allow it. */
struct send_stream_config rehearsal_config(int n_copies, int budget_bps);

/* n_frames of speech-like sound with pauses of pause_samples, the first captured at start_us. */
struct sent_stream sent_stream_make(const struct send_stream_config *config, size_t n_frames,
	int64_t pause_samples, int64_t start_us);
void sent_stream_end(struct sent_stream *sent);

/* Where a packet stands: for streams that are stamped anew. */
void datagram_restamp(uint8_t *datagram, uint16_t seq, uint32_t timestamp);
void datagram_set_ssrc(uint8_t *datagram, uint32_t ssrc);

/* ---- the receiver's side ---- */

struct listener {
	void *memory;
	struct recv_stream *stream;
	size_t block_samples; /* of the device */
	int64_t next_pull_us;
	int64_t stood_still_us; /* total time in which the device pulled nothing */
	float *heard;		/* RECV_CHANNELS interleaved */
	size_t n_heard, n_room;
	bool keeps_one_block; /* for hours: heard is overwritten by every block */
	int64_t n_records[PLAYOUT_MEANS];
	int64_t n_passed_over; /* frames between one record and the next: nothing was played */
	struct playout_record last_record;
};

enum { DELAY_AUTO = -1 };

/* delay_us: fixed, or DELAY_AUTO. The first block is asked for at time 0. */
struct listener listener_begin(int64_t delay_us, size_t block_samples);
void listener_end(struct listener *l);

/* Pulls all blocks that are due before now_us. */
void listener_run_until(struct listener *l, int64_t now_us);

/* The same, and then the datagram arrives; one of no bytes does not. */
enum status listener_hear(
	struct listener *l, const uint8_t *datagram, size_t n_bytes, int64_t arrival_us);

struct recv_stats listener_stats(const struct listener *l);

/* Fails where records, counters and the sum frames_played do not agree. */
void listener_check_sums(struct listener *l, const char *row_name);

/* The loudest sample played between these times. */
float listener_peak(const struct listener *l, int64_t from_us, int64_t until_us);

#endif
