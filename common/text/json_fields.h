/* The named numbers of a JSON object, as our programs write their statistics: one after the other,
 * without those of lists and objects within it. The one reader of all programs, as json_writer is
 * the one writer. Pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_TEXT_JSON_FIELDS_H
#define HINDSIGHT_COMMON_TEXT_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_NAME_BYTES = 48, JSON_VALUE_BYTES = 48 };

struct json_field {
	char name[JSON_NAME_BYTES];
	char value[JSON_VALUE_BYTES]; /* a number, true, false; "" for null */
};

/* The next field from *at on; *at then points behind it. Strings, lists, objects, and what is too
 * long for a field are passed over. False: there is no further field. */
bool json_fields_next(const char **at, struct json_field *field);

/* The line with "summary": true, of text with one object per line; NULL: there is none. */
const char *json_fields_summary(const char *text);

/* The number of the first field of this name. False: there is no such field, or it is null;
 * *number untouched. */
bool json_fields_number(const char *text, const char *name, double *number);

#endif
