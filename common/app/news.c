#include "common/app/news.h"

#include <stdarg.h>
#include <stdio.h>

bool news_say(struct news_line *line, enum cli_level level, const char *format, ...)
{
	va_list arguments;

	line->level = level;
	va_start(arguments, format);
	vsnprintf(line->text, sizeof line->text, format, arguments);
	va_end(arguments);
	return true;
}
