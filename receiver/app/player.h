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
	struct udp_address peer;  /* who sent it */
	struct udp_address local; /* to which of our addresses */
	size_t n_bytes;		  /* more than data holds: it was cut off, and will be rejected */
	uint8_t data[RECV_DATAGRAM_BYTES_MAX];
};

/* A report to the sender. */
struct player_report {
	struct udp_address to;	 /* where the stream comes from */
	struct udp_address from; /* the address of ours that it goes to; n_bytes 0: any */
	size_t n_bytes;
	uint8_t data[RTCP_DATAGRAM_BYTES_MAX];
};

enum { PLAYER_NAME_BYTES = SENDER_NAME_BYTES };

/* Who sends. */
struct player_peers {
	struct udp_address source; /* of the packet last taken into the stream; n_bytes 0: none */
	char name[PLAYER_NAME_BYTES]; /* of its sender, as it says; "": it does not */
	int64_t began_us;	      /* when its first packet came, and its last one */
	int64_t heard_us;
	bool has_ended;		  /* said so */
	struct udp_address other; /* whose packets are not played beside it */
	int64_t n_other;	  /* of them in a row */
};

struct player_snapshot {
	int64_t at_us;
	struct recv_stats stats;
	struct player_peers peers;
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
	struct player_peers peers; /* but for name and end */
	struct udp_address called; /* of ours, that it was sent to */
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
