#include "tools/sim/trace_text.h"

#include "common/base/units.h"

#include <string.h>

enum {
	DIGITS_MAX = 18,     /* of a number that count; an int64_t holds them */
	EXPONENT_MAX = 1000, /* beyond it a number is out of range, or 0 */
	MAHIMAHI_LINES_MIN = 20
};

/* Part of a line: without blanks at its ends and without its comment. */
struct span {
	const char *at;
	size_t n;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_digit(const struct span *s)
{
	return s->n > 0 && *s->at >= '0' && *s->at <= '9';
}

static void skip(struct span *s)
{
	s->at++;
	s->n--;
}

static struct span trim(const char *line, size_t n_chars)
{
	const char *const comment = n_chars > 0 ? memchr(line, '#', n_chars) : NULL;
	struct span s = { line, comment ? (size_t)(comment - line) : n_chars };

	while (s.n > 0 && is_blank(*s.at))
		skip(&s);
	while (s.n > 0 && is_blank(s.at[s.n - 1]))
		s.n--;
	return s;
}

/* Takes the next line of the text; false: there is none. */
static bool next_line(const char *text, size_t n_chars, size_t *at, struct span *line)
{
	if (*at >= n_chars)
		return false;
	const char *const end = memchr(text + *at, '\n', n_chars - *at);
	const size_t n = end ? (size_t)(end - (text + *at)) : n_chars - *at;
	*line = trim(text + *at, n);
	*at += n + 1;
	return true;
}

static bool takes_sign(struct span *s)
{
	const bool is_negative = s->n > 0 && *s->at == '-';

	if (s->n > 0 && (*s->at == '-' || *s->at == '+'))
		skip(s);
	return is_negative;
}

/* digits [. digits] as a whole number times a power of ten; false: no digit. */
static bool take_digits(struct span *s, int64_t *digits, int64_t *exponent)
{
	bool has_point = false, has_digit = false;
	int n_digits = 0;

	*digits = *exponent = 0;
	for (; is_digit(s) || (!has_point && s->n > 0 && *s->at == '.'); skip(s)) {
		if (*s->at == '.') {
			has_point = true;
			continue;
		}
		has_digit = true;
		if (n_digits < DIGITS_MAX) {
			*digits = *digits * 10 + (*s->at - '0');
			n_digits += *digits > 0;
			*exponent -= has_point;
		} else {
			*exponent += !has_point;
		}
	}
	return has_digit;
}

/* e [+-] digits, if it is there. */
static bool take_exponent(struct span *s, int64_t *exponent)
{
	int64_t more = 0;

	if (s->n == 0 || (*s->at != 'e' && *s->at != 'E'))
		return true;
	skip(s);
	const bool is_negative = takes_sign(s);
	if (!is_digit(s))
		return false;
	for (; is_digit(s); skip(s))
		more = more < EXPONENT_MAX * EXPONENT_MAX ? more * 10 + (*s->at - '0') : more;
	*exponent += is_negative ? -more : more;
	return true;
}

/* A power of ten up to 10^22 is exact, so a number of a usual length is as near as it can be. */
static double scaled(int64_t digits, int64_t exponent)
{
	double number = (double)digits, power = 1;

	if (digits == 0 || exponent < -EXPONENT_MAX)
		return 0;
	if (exponent > EXPONENT_MAX)
		return 1e300;
	for (int64_t i = exponent < 0 ? -exponent : exponent; i > 0 && power < 1e300; i--)
		power *= 10;
	number = exponent < 0 ? number / power : number * power;
	return number;
}

/* A number, with a unit where it is not in ms. */
static bool take_delay(struct span s, double *ms)
{
	int64_t digits, exponent;
	const bool is_negative = takes_sign(&s);

	if (!take_digits(&s, &digits, &exponent) || !take_exponent(&s, &exponent) ||
		(is_negative && digits != 0))
		return false;
	*ms = scaled(digits, exponent);
	s = trim(s.at, s.n);
	if (s.n == 0 || (s.n == 2 && memcmp(s.at, "ms", 2) == 0))
		return true;
	if (s.n == 2 && memcmp(s.at, "us", 2) == 0)
		*ms /= US_PER_MS;
	else if (s.n == 1 && *s.at == 's')
		*ms *= (double)US_PER_SECOND / US_PER_MS;
	else
		return false;
	return true;
}

/* What the line says; false where it is neither a delay nor a loss. */
static bool parse_line(const struct span *line, int64_t *delay_us)
{
	double ms;

	if (line->n == 4 && memcmp(line->at, "lost", 4) == 0) {
		*delay_us = TRACE_LOST;
		return true;
	}
	if (!take_delay(*line, &ms) || ms > (double)CHANNEL_TIME_MAX_US / US_PER_MS)
		return false;
	*delay_us = (int64_t)(ms * US_PER_MS + 0.5);
	return true;
}

bool trace_text_add(struct trace *t, const char *text, size_t n_chars, struct io_error *error)
{
	struct span line;
	size_t n_lines = 0;

	for (size_t at = 0; next_line(text, n_chars, &at, &line);) {
		int64_t delay_us = 0;
		n_lines++;
		if (line.n == 0)
			continue;
		if (!parse_line(&line, &delay_us))
			return io_error_set(error,
				"line %zu: must be a delay of 0 to %d ms, or the word lost",
				n_lines, (int)(CHANNEL_TIME_MAX_US / US_PER_MS));
		if (!trace_add(t, delay_us))
			return io_error_set(error, "line %zu: out of memory", n_lines);
	}
	return true;
}

bool trace_text_is_mahimahi(const char *text, size_t n_chars)
{
	size_t n_lines = 0, n_rises = 0;
	int64_t last = 0, number, exponent;
	struct span line;

	for (size_t at = 0; next_line(text, n_chars, &at, &line);) {
		if (line.n == 0)
			continue;
		if (!is_digit(&line) || memchr(line.at, '.', line.n) ||
			!take_digits(&line, &number, &exponent) || line.n > 0 || exponent != 0 ||
			number < last)
			return false;
		n_rises += number > last;
		n_lines++;
		last = number;
	}
	return n_lines >= MAHIMAHI_LINES_MIN && 2 * n_rises >= n_lines;
}
