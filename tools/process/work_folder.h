/* A folder for files that are being written, within the one where they go when they are whole. It
 * is gone when the program has ended, however that happened: a second process of ours waits for
 * that and removes it; should that die too, the next start does.
 * One program at a time may have one. Owner: the caller holds the struct and closes it. Linux. */
#ifndef HINDSIGHT_TOOLS_PROCESS_WORK_FOLDER_H
#define HINDSIGHT_TOOLS_PROCESS_WORK_FOLDER_H

#include "common/io/io_error.h"
#include "tools/process/keeper.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum { WORK_PATH_BYTES = PATH_MAX };

struct work_folder {
	char out[WORK_PATH_BYTES / 2]; /* where the whole files go */
	char path[WORK_PATH_BYTES];    /* of this one */
	int lock;
	struct keeper keeper;
};

/* Makes both folders where they are missing. False: *error names the folder and says why. */
bool work_folder_open(struct work_folder *folder, const char *out, struct io_error *error);

/* A file of this folder, whole now, gets its place in the other one, under a name that may have
 * folders; a file that was there is replaced. */
bool work_folder_move(const struct work_folder *folder, const char *path, const char *name,
	struct io_error *error);

/* Writes a text there, so that nobody sees half of it. */
bool work_folder_put(const struct work_folder *folder, const char *name, const char *text,
	size_t n_chars, struct io_error *error);

/* Removes it. */
void work_folder_close(struct work_folder *folder);

#endif
