/* Decimal numbers as text, with a point in every locale: what users type and programs parse.
 * Thread: any; no state. */
#ifndef HINDSIGHT_COMMON_TEXT_DECIMAL_H
#define HINDSIGHT_COMMON_TEXT_DECIMAL_H

#include <stdbool.h>

enum { DECIMAL_TEXT_BYTES = 32 };

/* "12.5": rounded to at most three decimals, without zeros at the end; never "-0". From 10^12 on
 * without decimals, and from 10^20 on as 1e+20. number: finite. */
void decimal_text(double number, char text[DECIMAL_TEXT_BYTES]);

/* [+-] digits [. digits], at most 15 digits in total, nothing else. False: *number untouched. */
bool decimal_parse(const char *text, double *number);

#endif
