#include "common/io/file_name.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool file_name_ends_in(const char *name, const char *ending)
{
	const size_t n = strlen(name), n_ending = strlen(ending);

	return n >= n_ending && strcasecmp(name + n - n_ending, ending) == 0;
}

bool file_name_is_path(const char *name)
{
	const char *const slash = strrchr(name, '/');
	char folder[PATH_MAX];
	struct stat status;

	if (!slash)
		return false;
	if (*name == '/' || strncmp(name, "./", 2) == 0 || strncmp(name, "../", 3) == 0)
		return true;
	snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
	return stat(folder, &status) == 0 && S_ISDIR(status.st_mode);
}
