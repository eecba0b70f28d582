#include "tools/signal/fft.h"

#include "common/base/pi.h"

#include <math.h>

/* First all cosines, then all sines, of half a circle. */
void fft_twiddles(double *twiddles, int n)
{
	for (int i = 0; i < n / 2; i++) {
		twiddles[i] = cos(2 * PI * i / n);
		twiddles[n / 2 + i] = -sin(2 * PI * i / n);
	}
}

static void exchange(double *x, int i, int j)
{
	const double kept = x[i];
	x[i] = x[j];
	x[j] = kept;
}

/* To the order of the reversed bits. */
static void shuffle(double *real, double *imaginary, int n)
{
	for (int i = 1, j = 0; i < n; i++) {
		int bit = n >> 1;
		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			exchange(real, i, j);
			exchange(imaginary, i, j);
		}
	}
}

void fft(double *real, double *imaginary, const double *twiddles, int n)
{
	shuffle(real, imaginary, n);
	for (int size = 2; size <= n; size *= 2) {
		const int half = size / 2, stride = n / size;
		for (int at = 0; at < n; at += size) {
			double *const a = real + at, *const b = imaginary + at;
			for (int k = 0; k < half; k++) {
				const double c = twiddles[k * stride],
					     s = twiddles[n / 2 + k * stride];
				const double x = a[k + half] * c - b[k + half] * s;
				const double y = a[k + half] * s + b[k + half] * c;
				a[k + half] = a[k] - x;
				b[k + half] = b[k] - y;
				a[k] += x;
				b[k] += y;
			}
		}
	}
}

/* With the two parts exchanged forward is backward: i (a - ib) = b + ia. */
void fft_inverse(double *real, double *imaginary, const double *twiddles, int n)
{
	fft(imaginary, real, twiddles, n);
	for (int i = 0; i < n; i++) {
		real[i] /= n;
		imaginary[i] /= n;
	}
}

/* A real signal's transform is even in its real and odd in its imaginary part: so the sum and the
 * difference of bins k and n - k tell the two apart. */
void fft_powers_of_two(
	const double *real, const double *imaginary, int n, double *a, double *b, int n_bins)
{
	for (int k = 0; k < n_bins; k++) {
		const int mirror = (n - k) % n;
		const double even_real = (real[k] + real[mirror]) / 2;
		const double odd_real = (real[k] - real[mirror]) / 2;
		const double even_imaginary = (imaginary[k] + imaginary[mirror]) / 2;
		const double odd_imaginary = (imaginary[k] - imaginary[mirror]) / 2;
		a[k] = even_real * even_real + odd_imaginary * odd_imaginary;
		b[k] = even_imaginary * even_imaginary + odd_real * odd_real;
	}
}
