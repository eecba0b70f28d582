#include "sender/app/send_news.h"

#include "common/base/units.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A receiver that is started together with the sender is not missed. */
#define REFUSED_US (1 * US_PER_SECOND)

#define UNANSWERED_US (3 * US_PER_SECOND)

/* RFC 3550, 6.2: others report every 5 s, or up to half as long again. */
#define FALLEN_SILENT_US (10 * US_PER_SECOND)

#define MUTED_US (2 * US_PER_SECOND)

enum { FAILED_ENOUGH = 3, NAME_BYTES = CLI_HOST_BYTES + UDP_ADDRESS_TEXT_BYTES + 3 };

void send_news_init(struct send_news *n, const struct destination *to, const char *host)
{
	memset(n, 0, sizeof *n);
	n->to = to;
	snprintf(n->host, sizeof n->host, "%s", host);
}

/* "192.0.2.2", or "studio (192.0.2.2)" where the user gave a name. */
static void name_of(const struct send_news *n, size_t at, char name[NAME_BYTES])
{
	char address[UDP_ADDRESS_TEXT_BYTES];

	udp_address_host_text(&n->to->addresses[at], address);
	if (strcmp(address, n->host) == 0)
		snprintf(name, NAME_BYTES, "%s", address);
	else
		snprintf(name, NAME_BYTES, "%s (%s)", n->host, address);
}

static const char *failure_text(int why)
{
	switch (why) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case ENETDOWN:
	case ENODEV:
		return "unreachable";
	default:
		return strerror(why);
	}
}

static bool tell_network(
	struct send_news *n, const struct destination_view *now, struct news_line *line)
{
	if (now->n_failed_in_row >= FAILED_ENOUGH && !n->is_away) {
		n->is_away = true;
		return news_say(line, CLI_NOTICE, "the network takes nothing: %s",
			failure_text(now->failure));
	}
	if (now->n_failed_in_row == 0 && n->is_away && now->n_taken > n->before.n_taken) {
		n->is_away = false;
		n->before.n_moves = now->n_moves;
		n->answered_us = 0; /* the wait for an answer begins anew */
		n->taken_us = 0;
		return news_say(line, CLI_NOTICE, "the network takes packets again");
	}
	if (now->n_moves != n->before.n_moves) {
		n->before.n_moves = now->n_moves;
		return news_say(line, CLI_NOTICE,
			"the way there has changed (another address of this machine): the call "
			"goes on");
	}
	return false;
}

static bool tell_answers(struct send_news *n, const struct destination_view *now, int64_t now_us,
	struct news_line *line)
{
	char name[NAME_BYTES];
	const unsigned port = udp_address_port(&n->to->addresses[now->at]);

	name_of(n, now->at, name);
	if (now->n_answers != n->before.n_answers) {
		const bool was_missed = n->is_refused || n->is_silent;
		n->before.n_answers = now->n_answers;
		n->answered_us = now_us;
		n->refused_us = 0;
		n->is_refused = false;
		n->is_silent = false;
		return was_missed && news_say(line, CLI_NOTICE, "%s answers", name);
	}
	if (now->n_refused != n->before.n_refused) {
		n->before.n_refused = now->n_refused;
		if (n->refused_us == 0)
			n->refused_us = now_us;
		if (!n->is_refused && now_us - n->refused_us >= REFUSED_US) {
			n->is_refused = true;
			return news_say(line, CLI_NOTICE,
				"%s: nothing listens on port %u (refused)", name, port);
		}
	}
	const int64_t wait_us = n->answered_us > 0 ? FALLEN_SILENT_US : UNANSWERED_US;
	const int64_t since_us = n->answered_us > 0 ? n->answered_us : n->taken_us;
	if (n->to->is_group || n->is_silent || n->is_refused || n->is_away || n->taken_us == 0 ||
		now_us - since_us < wait_us)
		return false;
	n->is_silent = true;
	return news_say(line, CLI_NOTICE,
		"no answer for %d s: is hindsight-recv running there, is UDP %u open?",
		(int)(wait_us / US_PER_SECOND), port);
}

static bool tell_address(
	struct send_news *n, const struct destination_view *now, struct news_line *line)
{
	char name[NAME_BYTES];

	if (now->at == n->before.at)
		return false;
	n->before.at = now->at;
	name_of(n, now->at, name);
	/* Whoever refuses is asked again several times a second. */
	return news_say(line, n->is_refused ? CLI_DETAIL : CLI_NOTICE, "tries %s", name);
}

static bool tell_microphone(struct send_news *n, const struct send_situation *now, int64_t now_us,
	struct news_line *line)
{
	if (!now->is_microphone)
		return false;
	if (now->square_sum > n->square_sum || n->heard_us == 0) {
		const bool was_muted = n->is_muted;
		n->square_sum = now->square_sum;
		n->n_squares = now->n_squares;
		n->heard_us = now_us;
		n->is_muted = false;
		return was_muted &&
		       news_say(line, CLI_NOTICE, "the microphone is not silent any more");
	}
	/* A device that delivers nothing is another trouble. */
	if (n->is_muted || now->n_squares == n->n_squares || now_us - n->heard_us < MUTED_US)
		return false;
	n->is_muted = true;
	return news_say(line, CLI_NOTICE, "the microphone is silent (muted?)");
}

bool send_news_next(struct send_news *n, const struct send_situation *now, int64_t now_us,
	struct news_line *line)
{
	if (n->taken_us == 0 && now->way.n_taken > n->before.n_taken && !n->is_away)
		n->taken_us = now_us;
	const bool has_line =
		tell_network(n, &now->way, line) || tell_answers(n, &now->way, now_us, line) ||
		tell_address(n, &now->way, line) || tell_microphone(n, now, now_us, line);
	n->before.n_taken = now->way.n_taken;
	return has_line;
}
