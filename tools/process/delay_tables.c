#include "tools/process/delay_tables.h"

#include "common/text/text_file.h"
#include "tools/channel/delay_quantiles.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MAX = 32, PATH_BYTES = 400, TEXT_BYTES_MAX = 1 << 20 };

struct table {
	char name[CHANNEL_TABLE_NAME_BYTES];
	int16_t quantiles[DELAY_QUANTILES];
};

/* The process's own: a table that was read is nobody's to free. */
static struct table tables[TABLES_MAX];
static size_t n_tables;

/* tc's folders: of most systems, of 64-bit ones, of those that keep one folder per machine. */
static bool find_file(char path[PATH_BYTES], const char *name)
{
	static const char *const folders[] = { "/usr/lib/tc", "/usr/lib64/tc", "/usr/share/tc",
		"/usr/lib/*/tc" };
	static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789._-";
	const char *const folder = getenv("TC_LIB_DIR");

	if (strchr(name, '/')) {
		snprintf(path, PATH_BYTES, "%s", name);
		return text_file_is_there(path);
	}
	if (name[strspn(name, harmless)] != '\0')
		return false;
	if (folder) {
		snprintf(path, PATH_BYTES, "%s/%s.dist", folder, name);
		return text_file_is_there(path);
	}
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		char pattern[PATH_BYTES];
		glob_t found;
		snprintf(pattern, sizeof pattern, "%s/%s.dist", folders[i], name);
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		snprintf(path, PATH_BYTES, "%s", found.gl_pathv[0]);
		globfree(&found);
		return text_file_is_there(path);
	}
	return false;
}

static bool refuse(char *message, size_t message_bytes, const char *name, const char *why)
{
	snprintf(message, message_bytes, "distribution \"%.80s\" %.120s", name, why);
	return false;
}

static bool read_table(struct table *table, const char *path, const char **why)
{
	char *const text = malloc(TEXT_BYTES_MAX);
	int16_t *const values = malloc(DELAY_TABLE_VALUES_MAX * sizeof *values);
	size_t n_chars = 0;
	bool ok = false;

	*why = "out of memory";
	if (text && values) {
		*why = "must be a table as tc has it: up to 16384 numbers from -32768 to 32767";
		ok = text_file_read(path, text, TEXT_BYTES_MAX, &n_chars, NULL) &&
		     delay_quantiles_read(
			     table->quantiles, text, n_chars, values, DELAY_TABLE_VALUES_MAX);
	}
	free(text);
	free(values);
	return ok;
}

static bool fill(struct channel_table *wanted, char *message, size_t message_bytes)
{
	struct table *table = tables;
	char path[PATH_BYTES];
	const char *why;

	while (table < tables + n_tables && strcmp(table->name, wanted->name) != 0)
		table++;
	wanted->quantiles = table->quantiles;
	if (table < tables + n_tables)
		return true;
	if (n_tables == TABLES_MAX)
		return refuse(message, message_bytes, wanted->name, "is one table too many");
	if (!find_file(path, wanted->name))
		return refuse(message, message_bytes, wanted->name,
			"must be uniform, normal, pareto, paretonormal, or a table: a file, or "
			"NAME.dist of tc's");
	if (!read_table(table, path, &why))
		return refuse(message, message_bytes, wanted->name, why);
	snprintf(table->name, sizeof table->name, "%s", wanted->name);
	n_tables++;
	return true;
}

bool delay_tables_load(struct channel_spec *spec, char *message, size_t message_bytes)
{
	return (spec->distribution != CHANNEL_TABLE ||
		       fill(&spec->table, message, message_bytes)) &&
	       (spec->slot.distribution != CHANNEL_TABLE ||
		       fill(&spec->slot.table, message, message_bytes));
}

bool delay_tables_parse(
	struct channel_spec *spec, const char *text, char *message, size_t message_bytes)
{
	struct channel_spec read;

	if (channel_spec_parse(&read, text, message, message_bytes) != STATUS_OK ||
		!delay_tables_load(&read, message, message_bytes))
		return false;
	*spec = read;
	return true;
}
