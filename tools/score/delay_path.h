/* The likeliest course of a delay (Viterbi): given for each frame how well each lag explains it, the
 * course that explains all of them best, where staying costs nothing, a neighbouring lag a little
 * and any other one a jump. So a frame that fits anywhere or nowhere follows its neighbours.
 * Allocates in delay_path_begin(); delay_path_end() frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SCORE_DELAY_PATH_H
#define HINDSIGHT_TOOLS_SCORE_DELAY_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delay_path {
	int n_lags;
	size_t n_frames, n_frames_max;
	float neighbour_cost, jump_cost; /* in units of the gains */
	float *sums, *next_sums;	 /* private, as all below */
	uint8_t *moves;
	int *best_lags; /* of the frame before, from where a jump comes */
	int *shifts;
};

/* False: no memory; delay_path_end() is to be called all the same. */
bool delay_path_begin(struct delay_path *path, int n_lags, size_t n_frames_max,
	float neighbour_cost, float jump_cost);

/* The next frame. gains: of its n_lags lags. shift: its lag i is the frame before's lag i + shift. */
void delay_path_add(struct delay_path *path, const float *gains, int shift);

/* Fills lags[n_frames], each counted from its own frame's first; at least one frame was added. */
void delay_path_trace(const struct delay_path *path, int *lags);

void delay_path_end(struct delay_path *path);

#endif
