#include "tools/signal/fourier.h"

#include <assert.h>
#include <math.h>

static const double two_pi = 6.283185307179586;

void fourier_init(struct fourier *f, size_t size, struct fourier_point *turns)
{
	assert(size >= 2 && (size & (size - 1)) == 0);
	f->size = size;
	f->turns = turns;
	for (size_t k = 0; k < size / 2; k++) {
		const double angle = two_pi * (double)k / (double)size;
		turns[k] = (struct fourier_point){ cos(angle), -sin(angle) };
	}
}

/* Each point to where its number's bits, read backwards, say. */
static void reverse_bits(struct fourier_point *points, size_t size)
{
	size_t reversed = 0;

	for (size_t i = 1; i < size; i++) {
		size_t bit = size / 2;
		for (; reversed & bit; bit /= 2)
			reversed ^= bit;
		reversed ^= bit;
		if (i < reversed) {
			const struct fourier_point kept = points[i];
			points[i] = points[reversed];
			points[reversed] = kept;
		}
	}
}

void fourier_forward(const struct fourier *f, struct fourier_point *points)
{
	reverse_bits(points, f->size);
	for (size_t half = 1; half < f->size; half *= 2) {
		const size_t stride = f->size / 2 / half;
		for (size_t begin = 0; begin < f->size; begin += 2 * half) {
			for (size_t k = 0; k < half; k++) {
				struct fourier_point *const a = &points[begin + k];
				struct fourier_point *const b = a + half;
				const struct fourier_point turn = f->turns[k * stride];
				const double re = b->re * turn.re - b->im * turn.im;
				const double im = b->re * turn.im + b->im * turn.re;
				*b = (struct fourier_point){ a->re - re, a->im - im };
				*a = (struct fourier_point){ a->re + re, a->im + im };
			}
		}
	}
}

void fourier_inverse(const struct fourier *f, struct fourier_point *points)
{
	/* The forward one of the conjugate is the conjugate of the inverse one. */
	for (size_t i = 0; i < f->size; i++)
		points[i].im = -points[i].im;
	fourier_forward(f, points);
	for (size_t i = 0; i < f->size; i++) {
		points[i].re /= (double)f->size;
		points[i].im /= -(double)f->size;
	}
}
