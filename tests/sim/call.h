/* A whole call in virtual time for the tests: speech-like sound through a channel, with what was
 * sent, what became of each packet, what was heard, and what should have been played. */
#ifndef HINDSIGHT_TESTS_SIM_CALL_H
#define HINDSIGHT_TESTS_SIM_CALL_H

#include "tools/sim/simulation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call_config {
	const char *channel; /* as tc netem says it */
	enum profile profile;
	int n_channels;
	double frame_ms;
	int kbps;
	const char *distances; /* "", "1", "1 2", ... */
	int64_t delay_us;      /* < 0: auto */
	int64_t max_delay_us;  /* of auto; 0: 500 ms */
	double seconds;
	uint64_t seed;
	bool dtx;
	int64_t pause_samples; /* of silence after each phrase of 1.2 s */
	int block_samples;     /* 0: 480 */
};

struct call {
	struct simulation_result result;
	size_t n_packets;
	bool *delivered; /* per packet, in the order sent */
	int64_t *duplicates;
	float *said, *heard; /* one channel each */
	size_t n_said, n_heard;
	int64_t n_records[PLAYOUT_MEANS];
	int64_t first_output_sample; /* of the first frame that was played; -1: none */
	int64_t first_timestamp;
	int64_t n_played_samples;
	/* Of the frames that there were */
	int64_t mouth_to_ear_sum_us, n_mouth_to_ear;
	int64_t delay_us_max; /* the longest playout delay */
	int64_t n_shifted;    /* frames that did not follow the one before to the sample */
	int64_t next_output_sample;
	bool has_bad_sample; /* not a number, or beyond full scale */
};

/* Fails as cmocka does where the call cannot be made; *fault tells what redundancy_share() said,
 * and nothing runs where that is not OK. Free with call_end(). */
enum redundancy_fault call_run(struct call *call, const struct call_config *config);
void call_end(struct call *call);

/* How each frame must have been played with these packets delivered, every copy being in time:
 * counted from the packets alone. */
struct reckoning {
	int64_t primary, redundant, concealed, lost;
};
struct reckoning call_reckon(const struct call *call, const char *distances);

/* frames_concealed in percent of frames_played. */
double call_concealed_percent(const struct call *call);

/* Mean time from a frame's capture until it is heard. */
double call_mouth_to_ear_ms(const struct call *call);

#endif
