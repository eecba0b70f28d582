/* What the user is told of the stream without asking for it: that none comes, whose it is, that it has
 * ended, that another one is not played; each once, and again only after it was otherwise in between.
 * Decides what to say; prints nothing, looks at no clock.
 * Owner: main(). Thread: the main thread. */
#ifndef HINDSIGHT_RECEIVER_APP_RECV_NEWS_H
#define HINDSIGHT_RECEIVER_APP_RECV_NEWS_H

#include "common/app/news.h"
#include "receiver/app/player.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECV_NEWS_OTHERS = 8 }; /* told of at most */

struct recv_news { /* private to recv_news.c */
	int64_t begin_us;
	unsigned port;
	bool is_waiting, is_playing; /* told, and not otherwise since */
	int n_joined;
	struct udp_address source; /* that was told */
	struct udp_address others[RECV_NEWS_OTHERS];
	size_t n_others;
};

void recv_news_init(struct recv_news *n, unsigned port, int64_t begin_us);

/* The next line for the user; false: there is none. To be asked until then, some times a second.
 * n_joined: how often a group has been joined anew. */
bool recv_news_next(struct recv_news *n, const struct player_peers *peers, int n_joined,
	int64_t now_us, struct news_line *line);

#endif
