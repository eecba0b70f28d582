/* The Fourier transform against sums that are known, and against the definition. */
#include "tools/signal/fft.h"

#include "tests/unit/unit.h"

#include <math.h>

enum { N_MAX = 1024 };

#define PI 3.14159265358979323846

static double real[N_MAX], imaginary[N_MAX], turns[N_MAX];

static void transform(int n)
{
	fft_turns(turns, n);
	fft(real, imaginary, turns, n);
}

static void assert_near(double actual, double expected)
{
	if (fabs(actual - expected) > 1e-9)
		fail_msg("%.12g is not %.12g", actual, expected);
}

static void a_turning_point_is_one_bin(void **state)
{
	static const int lengths[] = { 4, 8, 256, 1024 };
	(void)state;
	for (size_t l = 0; l < N_ROWS(lengths); l++) {
		const int n = lengths[l];
		for (int bin = 0; bin < n; bin += n / 4 + 1) {
			for (int i = 0; i < n; i++) {
				real[i] = cos(2 * PI * bin * i / n);
				imaginary[i] = sin(2 * PI * bin * i / n);
			}
			transform(n);
			for (int k = 0; k < n; k++) {
				assert_near(real[k], k == bin ? n : 0);
				assert_near(imaginary[k], 0);
			}
		}
	}
}

static void noise_is_transformed_as_defined(void **state)
{
	enum { N = 64 };
	struct dice dice = { 1965 };
	double re[N], im[N];
	(void)state;
	for (int i = 0; i < N; i++) {
		re[i] = real[i] = (double)dice_noise(&dice);
		im[i] = imaginary[i] = (double)dice_noise(&dice);
	}
	transform(N);
	for (int k = 0; k < N; k++) {
		double sum_re = 0, sum_im = 0;
		for (int i = 0; i < N; i++) {
			const double c = cos(2 * PI * k * i / N), s = -sin(2 * PI * k * i / N);
			sum_re += re[i] * c - im[i] * s;
			sum_im += re[i] * s + im[i] * c;
		}
		assert_near(real[k], sum_re);
		assert_near(imaginary[k], sum_im);
	}
	fft(imaginary, real, turns, N); /* backwards */
	for (int i = 0; i < N; i++) {
		assert_near(real[i] / N, re[i]);
		assert_near(imaginary[i] / N, im[i]);
	}
}

/* Two real signals at once: one of amplitude 2 in bin 3, one of amplitude 1 in bin 5. */
static void two_real_signals_are_told_apart(void **state)
{
	enum { N = 256 };
	double a[N / 2], b[N / 2];
	(void)state;
	for (int i = 0; i < N; i++) {
		real[i] = 2 * sin(2 * PI * 3 * i / N);
		imaginary[i] = cos(2 * PI * 5 * i / N);
	}
	transform(N);
	fft_powers_of_two(real, imaginary, N, a, b, N / 2);
	for (int k = 0; k < N / 2; k++) {
		assert_near(a[k], k == 3 ? N * (double)N : 0);
		assert_near(b[k], k == 5 ? N * (double)N / 4 : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turning_point_is_one_bin),
		cmocka_unit_test(noise_is_transformed_as_defined),
		cmocka_unit_test(two_real_signals_are_told_apart),
	};
	return cmocka_run_group_tests_name("fft", tests, NULL, NULL);
}
