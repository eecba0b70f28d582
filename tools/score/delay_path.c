#include "tools/score/delay_path.h"

#include <assert.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

enum move { STAY, FROM_BELOW, FROM_ABOVE, JUMP };

bool delay_path_begin(struct delay_path *path, int n_lags, size_t n_frames_max,
	float neighbour_cost, float jump_cost)
{
	*path = (struct delay_path){
		.n_lags = n_lags,
		.n_frames_max = n_frames_max,
		.neighbour_cost = neighbour_cost,
		.jump_cost = jump_cost,
		.sums = calloc((size_t)n_lags, sizeof *path->sums),
		.next_sums = calloc((size_t)n_lags, sizeof *path->next_sums),
		.moves = malloc(n_frames_max * (size_t)n_lags),
		.best_lags = malloc(n_frames_max * sizeof *path->best_lags),
		.shifts = malloc(n_frames_max * sizeof *path->shifts),
	};
	return path->sums && path->next_sums && path->moves && path->best_lags && path->shifts;
}

static int largest(const float *values, int n)
{
	int best = 0;
	for (int i = 1; i < n; i++)
		if (values[i] > values[best])
			best = i;
	return best;
}

void delay_path_add(struct delay_path *path, const float *gains, int shift)
{
	const int n = path->n_lags;
	const int best = largest(path->sums, n);
	const float highest = path->sums[best];
	uint8_t *const moves = path->moves + path->n_frames * (size_t)n;

	assert(path->n_frames < path->n_frames_max);
	for (int i = 0; i < n; i++) {
		const int from = i + shift;
		float sum = highest - path->jump_cost;
		enum move move = JUMP;
		if (from >= 0 && from < n && path->sums[from] >= sum) {
			sum = path->sums[from];
			move = STAY;
		}
		if (from >= 1 && from <= n && path->sums[from - 1] - path->neighbour_cost > sum) {
			sum = path->sums[from - 1] - path->neighbour_cost;
			move = FROM_BELOW;
		}
		if (from >= -1 && from < n - 1 &&
			path->sums[from + 1] - path->neighbour_cost > sum) {
			sum = path->sums[from + 1] - path->neighbour_cost;
			move = FROM_ABOVE;
		}
		/* Against the best, so that hours of sums stay small numbers. */
		path->next_sums[i] = sum - highest + gains[i];
		moves[i] = (uint8_t)move;
	}
	path->best_lags[path->n_frames] = best;
	path->shifts[path->n_frames] = shift;
	path->n_frames++;
	float *const sums = path->sums;
	path->sums = path->next_sums;
	path->next_sums = sums;
}

void delay_path_trace(const struct delay_path *path, int *lags)
{
	int lag = largest(path->sums, path->n_lags);

	for (size_t k = path->n_frames; k-- > 0;) {
		lags[k] = lag;
		switch ((enum move)path->moves[k * (size_t)path->n_lags + (size_t)lag]) {
		case STAY:
			lag += path->shifts[k];
			break;
		case FROM_BELOW:
			lag += path->shifts[k] - 1;
			break;
		case FROM_ABOVE:
			lag += path->shifts[k] + 1;
			break;
		case JUMP:
			lag = path->best_lags[k];
			break;
		}
	}
}

void delay_path_end(struct delay_path *path)
{
	free(path->sums);
	free(path->next_sums);
	free(path->moves);
	free(path->best_lags);
	free(path->shifts);
	*path = (struct delay_path){ 0 };
}
