/* The named figures of a JSON object, as our programs write their statistics: one after the other,
 * without those of lists and objects within it.
 * Pure. Thread: any. */
#ifndef HINDSIGHT_COMMON_TEXT_JSON_FIELDS_H
#define HINDSIGHT_COMMON_TEXT_JSON_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

enum { JSON_NAME_BYTES = 48, JSON_VALUE_BYTES = 48 };

struct json_field {
	char name[JSON_NAME_BYTES];
	char value[JSON_VALUE_BYTES]; /* a number, true, false; "" for null */
};

/* The next field from *at on, which goes behind it. Strings, lists, objects, and what is too long
 * for a field are passed over. False: there is none any more. */
bool json_fields_next(const char **at, struct json_field *field);

/* The line that says "summary": true, of many; NULL: there is none. It ends where `end` points. */
const char *json_fields_summary(const char *text);

#endif
