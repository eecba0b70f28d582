/* What became of each frame, read from the log that --frames of hindsight-recv and hindsight-sim
 * writes. Thread: any. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_FRAME_ROWS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_FRAME_ROWS_H

#include <stddef.h>

/* Bits: a frame may be several. */
enum {
	FRAME_ABSENT = 1,   /* its packet was lost, or not there in time */
	FRAME_REPLACED = 2, /* played from a copy, FEC or DRED */
	FRAME_CONCEALED = 4
};

struct frame_row {
	double at_s;		 /* in what is heard */
	double playout_delay_ms; /* NAN where the log has none */
	double target_delay_ms;
	unsigned fate;
};

/* All of them, to be freed by the caller, in their order. 0: no such log, or none in it. */
size_t frame_rows_load(const char *path, struct frame_row **rows);

/* The same from text, which is changed. */
size_t frame_rows_parse(char *text, struct frame_row **rows);

#endif
