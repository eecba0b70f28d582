/* One JSON text, written value by value onto a stream: the one writer of all programs.
 *
 *     json_writer_open_object(&w, NULL)        {
 *     json_writer_number(&w, "time_s", 1.5)    "time_s": 1.5
 *     json_writer_open_list(&w, "delays")      , "delays": [
 *     json_writer_number(&w, NULL, NAN)        null
 *     json_writer_close_list(&w)               ]
 *     json_writer_close_object(&w)             }
 *
 * Everything is on one line, separated by ", " and ": ". name: NULL for the outermost value and
 * within a list. JSON has neither NaN nor infinity: such a number is null. Numbers have a decimal
 * point in every locale. The caller checks the stream for write errors. Thread: one at a time.
 * Owner: the caller owns the struct and the stream. */
#ifndef HINDSIGHT_COMMON_TEXT_JSON_WRITER_H
#define HINDSIGHT_COMMON_TEXT_JSON_WRITER_H

#include <stdbool.h>
#include <stdio.h>

struct json_writer {
	FILE *file;
	bool needs_comma; /* there is a value before the next one */
};

void json_writer_init(struct json_writer *writer, FILE *file);

void json_writer_open_object(struct json_writer *writer, const char *name);
void json_writer_close_object(struct json_writer *writer);
void json_writer_open_list(struct json_writer *writer, const char *name);
void json_writer_close_list(struct json_writer *writer);

/* At most three decimals, without trailing zeros, as by decimal_text(). */
void json_writer_number(struct json_writer *writer, const char *name, double number);

/* Rounded to a whole number; exact up to 2^53. */
void json_writer_count(struct json_writer *writer, const char *name, double count);

/* Always n_decimals of them, 0..9. */
void json_writer_fixed(struct json_writer *writer, const char *name, double number, int n_decimals);

/* At most n_digits significant digits, 1..17; very large and very small ones with an exponent. */
void json_writer_digits(struct json_writer *writer, const char *name, double number, int n_digits);

void json_writer_bool(struct json_writer *writer, const char *name, bool value);

/* text: UTF-8; escaped as JSON requires. */
void json_writer_text(struct json_writer *writer, const char *name, const char *text);

#endif
