/* sound_file and wav_writer: lengths and alignment at every rate, channels, clipping, files that
 * cannot be read, disks that are full, a writer that is killed. */
#include "common/io/sound_file.h"
#include "common/io/wav_writer.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATH_BYTES = 64 };

static const double pi = 3.14159265358979323846;
static char folder[PATH_BYTES / 2];

static const char *path_of(char path[PATH_BYTES], const char *name)
{
	snprintf(path, PATH_BYTES, "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/sound_file.XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "in.wav", "out.wav", "text.wav", "empty.wav" };
	char path[PATH_BYTES];
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unlink(path_of(path, names[i]));
	return rmdir(folder);
}

/* A sound file of the library's own making: channel c holds a sine of amplitude 0.5 / (c + 1). */
static void make_file(const char *path, int rate_hz, int n_channels, int64_t n_samples, double hz)
{
	SF_INFO info = { .samplerate = rate_hz,
		.channels = n_channels,
		.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT };
	SNDFILE *const file = sf_open(path, SFM_WRITE, &info);
	float sample[8];
	assert_non_null(file);
	for (int64_t i = 0; i < n_samples; i++) {
		for (int c = 0; c < n_channels; c++)
			sample[c] = (float)(0.5 / (c + 1) * sin(2 * pi * hz * (double)i / rate_hz));
		assert_int_equal(sf_writef_float(file, sample, 1), 1);
	}
	assert_int_equal(sf_close(file), 0);
}

/* Reads it all in uneven pieces; the caller frees. */
static float *read_all(struct sound_file *file, size_t *n_samples)
{
	const size_t n_channels = (size_t)sound_file_n_channels(file);
	const size_t n_max = (size_t)sound_file_n_samples(file) + 5000;
	float *const samples = calloc(n_max * n_channels, sizeof *samples);
	size_t n_piece = 1;
	size_t n = 1;
	assert_non_null(samples);
	for (*n_samples = 0; n > 0; *n_samples += n) {
		n_piece = n_piece * 7 % 4999;
		assert_true(*n_samples + n_piece <= n_max);
		n = sound_file_read(file, samples + *n_samples * n_channels, n_piece);
	}
	return samples;
}

static void test_length_and_alignment(void **state)
{
	(void)state;
	static const struct {
		int rate_hz;
		int64_t n_in, n_out;
	} rows[] = {
		{ 48000, 1, 1 },
		{ 48000, 4800, 4800 },
		{ 16000, 1, 3 },
		{ 16000, 16000, 48000 },
		{ 16000, 16001, 48003 },
		{ 8000, 8001, 48006 },
		{ 44100, 1, 1 },
		{ 44100, 44100, 48000 },
		{ 44100, 44101, 48001 },
		{ 22050, 11026, 24002 },
		{ 11025, 7, 30 },
		{ 96000, 96000, 48000 },
		{ 96000, 1, 1 },
		{ 96000, 96001, 48001 },
		{ 192000, 100000, 25000 },
	};
	const double hz = 440.0;
	char path[PATH_BYTES];
	path_of(path, "in.wav");
	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
		struct io_error error = { "" };
		size_t n_samples = 0;
		make_file(path, rows[row].rate_hz, 1, rows[row].n_in, hz);
		struct sound_file *const file = sound_file_open(path, 0, &error);
		if (!file)
			fail_msg("row %zu: %s", row, error.text);
		assert_int_equal(sound_file_n_channels(file), 1);
		assert_int_equal(sound_file_n_samples(file), rows[row].n_out);
		float *const samples = read_all(file, &n_samples);
		assert_int_equal(n_samples, rows[row].n_out);
		assert_int_equal(sound_file_read(file, samples, 1), 0); /* the end stays the end */
		/* The same sine at the same time: no delay is left. Not at the very ends, where the
		 * filter sees the silence around. */
		for (size_t i = 500; i + 500 < n_samples; i++) {
			const double expected = 0.5 * sin(2 * pi * hz * (double)i / 48000);
			if (fabs(samples[i] - expected) > 0.002)
				fail_msg("row %zu, sample %zu: %f for %f", row, i, samples[i],
					expected);
		}
		free(samples);
		sound_file_close(file);
	}
}

