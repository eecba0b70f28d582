#include "receiver/app/recv_news.h"

#include "common/base/units.h"

#include <stdio.h>
#include <string.h>

/* A sender that is started together with the receiver is not missed. */
#define WAIT_US (1 * US_PER_SECOND)

/* Longer than a sender needs that starts anew, or whose machine changes its network. */
#define SILENT_US (5 * US_PER_SECOND)

/* Of another stream: not what is left of one that has just ended, or begins to take its place. */
enum { OTHER_PACKETS = 50 };

/* So long the user waits for the sender's name, which its first report tells. */
#define NAME_US (1500 * US_PER_MS)

/* "192.0.2.1 (user@host)" and the final zero. */
enum { NAME_BYTES = UDP_ADDRESS_TEXT_BYTES + PLAYER_NAME_BYTES + 4 };

void recv_news_init(struct recv_news *n, unsigned port, int64_t begin_us)
{
	memset(n, 0, sizeof *n);
	n->port = port;
	n->begin_us = begin_us;
}

static bool was_told_of(const struct recv_news *n, const struct udp_address *other)
{
	for (size_t i = 0; i < n->n_others; i++)
		if (udp_address_host_equal(&n->others[i], other))
			return true;
	return n->n_others == RECV_NEWS_OTHERS;
}

static bool tell_other(
	struct recv_news *n, const struct player_peers *peers, struct news_line *line)
{
	char address[UDP_ADDRESS_TEXT_BYTES];

	if (!n->is_playing || peers->n_other < OTHER_PACKETS || was_told_of(n, &peers->other))
		return false;
	n->others[n->n_others++] = peers->other;
	udp_address_host_text(&peers->other, address);
	return news_say(line, CLI_NOTICE, "%s also sends; not played", address);
}

static bool tell_stream(struct recv_news *n, const struct player_peers *peers, int64_t now_us,
	struct news_line *line)
{
	char address[UDP_ADDRESS_TEXT_BYTES], name[NAME_BYTES];
	const bool is_silent = now_us - peers->heard_us >= SILENT_US;
	const bool is_over = peers->has_ended || is_silent;
	const bool is_other = !udp_address_host_equal(&n->source, &peers->source);

	udp_address_host_text(&peers->source, address);
	snprintf(name, sizeof name, *peers->name ? "%s (%s)" : "%s", address, peers->name);
	if (!is_over && (!n->is_playing || is_other)) {
		if (!*peers->name && now_us - peers->began_us < NAME_US)
			return false;
		n->is_playing = true;
		n->source = peers->source;
		return news_say(line, CLI_NOTICE, "%s is playing", name);
	}
	if (is_over && n->is_playing) {
		n->is_playing = false;
		n->n_others = 0;
		if (peers->has_ended)
			return news_say(line, CLI_NOTICE, "%s has ended", name);
		return news_say(line, CLI_NOTICE, "nothing comes from %s any more", name);
	}
	return false;
}

bool recv_news_next(struct recv_news *n, const struct player_peers *peers, int n_joined,
	int64_t now_us, struct news_line *line)
{
	if (n_joined != n->n_joined) {
		n->n_joined = n_joined;
		return news_say(line, CLI_NOTICE, "the group is joined anew");
	}
	if (peers->source.n_bytes > 0)
		return tell_stream(n, peers, now_us, line) || tell_other(n, peers, line);
	if (n->is_waiting || now_us - n->begin_us < WAIT_US)
		return false;
	n->is_waiting = true;
	return news_say(line, CLI_NOTICE, "waiting for sound on port %u", n->port);
}
