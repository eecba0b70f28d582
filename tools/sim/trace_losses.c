#include "tools/sim/trace_losses.h"

#include <string.h>

enum {
	DELAY_DIGITS_MAX = 6, /* 274000 ms */
	HEX_DIGITS = 4,
	SYNC_GOOD = 0x6b21, /* ITU-T G.192, annex B */
	SYNC_LOST = 0x6b20,
	SOFTBIT_ZERO = 0x007f,
	SOFTBIT_ONE = 0x0081
};

/* ---- 0 and 1 ---- */

static bool is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* The next character that is not in a comment; -1: the end. */
static int next_char(const char *text, size_t n_chars, size_t *at)
{
	while (*at < n_chars && text[*at] == '#')
		while (*at < n_chars && text[*at] != '\n')
			++*at;
	return *at < n_chars ? (unsigned char)text[(*at)++] : -1;
}

bool trace_losses_are_digits(const char *text, size_t n_chars)
{
	size_t n_digits = 0, n_word = 0, n_longest = 0;
	int c;

	for (size_t at = 0; (c = next_char(text, n_chars, &at)) >= 0;) {
		if (c != '0' && c != '1' && !is_between((char)c))
			return false;
		n_word = is_between((char)c) ? 0 : n_word + 1;
		n_digits += n_word > 0;
		n_longest = n_word > n_longest ? n_word : n_longest;
	}
	return n_digits > 0 && (n_longest == 1 || n_longest > DELAY_DIGITS_MAX);
}

bool trace_losses_add_digits(struct trace *trace, const char *text, size_t n_chars)
{
	int c;

	for (size_t at = 0; (c = next_char(text, n_chars, &at)) >= 0;)
		if (!is_between((char)c) && !trace_add(trace, c == '1' ? TRACE_LOST : 0))
			return false;
	return true;
}

/* ---- G.192 ---- */

enum form { FORM_LITTLE, FORM_BIG, FORM_TEXT };

struct words {
	enum form form;
	const char *text;
	size_t n_chars;
	size_t at;
};

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A hexadecimal word between blanks, with or without 0x; -1: another. */
static int next_text_word(struct words *w)
{
	int value = 0;

	if (w->n_chars - w->at > 2 && w->text[w->at] == '0' && (w->text[w->at + 1] | 0x20) == 'x')
		w->at += 2;
	for (int i = 0; i < HEX_DIGITS; i++, w->at++) {
		const int digit = w->at < w->n_chars ? hex_value(w->text[w->at]) : -1;
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return w->at == w->n_chars || is_between(w->text[w->at]) ? value : -1;
}

/* The next word, or -1 where there is none; at the end *is_end. */
static int next_word(struct words *w, bool *is_end)
{
	while (w->form == FORM_TEXT && w->at < w->n_chars && is_between(w->text[w->at]))
		w->at++;
	*is_end = w->at == w->n_chars;
	if (*is_end)
		return -1;
	if (w->form == FORM_TEXT)
		return next_text_word(w);
	if (w->n_chars - w->at < 2)
		return -1;
	const int first = (unsigned char)w->text[w->at], second = (unsigned char)w->text[w->at + 1];
	w->at += 2;
	return w->form == FORM_BIG ? first << 8 | second : second << 8 | first;
}

static bool is_sync(int word)
{
	return word == SYNC_GOOD || word == SYNC_LOST;
}

static bool is_softbit(int word)
{
	return word == SOFTBIT_ZERO || word == SOFTBIT_ONE;
}

/* Which of the forms it has. As text a softbit must say that it is hexadecimal: 0081 is a delay. */
static bool find_form(struct words *words, const char *text, size_t n_chars)
{
	for (enum form form = FORM_LITTLE; form <= FORM_TEXT; form++) {
		bool is_end;
		*words = (struct words){ form, text, n_chars, 0 };
		const int word = next_word(words, &is_end);
		const bool says_hex = form != FORM_TEXT || memchr(text, 'x', words->at) ||
				      memchr(text, 'X', words->at);
		words->at = 0;
		if (is_sync(word) || (is_softbit(word) && says_hex))
			return true;
	}
	return false;
}

bool trace_losses_are_g192(const char *text, size_t n_chars)
{
	struct words words;

	return find_form(&words, text, n_chars);
}

/* Behind a sync word: the frame's length and so many bits, unless the next frame begins at once. */
static bool skip_bits(struct words *w)
{
	const struct words before = *w;
	bool is_end;
	const int n_bits = next_word(w, &is_end);

	if (is_end || is_sync(n_bits)) {
		*w = before;
		return true;
	}
	for (int i = 0; i < n_bits; i++)
		if (!is_softbit(next_word(w, &is_end)) && !is_end)
			return false;
	return n_bits >= 0;
}

bool trace_losses_add_g192(
	struct trace *trace, const char *text, size_t n_chars, struct io_error *error)
{
	struct words words;
	bool is_end = false;

	if (!find_form(&words, text, n_chars))
		return io_error_set(error, "does not begin as G.192 does");
	for (;;) {
		const int word = next_word(&words, &is_end);
		if (is_end)
			return true;
		const bool is_frame = is_sync(word) || is_softbit(word);
		if (!is_frame || (is_sync(word) && !skip_bits(&words)))
			return io_error_set(error,
				"frame %zu: must begin with 0x6b21 or 0x6b20, and have bits of "
				"0x007f and 0x0081, as G.192 has it",
				trace->n_packets + 1);
		const bool is_lost = word == SYNC_LOST || word == SOFTBIT_ONE;
		if (!trace_add(trace, is_lost ? TRACE_LOST : 0))
			return io_error_set(error, "out of memory");
	}
}