static void test_channels(void **state)
{
	(void)state;
	static const struct {
		int rate_hz, n_in, n_asked, n_out;
		double amplitudes[2];
	} rows[] = {
		{ 48000, 1, 0, 1, { 0.5, 0 } },
		{ 48000, 2, 0, 2, { 0.5, 0.25 } },
		{ 48000, 1, 2, 2, { 0.5, 0.5 } },
		{ 48000, 2, 1, 1, { 0.375, 0 } },
		{ 16000, 1, 2, 2, { 0.5, 0.5 } },
		{ 16000, 2, 1, 1, { 0.375, 0 } },
		{ 16000, 2, 2, 2, { 0.5, 0.25 } },
	};
	char path[PATH_BYTES];
	path_of(path, "in.wav");
	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
		size_t n_samples = 0;
		make_file(path, rows[row].rate_hz, rows[row].n_in, rows[row].rate_hz / 4, 100.0);
		struct sound_file *const file = sound_file_open(path, rows[row].n_asked, NULL);
		assert_non_null(file);
		assert_int_equal(sound_file_n_channels(file), rows[row].n_out);
		float *const samples = read_all(file, &n_samples);
		assert_int_equal(n_samples, 12000);
		const size_t n_out = (size_t)rows[row].n_out;
		for (size_t c = 0; c < n_out; c++) {
			double peak = 0.0;
			for (size_t i = 1000; i < 11000; i++)
				peak = fmax(peak, fabs(samples[i * n_out + c]));
			assert_true(fabs(peak - rows[row].amplitudes[c]) < 0.002);
		}
		free(samples);
		sound_file_close(file);
	}
}

