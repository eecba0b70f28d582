#include "common/io/io_error.h"

#include <stdarg.h>
#include <stdio.h>

bool io_error_set(struct io_error *error, const char *format, ...)
{
	if (error) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(error->text, sizeof error->text, format, arguments);
		va_end(arguments);
	}
	return false;
}
