#include "common/text/json_writer.h"

#include "common/text/decimal.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* The largest double has 309 digits before its point. */
enum { NUMBER_BYTES = 340 };

void json_writer_init(struct json_writer *w, FILE *file)
{
	*w = (struct json_writer){ .file = file };
}

static void put_string(struct json_writer *w, const char *text)
{
	fputc('"', w->file);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(w->file, "\\%c", *c);
		else if (*c < 0x20) /* RFC 8259, 7: control characters must be escaped */
			fprintf(w->file, "\\u%04x", *c);
		else
			fputc(*c, w->file);
	}
	fputc('"', w->file);
}

/* Writes what comes before a value: the comma after the one before it, and its name. */
static void begin_value(struct json_writer *w, const char *name)
{
	if (w->needs_comma)
		fputs(", ", w->file);
	if (name) {
		put_string(w, name);
		fputs(": ", w->file);
	}
	w->needs_comma = true;
}

static void open_group(struct json_writer *w, const char *name, char bracket)
{
	begin_value(w, name);
	fputc(bracket, w->file);
	w->needs_comma = false;
}

static void close_group(struct json_writer *w, char bracket)
{
	fputc(bracket, w->file);
	w->needs_comma = true;
}

void json_writer_open_object(struct json_writer *w, const char *name)
{
	open_group(w, name, '{');
}

void json_writer_close_object(struct json_writer *w)
{
	close_group(w, '}');
}

void json_writer_open_list(struct json_writer *w, const char *name)
{
	open_group(w, name, '[');
}

void json_writer_close_list(struct json_writer *w)
{
	close_group(w, ']');
}

/* format: of a precision and a number. */
static void put_formatted(
	struct json_writer *w, const char *name, const char *format, int precision, double number)
{
	char text[NUMBER_BYTES] = "null";

	if (isfinite(number)) {
		snprintf(text, sizeof text, format, precision, number);
		/* The locale's decimal point, whatever it is, becomes JSON's. */
		char *const point = text + strspn(text, "-0123456789");
		if (*point && *point != 'e')
			*point = '.';
	}
	begin_value(w, name);
	fputs(text, w->file);
}

void json_writer_number(struct json_writer *w, const char *name, double number)
{
	char text[DECIMAL_TEXT_BYTES] = "null";

	if (isfinite(number))
		decimal_text(number, text);
	begin_value(w, name);
	fputs(text, w->file);
}

void json_writer_count(struct json_writer *w, const char *name, double count)
{
	json_writer_number(w, name, round(count));
}

void json_writer_fixed(struct json_writer *w, const char *name, double number, int n_decimals)
{
	assert(n_decimals >= 0 && n_decimals <= 9);
	put_formatted(w, name, "%.*f", n_decimals, number);
}

void json_writer_digits(struct json_writer *w, const char *name, double number, int n_digits)
{
	assert(n_digits >= 1 && n_digits <= 17);
	put_formatted(w, name, "%.*g", n_digits, number);
}

void json_writer_bool(struct json_writer *w, const char *name, bool value)
{
	begin_value(w, name);
	fputs(value ? "true" : "false", w->file);
}

void json_writer_text(struct json_writer *w, const char *name, const char *text)
{
	begin_value(w, name);
	put_string(w, text);
}
