#include "tools/process/work_folder.h"

#include "common/text/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OPEN_FILES = 8, TRIES = 100, TRY_AGAIN_NS = 20000000 };

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	remove(path);
	return 0;
}

/* Those who wrote there are being killed: until the last one is gone a file may come again. */
static bool remove_tree(const char *path)
{
	const struct timespec pause = { 0, TRY_AGAIN_NS };
	struct stat status;

	for (int i = 0; i < TRIES && lstat(path, &status) == 0; i++) {
		if (i > 0)
			nanosleep(&pause, NULL);
		nftw(path, remove_entry, OPEN_FILES, FTW_DEPTH | FTW_PHYS);
	}
	return lstat(path, &status) != 0;
}

static void remove_folder(const void *context)
{
	const struct work_folder *const folder = context;

	remove_tree(folder->path);
}

static bool make_folder(const char *path, struct io_error *error)
{
	struct stat status;

	if (mkdir(path, 0777) == 0 ||
		(errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
		return true;
	return io_error_set(
		error, "cannot be created: %s", strerror(errno == EEXIST ? ENOTDIR : errno));
}

bool work_folder_open(struct work_folder *folder, const char *out, struct io_error *error)
{
	*folder = (struct work_folder){ .lock = -1 };
	if ((size_t)snprintf(folder->out, sizeof folder->out, "%s", out) >= sizeof folder->out)
		return io_error_set(error, "is too long");
	snprintf(folder->path, sizeof folder->path, "%s/.work", folder->out);
	if (!make_folder(out, error))
		return false;
	folder->lock = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->lock < 0 || flock(folder->lock, LOCK_EX | LOCK_NB) != 0) {
		io_error_set(error, "%s",
			errno == EWOULDBLOCK ? "another experiment is writing there"
					     : strerror(errno));
		work_folder_close(folder);
		return false;
	}
	/* The keeper is there before there is anything to be kept. It holds the lock, too, so that
	 * nobody makes the folder again while it removes it. */
	if (remove_tree(folder->path) && keeper_start(&folder->keeper, remove_folder, folder) &&
		mkdir(folder->path, 0777) == 0)
		return true;
	io_error_set(error, "cannot be written to: %s", strerror(errno));
	work_folder_close(folder);
	return false;
}

bool work_folder_move(const struct work_folder *folder, const char *path, const char *name,
	struct io_error *error)
{
	char to[2 * WORK_PATH_BYTES];

	snprintf(to, sizeof to, "%s/%s", folder->out, name);
	for (char *slash = to + strlen(folder->out) + 1; (slash = strchr(slash, '/')) != NULL;
		slash++) {
		*slash = '\0';
		if (!make_folder(to, error))
			return false;
		*slash = '/';
	}
	return rename(path, to) == 0 ||
	       io_error_set(error, "%s cannot be written: %s", to, strerror(errno));
}

bool work_folder_put(const struct work_folder *folder, const char *name, const char *text,
	size_t n_chars, struct io_error *error)
{
	char path[2 * WORK_PATH_BYTES];

	snprintf(path, sizeof path, "%s/%s", folder->path, name);
	return text_file_write(path, text, n_chars, error) &&
	       work_folder_move(folder, path, name, error);
}

void work_folder_close(struct work_folder *folder)
{
	keeper_end(&folder->keeper);
	if (folder->lock >= 0)
		close(folder->lock);
	*folder = (struct work_folder){ .lock = -1 };
}
