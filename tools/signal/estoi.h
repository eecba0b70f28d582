/* How intelligible a recording is against the clean one: ESTOI, after J. Jensen and C. H. Taal, "An
 * Algorithm for Predicting the Intelligibility of Speech Masked by Modulated Noise Maskers", IEEE
 * TASLP 24(11), 2016; and how far the spectra are from each other.
 * One channel at 10 kHz. Frames of 256 samples every 128; those 40 dB below the loudest one of the
 * clean recording are left out (as frames, where the paper's authors join the samples anew).
 * Allocates and frees. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SIGNAL_ESTOI_H
#define HINDSIGHT_TOOLS_SIGNAL_ESTOI_H

enum { ESTOI_RATE = 10000, ESTOI_FRAME_SAMPLES = 256, ESTOI_HOP_SAMPLES = 128 };

struct estoi_pair {
	const float *clean, *heard;
	int n_clean, n_heard;
	/* Where in `clean` the middle of each frame of `heard` belongs, in samples; NULL: at the
	 * same place. As many as estoi_n_frames(n_heard). */
	const double *clean_at;
	/* The same for `heard`, for n_at pairs of frames in any order (clean_at must be there); NULL:
	 * each frame of `heard` once. */
	const double *heard_at;
	int n_at;
	double *distances_db; /* to be filled for each frame, NAN where it is left out; or NULL */
};

struct estoi_result {
	double intelligibility; /* 1: the same; NAN below 384 ms of speech, or without memory */
	double distance_db;	/* log-spectral, root mean square over 100 to 4500 Hz */
	int n_frames;		/* that were compared */
};

int estoi_n_frames(int n_samples);
struct estoi_result estoi(const struct estoi_pair *pair);

#endif
