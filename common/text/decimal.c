#include "common/text/decimal.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

enum { DIGITS_MAX = 15 }; /* any number of up to 15 digits, and any power of ten, is exact */

void decimal_text(double number, char text[DECIMAL_TEXT_BYTES])
{
	assert(isfinite(number));
	if (fabs(number) >= 1e20) { /* %.0e and %.0f print no decimal point in any locale */
		snprintf(text, DECIMAL_TEXT_BYTES, "%.0e", number);
		return;
	}
	if (fabs(number) >= 1e12) {
		snprintf(text, DECIMAL_TEXT_BYTES, "%.0f", number);
		return;
	}
	const int64_t thousandths = llround(number * 1000.0);
	const uint64_t size = (uint64_t)(thousandths < 0 ? -thousandths : thousandths);
	int n_chars = snprintf(text, DECIMAL_TEXT_BYTES, "%s%llu.%03u", thousandths < 0 ? "-" : "",
		(unsigned long long)(size / 1000), (unsigned)(size % 1000));
	while (text[n_chars - 1] == '0')
		text[--n_chars] = '\0';
	if (text[n_chars - 1] == '.')
		text[--n_chars] = '\0';
}

bool decimal_parse(const char *text, double *number)
{
	const bool is_negative = *text == '-';
	double digits = 0.0;
	double scale = 1.0;
	int n_digits = 0;
	bool has_point = false;

	for (text += *text == '-' || *text == '+'; *text; text++) {
		if (*text == '.' && !has_point) {
			has_point = true;
			continue;
		}
		if (*text < '0' || *text > '9' || ++n_digits > DIGITS_MAX)
			return false;
		digits = digits * 10.0 + (*text - '0');
		if (has_point)
			scale *= 10.0;
	}
	if (n_digits == 0)
		return false;
	*number = (is_negative ? -digits : digits) / scale;
	return true;
}
