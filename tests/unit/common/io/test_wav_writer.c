/* wav_writer: FLAC by its name, and a recording that is longer than one WAV file. */
#include "common/io/sound_file.h"
#include "common/io/wav_writer.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 480 };

/* Writes ramp samples [from, from + n). */
static void write_ramp(struct wav_writer *w, int from, int n)
{
	float samples[BLOCK];
	struct io_error error;

	for (int i = 0; i < n; i += BLOCK) {
		for (int k = 0; k < BLOCK; k++)
			samples[k] = (float)(from + i + k) / 32768;
		if (!wav_writer_write(w, samples, BLOCK, &error))
			fail_msg("%s", error.text);
	}
}

/* How many samples of the ramp are in the file, from its first one on. */
static int read_ramp(const char *path, int from)
{
	struct io_error error;
	float samples[BLOCK];
	struct sound_file *const file = sound_file_open(path, 1, &error);
	int n = 0;

	if (!file)
		fail_msg("%s", error.text);
	for (size_t n_read; (n_read = sound_file_read(file, samples, BLOCK)) > 0;)
		for (size_t i = 0; i < n_read; i++, n++)
			assert_int_equal((int)(samples[i] * 32768), from + n);
	sound_file_close(file);
	return n;
}

static void a_flac_file(void **state)
{
	char path[] = "/tmp/hindsight-wav-XXXXXX.flac";
	unsigned char head[4];
	struct wav_writer w;
	(void)state;

	const int fd = mkstemps(path, 5);
	assert_true(wav_writer_open(&w, path, 1, NULL));
	write_ramp(&w, 0, 20 * BLOCK);
	assert_true(wav_writer_close(&w, NULL));
	assert_int_equal(read(fd, head, sizeof head), 4);
	assert_memory_equal(head, "fLaC", 4);
	close(fd);
	assert_int_equal(read_ramp(path, 0), 20 * BLOCK);
	unlink(path);
}

static void a_full_file_is_followed_by_the_next(void **state)
{
	char path[] = "/tmp/hindsight-wav-XXXXXX.wav", second[sizeof path + 2];
	struct wav_writer w;
	(void)state;

	close(mkstemps(path, 4));
	assert_true(wav_writer_open(&w, path, 1, NULL));
	w.data_bytes_max = 10 * BLOCK * 2;
	write_ramp(&w, 0, 15 * BLOCK);
	assert_true(wav_writer_close(&w, NULL));
	assert_int_equal(read_ramp(path, 0), 10 * BLOCK);
	snprintf(second, sizeof second, "%.*s-2.wav", (int)(sizeof path - 5), path);
	assert_int_equal(read_ramp(second, 10 * BLOCK), 5 * BLOCK);
	unlink(path);
	unlink(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flac_file),
		cmocka_unit_test(a_full_file_is_followed_by_the_next),
	};
	return cmocka_run_group_tests_name("wav_writer", tests, NULL, NULL);
}
