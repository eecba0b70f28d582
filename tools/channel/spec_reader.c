#include "tools/channel/spec_reader.h"

#include "common/base/units.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool spec_reader_refuse(struct spec_reader *r, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(r->message, r->message_bytes, format, arguments);
	va_end(arguments);
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *next_word_at(const struct spec_reader *r)
{
	const char *at = r->at;
	while (is_blank(*at))
		at++;
	return at;
}

bool spec_reader_take_word(struct spec_reader *r)
{
	size_t n = 0;
	bool is_cut = false;
	for (r->at = next_word_at(r); *r->at != '\0' && !is_blank(*r->at); r->at++) {
		is_cut = n == SPEC_WORD_BYTES - 1;
		if (!is_cut)
			r->word[n++] = isprint((unsigned char)*r->at) ? *r->at : '?';
	}
	r->word[n] = '\0';
	if (is_cut)
		memcpy(r->word + n - 3, "...", 3);
	return n > 0;
}

bool spec_reader_take_argument(struct spec_reader *r, const char *wanted)
{
	if (spec_reader_take_word(r))
		return true;
	return spec_reader_refuse(r, "\"%s\" lacks its %s", r->keyword, wanted);
}

bool spec_reader_take_name(struct spec_reader *r, const char *wanted, char *name, size_t name_bytes)
{
	const char *const at = next_word_at(r);

	if (!spec_reader_take_argument(r, wanted))
		return false;
	const size_t n = (size_t)(r->at - at);
	if (n >= name_bytes)
		return spec_reader_refuse(r, "%s \"%s\" must have at most %zu characters",
			r->keyword, r->word, name_bytes - 1);
	memcpy(name, at, n);
	memset(name + n, 0, name_bytes - n);
	return true;
}

bool spec_reader_take_if(struct spec_reader *r, const char *word)
{
	const char *const at = next_word_at(r);
	size_t n = 0;

	while (at[n] != '\0' && !is_blank(at[n]))
		n++;
	return n > 0 && strncmp(at, word, n) == 0 && spec_reader_take_word(r);
}

bool spec_reader_next_is_digit(const struct spec_reader *r)
{
	return is_digit(*next_word_at(r));
}

bool spec_reader_next_is_number(const struct spec_reader *r)
{
	const char *const at = next_word_at(r);
	return is_digit(at[0]) || (at[0] == '.' && is_digit(at[1]));
}

bool spec_reader_next_is_signed_number(const struct spec_reader *r)
{
	const char *const at = next_word_at(r);
	return spec_reader_next_is_number(r) || ((at[0] == '-' || at[0] == '+') && is_digit(at[1]));
}

struct unit {
	const char *name; /* in lower case; tc does not care */
	double scale;
};

static bool equal_without_case(const char *a, const char *lower)
{
	while (*a != '\0' && tolower((unsigned char)*a) == *lower) {
		a++;
		lower++;
	}
	return *a == *lower;
}

/* The word in hand times its unit's scale; units ends with a NULL name. strtod() alone would take
 * hexadecimal, "inf" and "nan" too. */
static bool scaled_number(const struct spec_reader *r, const struct unit *units, double *value)
{
	const char *const digits = r->word + (r->word[0] == '-' || r->word[0] == '+');
	if (!is_digit(digits[0]) && !(digits[0] == '.' && is_digit(digits[1])))
		return false;
	if (digits[1] == 'x' || digits[1] == 'X')
		return false;
	char *name;
	const double number = strtod(r->word, &name);
	for (const struct unit *unit = units; unit->name; unit++) {
		if (equal_without_case(name, unit->name)) {
			*value = number * unit->scale;
			return true;
		}
	}
	return false;
}

