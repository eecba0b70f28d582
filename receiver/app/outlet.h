/* Where sound goes that no device plays: a WAV or FLAC file, raw sound on stdout, or nowhere.
 * Blocks come at the pace of the clock, and nothing waits for the other side: what a pipe does
 * not take is dropped and counted. Who reads the pipe may be the clock, as a player with a sound
 * card is. What is in the pipe all the time makes the sound late for nothing: a little is worked
 * off by a slower pace, much of it, after the reader stood still, by writing nothing until it
 * has been read. Thread: one at a time, the pacing one while it runs; the questions about
 * failures are any thread's. */
#ifndef HINDSIGHT_RECEIVER_APP_OUTLET_H
#define HINDSIGHT_RECEIVER_APP_OUTLET_H

#include "common/base/standing.h"
#include "common/io/io_error.h"
#include "common/io/raw_pcm.h"
#include "common/io/wav_writer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum outlet_kind { OUTLET_NONE, OUTLET_FILE, OUTLET_STDOUT, OUTLET_NULL };

struct outlet {
	enum outlet_kind kind;
	const char *path;
	struct wav_writer wav;
	struct raw_pcm pipe;
	struct standing standing; /* what is in the pipe all the time */
	bool is_draining;	  /* nothing is written until the reader has caught up */
	int n_channels;		  /* 0: not known yet */
	int64_t n_silent_before;  /* samples taken while they were not */
	atomic_int_fast64_t n_dropped;
	atomic_bool has_failed; /* error is valid from then on */
	atomic_bool has_ended;	/* nobody will ever read the pipe again */
	struct io_error error;
};

/* What --output means; OUTLET_NONE: none of these, but a device. */
enum outlet_kind outlet_kind(const char *output);

/* output: as --output says, alive until the close; n_channels: 0 where the stream will tell. False:
 * *error says why. */
bool outlet_open(struct outlet *outlet, const char *output, int n_channels, struct io_error *error);

/* Takes a block of two channels, which it changes; stream_channels: of the stream, 0 before it
 * begins. Returns by how much later the next block had better come. */
int64_t outlet_take(struct outlet *outlet, float *samples, size_t n_samples, int stream_channels);

/* What is in the pipe. */
int64_t outlet_backlog_us(const struct outlet *outlet);

/* Samples that the reader of the pipe did not take. Any thread. */
int64_t outlet_dropped(const struct outlet *outlet);

/* Completes the file; one that was never begun becomes an empty one. False: not all of it was
 * written, *error says why. */
bool outlet_close(struct outlet *outlet, struct io_error *error);

#endif
