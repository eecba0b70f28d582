/* envelope FILE FROM_S TO_S COLUMNS: what a plot of a waveform needs and no more. Prints a line
 * "seconds lowest highest" for each of COLUMNS equal stretches of FILE between the two times;
 * seconds counts from FROM_S. */
#include "common/app/cli.h"
#include "common/io/sound_file.h"
#include "common/base/units.h"

#include <math.h>
#include <stdio.h>

enum { BLOCK_SAMPLES = 480, COLUMNS_MAX = 100000 };

struct column {
	float lowest, highest;
};

/* False: the file has ended. */
static bool read_column(struct sound_file *file, int64_t n_samples, struct column *column)
{
	float block[BLOCK_SAMPLES];
	int64_t n_left = n_samples;

	*column = (struct column){ 0 };
	while (n_left > 0) {
		const size_t n = n_left < BLOCK_SAMPLES ? (size_t)n_left : BLOCK_SAMPLES;
		const size_t n_read = sound_file_read(file, block, n);
		for (size_t i = 0; i < n_read; i++) {
			column->lowest = fminf(column->lowest, block[i]);
			column->highest = fmaxf(column->highest, block[i]);
		}
		n_left -= (int64_t)n_read;
		if (n_read < n)
			return false;
	}
	return true;
}

int main(int argc, char *argv[])
{
	double from_s, to_s;
	int64_t n_columns;
	struct column column;
	struct io_error error;

	cli_begin(argv);
	if (argc != 5)
		return cli_refuse("envelope FILE FROM_S TO_S COLUMNS", NULL, "four are needed");
	if (!cli_number("FROM_S", argv[2], 0, 1e6, "s", &from_s) ||
		!cli_number("TO_S", argv[3], from_s, 1e6, "s", &to_s) ||
		!cli_integer("COLUMNS", argv[4], 1, COLUMNS_MAX, "", &n_columns))
		return EXIT_USAGE;
	struct sound_file *const file = sound_file_open(argv[1], 1, &error);
	if (!file) {
		cli_log(CLI_ERROR, "%s", error.text);
		return EXIT_FAILED;
	}
	const int64_t n_skipped = llround(from_s * SAMPLES_PER_SECOND);
	const int64_t n_samples = llround((to_s - from_s) * SAMPLES_PER_SECOND);
	bool is_there = read_column(file, n_skipped, &column);
	for (int64_t i = 0; is_there && i < n_columns; i++) {
		const int64_t begin = n_samples * i / n_columns;
		const int64_t end = n_samples * (i + 1) / n_columns;
		is_there = read_column(file, end - begin, &column);
		printf("%.5f %.5f %.5f\n", (double)begin / SAMPLES_PER_SECOND,
			(double)column.lowest, (double)column.highest);
	}
	sound_file_close(file);
	return EXIT_DONE;
}
