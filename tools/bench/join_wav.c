/* join_wav OUT.wav IN...: the sound files IN, one after the other with a short pause between, as
 * one mono WAV at 48 kHz. Makes what tools/demo sends. */
#include "common/app/cli.h"
#include "common/io/sound_file.h"
#include "common/io/wav_writer.h"
#include "common/base/units.h"

enum { BLOCK_SAMPLES = 480, PAUSE_SAMPLES = SAMPLES_PER_SECOND / 4 };

static bool append_file(struct wav_writer *out, const char *path, struct io_error *error)
{
	static const float pause[PAUSE_SAMPLES];
	float block[BLOCK_SAMPLES];
	size_t n_read;
	struct sound_file *const in = sound_file_open(path, 1, error);
	bool ok = in != NULL;

	while (ok && (n_read = sound_file_read(in, block, BLOCK_SAMPLES)) > 0)
		ok = wav_writer_write(out, block, n_read, error);
	sound_file_close(in);
	return ok && wav_writer_write(out, pause, PAUSE_SAMPLES, error);
}

int main(int argc, char *argv[])
{
	struct wav_writer out;
	struct io_error error;

	cli_begin(argv);
	if (argc < 3)
		return cli_refuse("join_wav OUT.wav IN...", NULL, "files are missing");
	bool ok = wav_writer_open(&out, argv[1], 1, &error);
	for (int i = 2; ok && i < argc; i++)
		ok = append_file(&out, argv[i], &error);
	ok = wav_writer_close(&out, ok ? &error : NULL) && ok;
	if (!ok)
		cli_log(CLI_ERROR, "%s", error.text);
	return ok ? EXIT_DONE : EXIT_FAILED;
}