bool spec_reader_time(struct spec_reader *r, int64_t max_us, int64_t *time_us)
{
	static const struct unit units[] = { { "", 1 }, { "us", 1 }, { "usec", 1 }, { "usecs", 1 },
		{ "ms", 1e3 }, { "msec", 1e3 }, { "msecs", 1e3 }, { "s", 1e6 }, { "sec", 1e6 },
		{ "secs", 1e6 }, { NULL, 0 } };
	double us;
	if (!scaled_number(r, units, &us))
		return spec_reader_refuse(r, "%s \"%s\" must be a time such as 20ms, 1.5s or 500us",
			r->keyword, r->word);
	if (us < 0 || us > (double)max_us)
		return spec_reader_refuse(r, "%s \"%s\" must be from 0 to %llds", r->keyword,
			r->word, (long long)(max_us / US_PER_SECOND));
	*time_us = (int64_t)(us + 0.5);
	return true;
}

bool spec_reader_take_percent(struct spec_reader *r, uint32_t *probability)
{
	static const struct unit units[] = { { "", 1 }, { "%", 1 }, { NULL, 0 } };
	double percent;
	if (!spec_reader_take_argument(r, "percentage"))
		return false;
	if (!scaled_number(r, units, &percent))
		return spec_reader_refuse(
			r, "%s \"%s\" must be a percentage such as 2.5%%", r->keyword, r->word);
	if (percent < 0 || percent > 100)
		return spec_reader_refuse(
			r, "%s \"%s\" must be from 0%% to 100%%", r->keyword, r->word);
	*probability = (uint32_t)(percent / 100 * UINT32_MAX + 0.5);
	return true;
}

bool spec_reader_take_optional_percent(struct spec_reader *r, uint32_t *probability)
{
	return !spec_reader_next_is_number(r) || spec_reader_take_percent(r, probability);
}

/* tc reads bits unless "ps" says bytes, and powers of 1024 where an "i" says so. */
bool spec_reader_rate(struct spec_reader *r, uint64_t *bytes_per_second)
{
	static const struct unit units[] = { { "", 1 }, { "bit", 1 }, { "kbit", 1e3 },
		{ "mbit", 1e6 }, { "gbit", 1e9 }, { "tbit", 1e12 }, { "kibit", 0x1p10 },
		{ "mibit", 0x1p20 }, { "gibit", 0x1p30 }, { "tibit", 0x1p40 }, { "bps", 8 },
		{ "kbps", 8e3 }, { "mbps", 8e6 }, { "gbps", 8e9 }, { "tbps", 8e12 },
		{ "kibps", 0x1p13 }, { "mibps", 0x1p23 }, { "gibps", 0x1p33 }, { "tibps", 0x1p43 },
		{ NULL, 0 } };
	double bits;
	if (!scaled_number(r, units, &bits))
		return spec_reader_refuse(r,
			"%s \"%s\" must be a rate such as 100kbit, 2mbit or 50kbps", r->keyword,
			r->word);
	if (bits < 0 || (bits > 0 && bits < 8) || bits > 1e15)
		return spec_reader_refuse(r,
			"%s \"%s\" must be from 8bit to 1000tbit, or 0 for no limit", r->keyword,
			r->word);
	*bytes_per_second = (uint64_t)(bits / 8);
	return true;
}

bool spec_reader_count(struct spec_reader *r, uint32_t *count)
{
	static const struct unit units[] = { { "", 1 }, { "k", 0x1p10 }, { "kb", 0x1p10 },
		{ "m", 0x1p20 }, { "mb", 0x1p20 }, { NULL, 0 } };
	double number;
	if (!scaled_number(r, units, &number) || number < 0 || number > INT32_MAX)
		return spec_reader_refuse(r, "%s \"%s\" must be a number from 0 to %ld", r->keyword,
			r->word, (long)INT32_MAX);
	*count = (uint32_t)number;
	return true;
}

bool spec_reader_integer(
	struct spec_reader *r, const char *what, int64_t min, int64_t max, int64_t *number)
{
	char *end;
	const bool is_number = is_digit(r->word[r->word[0] == '-' || r->word[0] == '+']);
	const long long read = strtoll(r->word, &end, 10); /* saturates where it overflows */
	if (!is_number || *end != '\0' || read < min || read > max)
		return spec_reader_refuse(r,
			"%s %s \"%s\" must be a whole number from %lld to %lld", r->keyword, what,
			r->word, (long long)min, (long long)max);
	*number = read;
	return true;
}
