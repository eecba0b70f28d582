/* A line that the user is told without asking for it; whoever decides on it does not print it.
 * Thread: any but the audio callback. */
#ifndef HINDSIGHT_COMMON_APP_NEWS_H
#define HINDSIGHT_COMMON_APP_NEWS_H

#include "common/app/cli.h"

#include <stdbool.h>

enum { NEWS_BYTES = 480 };

struct news_line {
	enum cli_level level;
	char text[NEWS_BYTES];
};

/* Fills the line, cut to fit; always true, so that the decision can `return news_say(...)`. */
bool news_say(struct news_line *line, enum cli_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
