/* Memory for a benchmark, which has nothing to do without it. */
#ifndef HINDSIGHT_TOOLS_BENCH_ALLOCATED_H
#define HINDSIGHT_TOOLS_BENCH_ALLOCATED_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* Zeros, which the caller frees. Ends the program where there is no memory. */
static inline void *allocated(size_t bytes)
{
	void *const memory = calloc(1, bytes);

	if (!memory) {
		fputs("out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

#endif
