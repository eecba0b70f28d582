/* The discrete Fourier transform: double precision, any power of two. The real and the imaginary
 * parts lie in arrays of their own. Pure: the caller's memory. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SIGNAL_FFT_H
#define HINDSIGHT_TOOLS_SIGNAL_FFT_H

/* The twiddle factors for fft() of length n: n doubles. */
void fft_twiddles(double *twiddles, int n);

/* In place and forward, not scaled; n: a power of two, 2 or more. */
void fft(double *real, double *imaginary, const double *twiddles, int n);

/* In place and backward, scaled by 1/n, so that it undoes fft(). */
void fft_inverse(double *real, double *imaginary, const double *twiddles, int n);

/* The powers of bins 0..n_bins-1 (at most n / 2 + 1) of two real signals a and b, which were
 * transformed together as real and imaginary part. */
void fft_powers_of_two(
	const double *real, const double *imaginary, int n, double *a, double *b, int n_bins);

#endif
