/* fft: against the sum that defines it, there and back, and two real signals at once. */
#include "common/base/pi.h"
#include "tests/unit/unit.h"
#include "tools/signal/fft.h"

#include <math.h>
#include <string.h>

enum { N_MAX = 256 };

static void fill(double *part, int n, struct dice *dice)
{
	for (int i = 0; i < n; i++)
		part[i] = (double)dice_noise(dice);
}

static void assert_near(double actual, double expected)
{
	if (!(fabs(actual - expected) < 1e-11))
		fail_msg("%.15g is not %.15g", actual, expected);
}

static void test_the_defining_sum(void **state)
{
	static const int lengths[] = { 2, 4, 8, 64, N_MAX };
	double re[N_MAX], im[N_MAX], out_re[N_MAX], out_im[N_MAX], twiddles[N_MAX];
	struct dice dice = { 1 };

	(void)state;
	for (size_t i = 0; i < N_ROWS(lengths); i++) {
		const int n = lengths[i];
		fill(re, n, &dice);
		fill(im, n, &dice);
		memcpy(out_re, re, sizeof re);
		memcpy(out_im, im, sizeof im);
		fft_twiddles(twiddles, n);
		fft(out_re, out_im, twiddles, n);
		for (int k = 0; k < n; k++) {
			double sum_re = 0, sum_im = 0;
			for (int t = 0; t < n; t++) {
				const double angle = -2 * PI * k * t / n;
				sum_re += re[t] * cos(angle) - im[t] * sin(angle);
				sum_im += re[t] * sin(angle) + im[t] * cos(angle);
			}
			assert_near(out_re[k], sum_re);
			assert_near(out_im[k], sum_im);
		}
	}
}

static void test_there_and_back(void **state)
{
	double re[N_MAX], im[N_MAX], out_re[N_MAX], out_im[N_MAX], twiddles[N_MAX];
	struct dice dice = { 2 };

	(void)state;
	fill(re, N_MAX, &dice);
	fill(im, N_MAX, &dice);
	memcpy(out_re, re, sizeof re);
	memcpy(out_im, im, sizeof im);
	fft_twiddles(twiddles, N_MAX);
	fft(out_re, out_im, twiddles, N_MAX);
	fft_inverse(out_re, out_im, twiddles, N_MAX);
	for (int i = 0; i < N_MAX; i++) {
		assert_near(out_re[i], re[i]);
		assert_near(out_im[i], im[i]);
	}
}

static void test_two_real_signals_at_once(void **state)
{
	double a[N_MAX], b[N_MAX], both_re[N_MAX], both_im[N_MAX], zeros[N_MAX] = { 0 };
	double powers_a[N_MAX / 2 + 1], powers_b[N_MAX / 2 + 1], twiddles[N_MAX];
	struct dice dice = { 3 };

	(void)state;
	fill(a, N_MAX, &dice);
	fill(b, N_MAX, &dice);
	memcpy(both_re, a, sizeof a);
	memcpy(both_im, b, sizeof b);
	fft_twiddles(twiddles, N_MAX);
	fft(both_re, both_im, twiddles, N_MAX);
	fft_powers_of_two(both_re, both_im, N_MAX, powers_a, powers_b, N_MAX / 2 + 1);
	fft(a, zeros, twiddles, N_MAX);
	for (int k = 0; k <= N_MAX / 2; k++)
		assert_near(powers_a[k], a[k] * a[k] + zeros[k] * zeros[k]);
	memset(zeros, 0, sizeof zeros);
	fft(b, zeros, twiddles, N_MAX);
	for (int k = 0; k <= N_MAX / 2; k++)
		assert_near(powers_b[k], b[k] * b[k] + zeros[k] * zeros[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_defining_sum),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_two_real_signals_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
