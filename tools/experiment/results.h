/* The table of an experiment: one row per run, one column per figure. Cells are text, as in
 * results.csv; an unknown figure is an empty cell. A column is made when it is first set, so a new
 * statistic of the programs needs no line here.
 *
 * A run is known by four columns: via, channel, setting, seed. Owner: the caller, who ends it.
 * Thread: one at a time. */
#ifndef HINDSIGHT_TOOLS_EXPERIMENT_RESULTS_H
#define HINDSIGHT_TOOLS_EXPERIMENT_RESULTS_H

#include "common/io/io_error.h"
#include "common/text/text_buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESULTS_COLUMNS_MAX = 500, RESULTS_ROWS_MAX = 1000000 };

struct results_row {
	char **cells; /* NULL: empty */
	size_t n_cells;
};

struct results { /* {0} is an empty one */
	char **columns;
	size_t n_columns;
	struct results_row *rows;
	size_t n_rows;
	bool has_failed; /* out of memory, or more columns than there may be: something is missing */
};

/* The mean of some seeds, and how far they lie apart. n_runs 0: there is none, the rest is NAN. */
struct results_spread {
	size_t n_runs;
	double mean;
	double min;
	double max;
};

/* Those of a row; seed: as text, NULL for any. */
struct results_key {
	const char *via;
	const char *channel;
	const char *setting;
	const char *seed;
};

/* Reads what results_write() wrote, into an empty table. False: *error names the line; what was
 * read is to be ended. */
bool results_parse(
	struct results *results, const char *text, size_t n_chars, struct io_error *error);

void results_write(const struct results *results, struct text_buffer *csv);

/* A new row, by its number. */
size_t results_add(struct results *results);

/* value is copied; "" leaves the cell empty, but makes the column. */
void results_set(struct results *results, size_t row, const char *column, const char *value);

/* With at most six decimals; NAN is an empty cell. */
void results_set_number(struct results *results, size_t row, const char *column, double value);

/* "" where there is nothing. */
const char *results_text(const struct results *results, size_t row, const char *column);

/* NAN where there is no number. */
double results_number(const struct results *results, size_t row, const char *column);

/* The first row of that run; n_rows where there is none. */
size_t results_find(const struct results *results, const struct results_key *key);

/* Over the rows of that key that are done. */
struct results_spread results_over_seeds(
	const struct results *results, const struct results_key *key, const char *column);

/* Frees it; it is empty again. */
void results_end(struct results *results);

#endif
