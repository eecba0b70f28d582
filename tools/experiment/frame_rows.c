#include "tools/experiment/frame_rows.h"

#include "common/text/decimal.h"
#include "common/text/text_file.h"
#include "common/base/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOG_BYTES_MAX = 256 << 20, CELLS_MAX = 64 };

enum column { MEANS, OUTPUT_SAMPLE, PLAYOUT_DELAY, TARGET_DELAY, FATE, N_COLUMNS };

static const char *const names[N_COLUMNS] = { "means", "output_sample", "playout_delay_ms",
	"target_delay_ms", "fate" };

/* Cuts a line into its cells; *line goes to the next, NULL after the last. */
static size_t cut(char **line, char *cells[CELLS_MAX])
{
	char *const end = strchr(*line, '\n');
	size_t n_cells = 0;

	if (end)
		*end = '\0';
	for (char *at = *line; at && n_cells < CELLS_MAX;) {
		char *const comma = strchr(at, ',');
		if (comma)
			*comma = '\0';
		cells[n_cells++] = at;
		at = comma ? comma + 1 : NULL;
	}
	*line = end ? end + 1 : NULL;
	return n_cells;
}

static unsigned fate_of(const char *means, const char *fate)
{
	const unsigned played = strcmp(means, "concealed") == 0 ? FRAME_CONCEALED
				: strcmp(means, "redundant") == 0 || strcmp(means, "fec") == 0 ||
						strcmp(means, "dred") == 0
					? FRAME_REPLACED
					: 0;
	const bool is_absent =
		*fate ? strcmp(fate, "lost") == 0 || strcmp(fate, "limited") == 0 : played != 0;

	return played | (is_absent ? FRAME_ABSENT : 0);
}

static double number_of(const char *cell)
{
	double number = NAN;

	decimal_parse(cell, &number);
	return number;
}

size_t frame_rows_parse(char *text, struct frame_row **rows)
{
	char empty[] = "", *cells[CELLS_MAX], *line = text;
	size_t place[N_COLUMNS], n_rows = 0, n_room = 0;
	const size_t n_head = cut(&line, cells);
	double at_s = 0;

	*rows = NULL;
	for (size_t i = 0; i < N_COLUMNS; i++)
		for (place[i] = 0; place[i] < n_head && strcmp(cells[place[i]], names[i]) != 0;)
			place[i]++;
	if (place[MEANS] == n_head || place[OUTPUT_SAMPLE] == n_head)
		return 0;
	while (line && *line) {
		const size_t n_cells = cut(&line, cells);
		const char *cell[N_COLUMNS];
		for (size_t i = 0; i < N_COLUMNS; i++)
			cell[i] = place[i] < n_cells ? cells[place[i]] : empty;
		if (n_rows == n_room) {
			struct frame_row *const more =
				realloc(*rows, (n_room = 2 * n_room + 1000) * sizeof *more);
			if (!more)
				break;
			*rows = more;
		}
		const double sample = number_of(cell[OUTPUT_SAMPLE]);
		at_s = isnan(sample) ? at_s : sample / SAMPLES_PER_SECOND;
		(*rows)[n_rows++] = (struct frame_row){ at_s, number_of(cell[PLAYOUT_DELAY]),
			number_of(cell[TARGET_DELAY]), fate_of(cell[MEANS], cell[FATE]) };
	}
	return n_rows;
}

size_t frame_rows_load(const char *path, struct frame_row **rows)
{
	struct stat status;
	size_t n_chars = 0, n_rows = 0;

	*rows = NULL;
	if (stat(path, &status) != 0 || status.st_size > LOG_BYTES_MAX)
		return 0;
	char *const text = malloc((size_t)status.st_size + 1);
	if (text && text_file_read(path, text, (size_t)status.st_size, &n_chars, NULL)) {
		text[n_chars] = '\0';
		n_rows = frame_rows_parse(text, rows);
	}
	free(text);
	return n_rows;
}
