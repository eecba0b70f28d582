#include "tools/experiment/results.h"

#include "common/text/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *text, size_t n_chars)
{
	char *const copy = malloc(n_chars + 1);
	if (copy) {
		memcpy(copy, text, n_chars);
		copy[n_chars] = '\0';
	}
	return copy;
}

/* n_columns where there is none. */
static size_t find_column(const struct results *r, const char *column)
{
	size_t i = 0;
	while (i < r->n_columns && strcmp(r->columns[i], column) != 0)
		i++;
	return i;
}

static bool add_column(struct results *r, const char *column, size_t n_chars)
{
	char **const columns = r->n_columns < RESULTS_COLUMNS_MAX
				       ? realloc(r->columns, (r->n_columns + 1) * sizeof *columns)
				       : NULL;
	if (columns)
		r->columns = columns;
	char *const copy = columns ? copy_of(column, n_chars) : NULL;
	if (!copy) {
		r->has_failed = true;
		return false;
	}
	r->columns[r->n_columns++] = copy;
	return true;
}

static void set_cell(struct results *r, size_t row, size_t column, const char *text, size_t n_chars)
{
	struct results_row *const of = &r->rows[row];

	if (column >= of->n_cells) {
		char **const cells = realloc(of->cells, (column + 1) * sizeof *cells);
		if (!cells) {
			r->has_failed = true;
			return;
		}
		of->cells = cells;
		while (of->n_cells <= column)
			of->cells[of->n_cells++] = NULL;
	}
	free(of->cells[column]);
	of->cells[column] = n_chars > 0 ? copy_of(text, n_chars) : NULL;
	r->has_failed = r->has_failed || (n_chars > 0 && !of->cells[column]);
}

size_t results_add(struct results *results)
{
	struct results_row *const rows =
		results->n_rows < RESULTS_ROWS_MAX
			? realloc(results->rows, (results->n_rows + 1) * sizeof *rows)
			: NULL;
	if (!rows) {
		results->has_failed = true;
		return results->n_rows;
	}
	results->rows = rows;
	rows[results->n_rows] = (struct results_row){ 0 };
	return results->n_rows++;
}

void results_set(struct results *results, size_t row, const char *column, const char *value)
{
	const size_t i = find_column(results, column);

	if (row < results->n_rows &&
		(i < results->n_columns || add_column(results, column, strlen(column))))
		set_cell(results, row, i, value, strlen(value));
}

void results_set_number(struct results *results, size_t row, const char *column, double value)
{
	char text[64] = "";

	if (isfinite(value)) {
		snprintf(text, sizeof text, "%.6f", value);
		char *end = text + strlen(text) - 1; /* without zeros at the end */
		while (*end == '0')
			*end-- = '\0';
		if (*end == '.')
			*end = '\0';
	}
	results_set(results, row, column, text);
}

const char *results_text(const struct results *results, size_t row, const char *column)
{
	const size_t i = find_column(results, column);
	const bool is_there = row < results->n_rows && i < results->rows[row].n_cells &&
			      results->rows[row].cells[i];

	return is_there ? results->rows[row].cells[i] : "";
}

double results_number(const struct results *results, size_t row, const char *column)
{
	double number = NAN;

	decimal_parse(results_text(results, row, column), &number);
	return number;
}

static bool is_of(const struct results *results, size_t row, const struct results_key *key)
{
	return strcmp(results_text(results, row, "via"), key->via) == 0 &&
	       strcmp(results_text(results, row, "channel"), key->channel) == 0 &&
	       strcmp(results_text(results, row, "setting"), key->setting) == 0 &&
	       (!key->seed || strcmp(results_text(results, row, "seed"), key->seed) == 0);
}

size_t results_find(const struct results *results, const struct results_key *key)
{
	size_t row = 0;
	while (row < results->n_rows && !is_of(results, row, key))
		row++;
	return row;
}

