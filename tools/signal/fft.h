/* The discrete Fourier transform, for the yardsticks: double precision, any power of two.
 * Pure: the caller's memory. Thread: any. */
#ifndef HINDSIGHT_TOOLS_SIGNAL_FFT_H
#define HINDSIGHT_TOOLS_SIGNAL_FFT_H

/* The turns that fft() of that length needs: n doubles. */
void fft_turns(double *turns, int n);

/* In place and forwards, not scaled; n: a power of two from 4 on. Backwards is the same with the two
 * parts exchanged, and n times too large. */
void fft(double *real, double *imaginary, const double *turns, int n);

/* The powers of bins 0..n_bins-1 (at most n / 2) of two real signals a and b, which were transformed
 * together as real and imaginary part. */
void fft_powers_of_two(
	const double *real, const double *imaginary, int n, double *a, double *b, int n_bins);

#endif