/* A float file may hold anything; what comes out is finite. */
static void test_not_finite(void **state)
{
	(void)state;
	SF_INFO info = {
		.samplerate = 16000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT
	};
	static float samples[48000];
	char path[PATH_BYTES];
	SNDFILE *const out = sf_open(path_of(path, "in.wav"), SFM_WRITE, &info);
	for (size_t i = 0; i < 16000; i++)
		samples[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : 0.1f;
	assert_int_equal(sf_writef_float(out, samples, 16000), 16000);
	sf_close(out);
	struct sound_file *const file = sound_file_open(path, 1, NULL);
	assert_int_equal(sound_file_read(file, samples, 48000), 48000);
	for (size_t i = 0; i < 48000; i++)
		assert_true(isfinite(samples[i]));
	sound_file_close(file);
}

static void put_text(const char *path, const char *text)
{
	FILE *const file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void refuse(const char *path, const char *because)
{
	struct io_error error = { "" };
	assert_null(sound_file_open(path, 0, &error));
	if (!strstr(error.text, because) || !strstr(error.text, path) || strchr(error.text, '\n'))
		fail_msg("\"%s\" for \"%s\"", error.text, because);
}

static void test_refusals(void **state)
{
	(void)state;
	char path[PATH_BYTES];

	refuse("/nowhere/at/all.wav", "No such file");
	refuse("/tmp", "Is a directory");
	put_text(path_of(path, "empty.wav"), "");
	refuse(path, "empty");
	put_text(path_of(path, "text.wav"),
		"This is a text and no sound at all, whatever its name.\n");
	refuse(path, "not a sound file");
	make_file(path_of(path, "in.wav"), 48000, 7, 100, 440.0);
	refuse(path, "7 channels; must be 1 or 2");
	make_file(path, 48000, 1, 0, 440.0);
	refuse(path, "no sound in the file");
	make_file(path, 100, 1, 100, 440.0);
	refuse(path, "100 Hz");
}

/* A truncated file gives what it holds, and no more. */
static void test_cut_file(void **state)
{
	(void)state;
	char path[PATH_BYTES];
	size_t n_samples = 0;
	make_file(path_of(path, "in.wav"), 16000, 1, 16000, 440.0);
	assert_int_equal(truncate(path, 32000), 0);
	struct sound_file *const file = sound_file_open(path, 0, NULL);
	assert_non_null(file);
	free(read_all(file, &n_samples));
	assert_in_range(n_samples, 3 * 7900, 3 * 8000);
	sound_file_close(file);
}

static void read_back(const char *path, int n_channels, short *values, int64_t n_samples)
{
	SF_INFO info = { 0 };
	SNDFILE *const file = sf_open(path, SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.samplerate, 48000);
	assert_int_equal(info.channels, n_channels);
	assert_int_equal(info.format, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
	assert_int_equal(info.frames, n_samples);
	assert_int_equal(sf_readf_short(file, values, n_samples), n_samples);
	sf_close(file);
}

static void test_write_rounds_and_clips(void **state)
{
	(void)state;
	static const struct {
		float sample;
		short value;
	} rows[] = {
		{ 0.0f, 0 },
		{ 1.0f / 32768, 1 },
		{ 1.49f / 32768, 1 },
		{ 1.51f / 32768, 2 },
		{ -1.49f / 32768, -1 },
		{ -1.51f / 32768, -2 },
		{ 0.5f, 16384 },
		{ 32767.0f / 32768, 32767 },
		{ 1.0f, 32767 },
		{ -1.0f, -32768 },
		{ 1.5f, 32767 },
		{ -1.5f, -32768 },
		{ 1e30f, 32767 },
		{ -1e30f, -32768 },
		{ INFINITY, 32767 },
		{ -INFINITY, -32768 },
		{ NAN, 0 },
	};
	enum { ROWS = sizeof rows / sizeof rows[0] };
	struct wav_writer writer;
	struct io_error error = { "" };
	char path[PATH_BYTES];
	float samples[ROWS * 2];
	short values[ROWS * 2];

	for (int n_channels = 1; n_channels <= 2; n_channels++) {
		for (int i = 0; i < ROWS * n_channels; i++)
			samples[i] = rows[i / n_channels].sample;
		assert_true(wav_writer_open(&writer, path_of(path, "out.wav"), n_channels, &error));
		assert_true(wav_writer_write(&writer, samples, ROWS, &error));
		assert_true(wav_writer_close(&writer, &error));
		assert_true(wav_writer_close(&writer, &error)); /* twice does nothing */
		read_back(path, n_channels, values, ROWS);
		for (int i = 0; i < ROWS * n_channels; i++)
			assert_int_equal(values[i], rows[i / n_channels].value);
	}
}

/* What a kill would leave behind is a file that can be read, at most a second short. */
static void test_header_is_valid_as_it_goes(void **state)
{
	(void)state;
	static float samples[1000];
	struct wav_writer writer;
	SF_INFO info = { 0 };
	char path[PATH_BYTES];

	assert_true(wav_writer_open(&writer, path_of(path, "out.wav"), 1, NULL));
	for (int i = 0; i < 150; i++)
		assert_true(wav_writer_write(&writer, samples, 1000, NULL));
	SNDFILE *file = sf_open(path, SFM_READ, &info);
	assert_non_null(file);
	assert_in_range(info.frames, 150000 - 48000, 150000);
	sf_close(file);
	assert_true(wav_writer_close(&writer, NULL));
	file = sf_open(path, SFM_READ, &info);
	assert_non_null(file);
	assert_int_equal(info.frames, 150000);
	sf_close(file);
}

static void test_unwritable(void **state)
{
	(void)state;
	static float samples[48000];
	struct wav_writer writer;
	struct io_error error = { "" };

	assert_false(wav_writer_open(&writer, "/nowhere/at/all.wav", 1, &error));
	assert_non_null(strstr(error.text, "/nowhere/at/all.wav: No such file"));
	assert_true(wav_writer_close(&writer, &error));
	assert_false(wav_writer_open(&writer, "/tmp", 1, &error));
	assert_non_null(strstr(error.text, "Is a directory"));

	/* A full disk shows on opening (the header) or with the first samples. */
	error.text[0] = '\0';
	if (access("/dev/full", W_OK) == 0) {
		bool is_well = wav_writer_open(&writer, "/dev/full", 1, &error);
		is_well = is_well && wav_writer_write(&writer, samples, 48000, &error);
		assert_false(is_well);
		assert_non_null(strstr(error.text, "No space left"));
		wav_writer_close(&writer, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_length_and_alignment),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_cut_file),
		cmocka_unit_test(test_write_rounds_and_clips),
		cmocka_unit_test(test_header_is_valid_as_it_goes),
		cmocka_unit_test(test_unwritable),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
