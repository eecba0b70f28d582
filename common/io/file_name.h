/* Whether what a user typed means a file or a sound device: devices have slashes and dots in
 * their names, too ("USB Audio 2.0", "Scarlett 2i2 / Line"). */
#ifndef HINDSIGHT_COMMON_IO_FILE_NAME_H
#define HINDSIGHT_COMMON_IO_FILE_NAME_H

#include <stdbool.h>

/* ending: ".wav", in any case. */
bool file_name_ends_in(const char *name, const char *ending);

/* A path: it begins with a slash or a dot, or the folder in it is there. */
bool file_name_is_path(const char *name);

#endif