struct results_spread results_over_seeds(
	const struct results *results, const struct results_key *key, const char *column)
{
	struct results_spread spread = { 0, 0, INFINITY, -INFINITY };

	for (size_t row = 0; row < results->n_rows; row++) {
		if (!is_of(results, row, key) ||
			strcmp(results_text(results, row, "status"), "done") != 0)
			continue;
		const double value = results_number(results, row, column);
		if (isnan(value))
			continue;
		spread.n_runs++;
		spread.mean += value;
		spread.min = fmin(spread.min, value);
		spread.max = fmax(spread.max, value);
	}
	if (spread.n_runs == 0)
		return (struct results_spread){ 0, NAN, NAN, NAN };
	spread.mean /= (double)spread.n_runs;
	return spread;
}

void results_write(const struct results *results, struct text_buffer *csv)
{
	for (size_t i = 0; i < results->n_columns; i++) {
		text_buffer_put(csv, "%s", i > 0 ? "," : "");
		text_buffer_put_csv(csv, results->columns[i]);
	}
	text_buffer_put(csv, "\n");
	for (size_t row = 0; row < results->n_rows; row++) {
		const struct results_row *const of = &results->rows[row];
		for (size_t i = 0; i < results->n_columns; i++) {
			text_buffer_put(csv, "%s", i > 0 ? "," : "");
			text_buffer_put_csv(
				csv, i < of->n_cells && of->cells[i] ? of->cells[i] : "");
		}
		text_buffer_put(csv, "\n");
	}
}

/* The next cell into `cell`, without its quotes; *at goes behind it, to the comma, the line's end
 * or the text's. False: a quote that does not end, or what follows it. */
static bool take_cell(const char *text, size_t n_chars, size_t *at, struct text_buffer *cell)
{
	size_t i = *at;

	cell->n_chars = 0;
	text_buffer_put_chars(cell, "", 0);
	if (i < n_chars && text[i] == '"') {
		for (i++;
			i < n_chars && (text[i] != '"' || (i + 1 < n_chars && text[i + 1] == '"'));
			i++) {
			text_buffer_put_chars(cell, &text[i], 1);
			i += text[i] == '"';
		}
		if (i++ >= n_chars)
			return false;
	} else {
		for (; i < n_chars && !memchr(",\r\n\"", text[i], 4); i++)
			text_buffer_put_chars(cell, &text[i], 1);
	}
	if (i < n_chars && text[i] == '\r')
		i++;
	*at = i;
	return i == n_chars || text[i] == ',' || text[i] == '\n';
}

bool results_parse(
	struct results *results, const char *text, size_t n_chars, struct io_error *error)
{
	struct text_buffer cell = { 0 };
	size_t at = 0, column = 0, line = 1;
	bool ok = true;

	while (ok && at < n_chars) {
		if (line > 1 && column == 0)
			results_add(results);
		ok = take_cell(text, n_chars, &at, &cell) && !cell.has_failed &&
		     !memchr(cell.text, '\0', cell.n_chars);
		if (ok && line == 1)
			ok = find_column(results, cell.text) == results->n_columns &&
			     add_column(results, cell.text, cell.n_chars);
		else if (ok && column < results->n_columns && !results->has_failed)
			set_cell(results, results->n_rows - 1, column, cell.text, cell.n_chars);
		else
			ok = false;
		column++;
		if (at >= n_chars || text[at] == '\n') {
			ok = ok && column == results->n_columns;
			column = 0;
			line += ok;
		}
		at++;
	}
	text_buffer_end(&cell);
	if (!ok || results->has_failed)
		return io_error_set(error, "line %zu is not a row of this table", line);
	return true;
}

void results_end(struct results *results)
{
	for (size_t row = 0; row < results->n_rows; row++) {
		for (size_t i = 0; i < results->rows[row].n_cells; i++)
			free(results->rows[row].cells[i]);
		free(results->rows[row].cells);
	}
	for (size_t i = 0; i < results->n_columns; i++)
		free(results->columns[i]);
	free(results->columns);
	free(results->rows);
	*results = (struct results){ 0 };
}
