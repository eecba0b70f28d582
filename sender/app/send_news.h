/* What the user is told of the call without asking for it: that nobody listens, that nobody answers,
 * that the network takes nothing, that the microphone is silent; each once, and again only after it was
 * otherwise in between. Decides what to say; prints nothing, looks at no clock.
 * Owner: main(). Thread: the main thread. */
#ifndef HINDSIGHT_SENDER_APP_SEND_NEWS_H
#define HINDSIGHT_SENDER_APP_SEND_NEWS_H

#include "common/app/news.h"
#include "sender/app/destination.h"

#include <stdbool.h>
#include <stdint.h>

struct send_situation {
	struct destination_view way;
	bool is_microphone; /* the sound comes from a device */
	int64_t n_squares;  /* samples captured, and the sum of their squares */
	double square_sum;
};

struct send_news { /* private to send_news.c */
	const struct destination *to;
	char host[CLI_HOST_BYTES];
	struct destination_view before;
	bool is_away, is_refused, is_silent, is_muted; /* told, and not otherwise since */
	int64_t taken_us;   /* when the first datagram was taken; 0: none was */
	int64_t refused_us; /* when it was first refused since the last answer; 0: it was not */
	int64_t answered_us;
	int64_t heard_us;  /* when the microphone was last not silent */
	int64_t n_squares; /* as they were then */
	double square_sum;
};

/* to: open, alive as long. host: as the user named it. */
void send_news_init(struct send_news *n, const struct destination *to, const char *host);

/* The next line for the user; false: there is none. To be asked until then, some times a second. */
bool send_news_next(struct send_news *n, const struct send_situation *now, int64_t now_us,
	struct news_line *line);

#endif
