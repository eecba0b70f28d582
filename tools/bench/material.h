/* What the benchmark of time-scaling plays: recordings, and a piece of music that is hard on it.
 * Two channels interleaved, 48 kHz. The caller frees. */
#ifndef HINDSIGHT_TOOLS_BENCH_MATERIAL_H
#define HINDSIGHT_TOOLS_BENCH_MATERIAL_H

struct material {
	const char *name;
	float *pcm;
	int n_samples;
};

/* The files one after the other; exits with a line on stderr where one cannot be read. */
struct material material_recordings(const char *name, char *const *paths, int n_paths);

/* Chords that decay, their notes spread over the channels by level and phase, and drums. */
struct material material_music(int seconds);

void material_free(struct material *m);

#endif
