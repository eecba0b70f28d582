/* Reads the named numbers of a JSON object, as our programs write their statistics, one after the
 * other, skipping nested lists and objects. It is the only JSON reader, as json_writer is the only
 * writer. Pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_TEXT_JSON_FIELDS_H
#define HINDSIGHT_COMMON_TEXT_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_NAME_BYTES = 48, JSON_VALUE_BYTES = 48 };

struct json_field {
	char name[JSON_NAME_BYTES];
	char value[JSON_VALUE_BYTES]; /* a number, true, false; "" for null */
};

/* The next field from *at on; *at then points past it. Strings, lists, objects and values too long
 * for a field are skipped. False: there is no further field. */
bool json_fields_next(const char **at, struct json_field *field);

/* The line with "summary": true, of text with one object per line; NULL: there is none. */
const char *json_fields_summary(const char *text);

/* The number of the first field of this name. False: there is no such field, or it is null;
 * *number untouched. */
bool json_fields_number(const char *text, const char *name, double *number);

#endif
