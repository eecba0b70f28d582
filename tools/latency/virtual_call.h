/* A call on this machine without a sound card: a JACK server of our own with its dummy driver, and
 * hindsight-recv and hindsight-send as its clients, as users run them. What the caller plays into
 * JACK goes to the sender's input, and the receiver's output comes to the caller's.
 *
 *   caller's output --> hindsight-send --UDP--> hindsight-recv --> caller's input
 *
 * JACK passes a block from client to client within one period, so these joins add no time, and
 * stand for the devices that would be there otherwise.
 *
 *     open_server -> audio_io_init, a stream opened and started by the caller -> start -> poll ...
 *     -> close
 *
 * Whatever becomes of this process, the server and the programs end with it; no file is left.
 * Thread: main(). Owner: the caller holds the struct. */
#ifndef HINDSIGHT_TOOLS_LATENCY_VIRTUAL_CALL_H
#define HINDSIGHT_TOOLS_LATENCY_VIRTUAL_CALL_H

#include "common/io/io_error.h"
#include "tools/process/child.h"
#include "tools/process/jack_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The device's name, as options know it, on the server. */
#define VIRTUAL_CALL_DEVICE "system"

enum { VIRTUAL_CALL_PORTS_BYTES = 4096, VIRTUAL_CALL_LINE_BYTES = 8192 };

struct virtual_call_config {
	int period_samples;   /* of the server, and of all its clients */
	const char *programs; /* the folder of hindsight-send and hindsight-recv */
	const char *send_options, *recv_options; /* words between blanks; may be "" */
	bool is_verbose;			 /* the server's output on stderr */
};

struct virtual_call {
	/* From hindsight-recv's --stats json, since virtual_call_forget(). */
	double mouth_to_ear_sum_ms;
	int n_mouth_to_ear; /* 0: unknown */

	/* private to virtual_call.c */
	struct virtual_call_config config;
	struct jack_server server;
	struct child receiver, sender;
	bool has_sender; /* it was started */
	char ports[VIRTUAL_CALL_PORTS_BYTES];
	char own_client[64];
	char line[VIRTUAL_CALL_LINE_BYTES];
	size_t n_line;
};

/* Starts the server and waits until it answers; points this process's JACK at it, so it comes
 * before audio_io_init(). False: *error says why, also that JACK is not installed. The call is to
 * be closed in any case. */
bool virtual_call_open_server(struct virtual_call *call, const struct virtual_call_config *config,
	struct io_error *error);

/* The caller's duplex stream on VIRTUAL_CALL_DEVICE runs, and is the server's only client. Starts
 * the receiver, then the sender, and joins all three. */
bool virtual_call_start(struct virtual_call *call, struct io_error *error);

/* Reads the receiver's output until until_us; returns at once when there is some. False: one of the
 * three has ended by itself, *error says which. */
bool virtual_call_poll(struct virtual_call *call, int64_t until_us, struct io_error *error);

/* Starts the mean anew. */
void virtual_call_forget(struct virtual_call *call);

/* Ends the programs. The server is ended later, when the caller's stream is closed. */
void virtual_call_end(struct virtual_call *call);
void virtual_call_close_server(struct virtual_call *call);

#endif
