/* The discrete Fourier transform, in place, of a power of two of points. Pure; thread: any. */
#ifndef HINDSIGHT_TOOLS_SIGNAL_FOURIER_H
#define HINDSIGHT_TOOLS_SIGNAL_FOURIER_H

#include <stddef.h>

struct fourier_point {
	double re, im;
};

/* Of `size` points. Owner: the caller, of the turns too, which stay in place while in use. */
struct fourier {
	size_t size;
	struct fourier_point *turns; /* size / 2: the roots of unity of one half of the circle */
};

/* size: a power of two, at least 2; turns: room for size / 2 points. */
void fourier_init(struct fourier *fourier, size_t size, struct fourier_point *turns);

/* points: `size` of them. Forward and then inverse gives them back. */
void fourier_forward(const struct fourier *fourier, struct fourier_point *points);
void fourier_inverse(const struct fourier *fourier, struct fourier_point *points);

#endif
