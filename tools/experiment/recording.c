#include "tools/experiment/recording.h"

#include "common/io/sound_file.h"
#include "common/io/wav_writer.h"
#include "common/base/units.h"

#include <glob.h>

enum { BLOCK_SAMPLES = 480, PAUSE_SAMPLES = SAMPLES_PER_SECOND / 4 };

struct recording {
	struct wav_writer wav;
	int64_t n_left; /* samples */
};

static bool put(struct recording *r, const float *samples, size_t n_samples, struct io_error *error)
{
	const size_t n = n_samples < (size_t)r->n_left ? n_samples : (size_t)r->n_left;

	r->n_left -= (int64_t)n;
	return wav_writer_write(&r->wav, samples, n, error);
}

/* The file and a short pause; *n_read tells what it has had. */
static bool put_file(struct recording *r, const char *path, size_t *n_read, struct io_error *error)
{
	static const float pause[PAUSE_SAMPLES];
	float block[BLOCK_SAMPLES];
	size_t n;
	struct sound_file *const in = sound_file_open(path, 1, error);
	bool ok = in != NULL;

	while (ok && r->n_left > 0 && (n = sound_file_read(in, block, BLOCK_SAMPLES)) > 0) {
		*n_read += n;
		ok = put(r, block, n, error);
	}
	sound_file_close(in);
	return ok && put(r, pause, PAUSE_SAMPLES, error);
}

/* The files again and again, until there is enough. */
static bool put_files(
	struct recording *r, char *const paths[], size_t n_paths, struct io_error *error)
{
	while (r->n_left > 0) {
		size_t n_read = 0;
		for (size_t i = 0; i < n_paths && r->n_left > 0; i++)
			if (!put_file(r, paths[i], &n_read, error))
				return false;
		if (n_read == 0)
			return io_error_set(error, "%s: has no sound", paths[0]);
	}
	return true;
}

/* Debian's recorded speech; *origin NULL: there is none. */
static void find_speech(glob_t *found, const char **origin)
{
	static const struct {
		const char *files;
		const char *origin;
	} places[] = {
		{ "/usr/share/pocketsphinx/test/data/librivox/*.wav",
			"speech: LibriVox recordings of Debian's pocketsphinx-testdata" },
		{ "/usr/share/sounds/alsa/*_*.wav", "speech: the voice of Debian's alsa-utils" },
	};

	*origin = NULL;
	for (size_t i = 0; !*origin && i < sizeof places / sizeof *places; i++) {
		if (glob(places[i].files, 0, NULL, found) == 0)
			*origin = places[i].origin;
		else
			globfree(found);
	}
}

bool recording_make(const char *out_path, const char *path, double seconds, const char **origin,
	struct io_error *error)
{
	struct recording r = { .n_left = (int64_t)(seconds * SAMPLES_PER_SECOND) };
	glob_t found;
	char *paths[1];
	bool ok;

	*origin = path;
	if (*path == '\0') {
		find_speech(&found, origin);
		if (!*origin)
			return io_error_set(error,
				"none is given, and this machine has no recorded "
				"speech: name a sound file, or install "
				"pocketsphinx-testdata");
	}
	ok = wav_writer_open(&r.wav, out_path, 1, error);
	if (*path == '\0') {
		ok = ok && put_files(&r, found.gl_pathv, found.gl_pathc, error);
		globfree(&found);
	} else {
		paths[0] = (char *)path;
		ok = ok && put_files(&r, paths, 1, error);
	}
	return wav_writer_close(&r.wav, ok ? error : NULL) && ok;
}
