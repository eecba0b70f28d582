#include "common/text/json_fields.h"

#include "common/text/decimal.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

/* The end of the string whose opening quote is at `c`; the end of the text where it is not
 * closed. */
static const char *behind_string(const char *c)
{
	for (c++; *c && *c != '"'; c++)
		if (*c == '\\' && c[1])
			c++;
	return *c ? c + 1 : c;
}

/* The end of the list or object whose bracket is at `c`. */
static const char *behind_group(const char *c)
{
	int depth = 0;

	do {
		depth += (*c == '[' || *c == '{') - (*c == ']' || *c == '}');
		c = *c == '"' ? behind_string(c) : c + (*c != '\0');
	} while (*c && depth > 0);
	return c;
}

/* False: not a number, true, false or null, or too long. */
static bool take_value(const char *c, size_t n_chars, struct json_field *field)
{
	if (n_chars == 0 || n_chars >= sizeof field->value)
		return false;
	memcpy(field->value, c, n_chars);
	field->value[n_chars] = '\0';
	if (strcmp(field->value, "null") == 0)
		field->value[0] = '\0';
	return strcmp(field->value, "true") == 0 || strcmp(field->value, "false") == 0 ||
	       strspn(field->value, "+-.0123456789eE") == strlen(field->value);
}

bool json_fields_next(const char **at, struct json_field *field)
{
	const char *c = *at;

	while ((c = strchr(c, '"')) != NULL) {
		const char *const name = c + 1;
		c = behind_string(c);
		const size_t n_name = *c || c[-1] == '"' ? (size_t)(c - name) - 1 : 0;
		c += strspn(c, blanks);
		if (*c != ':')
			continue;
		c++;
		c += strspn(c, blanks);
		const size_t n_value = strcspn(c, "\"{}[], \t\r\n");
		const bool ok =
			n_name > 0 && n_name < sizeof field->name && take_value(c, n_value, field);
		if (*c == '"')
			c = behind_string(c);
		else if (*c == '[' || *c == '{')
			c = behind_group(c);
		else
			c += n_value;
		if (!ok)
			continue;
		memcpy(field->name, name, n_name);
		field->name[n_name] = '\0';
		*at = c;
		return true;
	}
	*at += strlen(*at);
	return false;
}

const char *json_fields_summary(const char *text)
{
	struct json_field field;
	const char *at = text;

	while (json_fields_next(&at, &field)) {
		if (strcmp(field.name, "summary") != 0 || strcmp(field.value, "true") != 0)
			continue;
		while (at > text && at[-1] != '\n')
			at--;
		return at;
	}
	return NULL;
}

bool json_fields_number(const char *text, const char *name, double *number)
{
	struct json_field field;

	while (json_fields_next(&text, &field))
		if (strcmp(field.name, name) == 0)
			return decimal_parse(field.value, number);
	return false;
}
