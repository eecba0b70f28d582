/* The playout callback's work, and its rings to the other threads.
 *
 *   RECEIVE THREAD --(datagrams)--> player_pull() in the PLAYOUT CALLBACK: owns recv_stream
 *        ^                               |      |
 *        +-----------(reports)-----------+      +--(snapshots, records)--> MAIN THREAD
 *
 * Each ring has one writer and one reader. A full ring out of the callback drops and counts; a full
 * ring into it leaves the datagrams in the kernel, which has recorded their arrival times. Only
 * player_init() allocates memory. */
#ifndef HINDSIGHT_RECEIVER_APP_PLAYER_H
#define HINDSIGHT_RECEIVER_APP_PLAYER_H

#include "common/io/udp_address.h"
#include "common/rtp/rtcp_item.h"
#include "common/base/spsc_ring.h"
#include "receiver/app/effort.h"
#include "receiver/recv_stream.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct player_datagram {
	int64_t arrival_us;
	struct udp_address peer; /* the sender's address */
	size_t n_bytes;		 /* more than data holds: it was truncated, and will be rejected */
	uint8_t data[RECV_DATAGRAM_BYTES_MAX];
};

/* A report to the sender. */
struct player_report {
	struct udp_address to; /* the stream's source */
	size_t n_bytes;
	uint8_t data[RTCP_DATAGRAM_BYTES_MAX];
};

struct player_snapshot {
	int64_t at_us;
	struct recv_stats stats;
};

/* One pull. */
struct player_block {
	float *samples; /* RECV_CHANNELS interleaved, to be filled */
	size_t n_samples;
	int64_t now_us;
	int64_t device_us; /* from now_us to the first sample's sound; < 0: unknown */
	bool is_paced;	   /* now_us is when the block was due, not when it was pulled */
	int64_t late_us;   /* how much later it was pulled: this dates reports, but not sound */
	bool had_xrun;	   /* an underrun of the device since the last pull */
};

struct player { /* private to player.c */
	struct recv_stream *stream;
	struct spsc_ring datagrams, snapshots, records, reports;
	void *memory[5];
	struct udp_address source; /* of the packet last taken into the stream; n_bytes 0: none */
	bool keeps_records;
	atomic_int_fast64_t n_dropped_records;
	int64_t n_underruns;
	struct effort effort;
	struct recv_work work; /* at the end of the last callback seen by player_took() */
	bool has_taken;
	int64_t n_since_snapshot;
};

/* keeps_records: player_next_record() will be read. STATUS_NO_ROOM without memory, else the result
 * of recv_stream_init(). player_end() must follow in any case. */
enum status player_init(
	struct player *p, const struct recv_stream_config *config, bool keeps_records);
void player_end(struct player *p);

/* Receive thread: the slot for the next datagram, NULL while the ring is full; it takes effect once
 * committed. */
struct player_datagram *player_begin_datagram(struct player *p);
void player_commit_datagram(struct player *p);

/* Receive thread: the next report to be sent; false: there is none. */
bool player_next_report(struct player *p, struct player_report *report);

/* After the callback has stopped: the BYE; false: no report was ever sent. */
bool player_bye(struct player *p, struct player_report *report);

/* Playout callback: takes the datagrams that arrived and fills the block. No allocation, lock,
 * system call, print or unbounded loop. */
void player_pull(struct player *p, const struct player_block *block);

/* Playout callback, at its end: the pulls that filled this block of the device took took_us. If
 * that is repeatedly too long, the decoder's effort is reduced from then on. */
void player_took(struct player *p, int64_t took_us, size_t block_samples);

/* Playout callback's thread, or any after it has stopped: 0 before the first packet. */
int player_channels(const struct player *p);

/* Main thread: one snapshot per second, and one record per frame; false: none now. */
bool player_next_snapshot(struct player *p, struct player_snapshot *snapshot);
bool player_next_record(struct player *p, struct playout_record *record);

/* After the callback has stopped. */
void player_snapshot(struct player *p, int64_t now_us, struct player_snapshot *snapshot);

/* Any thread: records that were not read in time. */
int64_t player_dropped_records(const struct player *p);

#endif
