#include "tools/channel/channel_spec.h"

#include "tools/channel/spec_reader.h"

#include <stdbool.h>
#include <string.h>

/* What is being read, and what tc would forget of it. */
struct parser {
	struct spec_reader r;
	struct channel_spec spec;
	bool has_correlation; /* of anything but duplicate */
	bool has_ecn;
};

static bool take_correlation(struct parser *p, uint32_t *correlation)
{
	p->has_correlation = p->has_correlation || spec_reader_next_is_number(&p->r);
	return spec_reader_take_optional_percent(&p->r, correlation);
}

static bool take_chance(struct parser *p, struct channel_chance *chance)
{
	chance->correlation = 0;
	return spec_reader_take_percent(&p->r, &chance->probability) &&
	       take_correlation(p, &chance->correlation);
}

static bool take_time(struct parser *p, const char *wanted, int64_t *time_us)
{
	return spec_reader_take_argument(&p->r, wanted) &&
	       spec_reader_time(&p->r, CHANNEL_TIME_MAX_US, time_us);
}

static bool parse_delay(struct parser *p)
{
	if (!take_time(p, "time", &p->spec.delay_us))
		return false;
	if (!spec_reader_next_is_number(&p->r))
		return true;
	return take_time(p, "jitter", &p->spec.jitter_us) &&
	       take_correlation(p, &p->spec.delay_correlation);
}

static bool take_distribution(
	struct parser *p, enum channel_distribution *distribution, struct channel_table *table)
{
	static const char *const names[] = { "uniform", "normal", "pareto", "paretonormal" };

	*table = (struct channel_table){ .quantiles = NULL };
	if (!spec_reader_take_name(&p->r, "name", table->name, sizeof table->name))
		return false;
	*distribution = CHANNEL_TABLE;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(table->name, names[i]) == 0) {
			*distribution = (enum channel_distribution)i;
			*table = (struct channel_table){ .quantiles = NULL };
		}
	}
	return true;
}

static bool parse_distribution(struct parser *p)
{
	return take_distribution(p, &p->spec.distribution, &p->spec.table);
}

/* The times between slots: evenly between two, or by a distribution. */
static bool take_slot_times(struct parser *p, struct channel_slot *slot)
{
	if (spec_reader_next_is_number(&p->r)) {
		if (!take_time(p, "shortest time", &slot->min_us))
			return false;
		slot->max_us = slot->min_us;
		if (spec_reader_next_is_number(&p->r) &&
			!take_time(p, "longest time", &slot->max_us))
			return false;
		return slot->max_us >= slot->min_us ||
		       spec_reader_refuse(&p->r,
			       "slot \"%s\" must not be less than the shortest time", p->r.word);
	}
	if (!spec_reader_take_argument(&p->r, "time, or the word distribution"))
		return false;
	if (strcmp(p->r.word, "distribution") != 0)
		return spec_reader_refuse(&p->r,
			"slot \"%s\" must be a time such as 20ms, or distribution", p->r.word);
	return take_distribution(p, &slot->distribution, &slot->table) &&
	       take_time(p, "time", &slot->delay_us) && take_time(p, "jitter", &slot->jitter_us) &&
	       (slot->jitter_us > 0 ||
		       spec_reader_refuse(
			       &p->r, "slot \"%s\": the jitter must be above 0", p->r.word));
}

static bool parse_slot(struct parser *p)
{
	struct channel_slot *const slot = &p->spec.slot;
	int64_t n_packets;

	*slot = (struct channel_slot){ .min_us = 0 };
	if (!take_slot_times(p, slot))
		return false;
	if (spec_reader_take_if(&p->r, "packets")) {
		if (!spec_reader_take_argument(&p->r, "number of packets") ||
			!spec_reader_integer(&p->r, "packets", 0, INT32_MAX, &n_packets))
			return false;
		slot->max_packets = (uint32_t)n_packets;
	}
	return !spec_reader_take_if(&p->r, "bytes") ||
	       (spec_reader_take_argument(&p->r, "number of bytes") &&
		       spec_reader_count(&p->r, &slot->max_bytes));
}

/* A router that marks instead of dropping marks only what says that it may be: no datagram of ours
 * does, so all that was to be lost is. */
static bool parse_ecn(struct parser *p)
{
	p->has_ecn = true;
	return true;
}

/* What is not given follows from P13: all bursts end after one packet, as tc has it. */
static bool parse_loss_state(struct parser *p)
{
	if (!spec_reader_take_percent(&p->r, &p->spec.state.p13))
		return false;
	p->spec.state.p31 = CHANNEL_ALWAYS - p->spec.state.p13;
	p->spec.state.p32 = 0;
	p->spec.state.p23 = CHANNEL_ALWAYS;
	p->spec.state.p14 = 0;
	p->spec.loss_model = CHANNEL_LOSS_STATE;
	uint32_t *const rest[] = { &p->spec.state.p31, &p->spec.state.p32, &p->spec.state.p23,
		&p->spec.state.p14 };
	for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
		if (!spec_reader_take_optional_percent(&p->r, rest[i]))
			return false;
	}
	return true;
}

/* What is not given follows from P, so that P alone is a loss of its own for each packet. */
static bool parse_loss_gemodel(struct parser *p)
{
	if (!spec_reader_take_percent(&p->r, &p->spec.gemodel.p))
		return false;
	p->spec.gemodel.r = CHANNEL_ALWAYS - p->spec.gemodel.p;
	p->spec.gemodel.loss_bad = CHANNEL_ALWAYS;
	p->spec.gemodel.loss_good = 0;
	p->spec.loss_model = CHANNEL_LOSS_GEMODEL;
	return spec_reader_take_optional_percent(&p->r, &p->spec.gemodel.r) &&
	       spec_reader_take_optional_percent(&p->r, &p->spec.gemodel.loss_bad) &&
	       spec_reader_take_optional_percent(&p->r, &p->spec.gemodel.loss_good);
}

static bool parse_loss(struct parser *p)
{
	if (p->spec.loss_model != CHANNEL_LOSS_RANDOM || p->spec.loss.probability > 0)
		return spec_reader_refuse(&p->r, "\"loss\" must be given once");
	if (spec_reader_next_is_digit(&p->r)) /* ".5%" is no percentage here, for tc as well */
		return take_chance(p, &p->spec.loss);
	if (!spec_reader_take_argument(&p->r, "percentage or model"))
		return false;
	if (strcmp(p->r.word, "random") == 0)
		return take_chance(p, &p->spec.loss);
	if (strcmp(p->r.word, "state") == 0)
		return parse_loss_state(p);
	if (strcmp(p->r.word, "gemodel") == 0)
		return parse_loss_gemodel(p);
	return spec_reader_refuse(&p->r,
		"loss \"%s\" must be a percentage such as 2.5%%, random, state or gemodel",
		p->r.word);
}

/* Its own correlation is nothing to tc's: see check_whole(). */
static bool parse_duplicate(struct parser *p)
{
	p->spec.duplicate.correlation = 0;
	return spec_reader_take_percent(&p->r, &p->spec.duplicate.probability) &&
	       spec_reader_take_optional_percent(&p->r, &p->spec.duplicate.correlation);
}

static bool parse_corrupt(struct parser *p)
{
	return take_chance(p, &p->spec.corrupt);
}

static bool parse_reorder(struct parser *p)
{
	return take_chance(p, &p->spec.reorder);
}

static bool parse_gap(struct parser *p)
{
	int64_t gap;
	if (!spec_reader_take_argument(&p->r, "number of packets") ||
		!spec_reader_integer(&p->r, "packets", 0, INT32_MAX, &gap))
		return false;
	p->spec.gap_packets = (uint32_t)gap;
	return true;
}

static bool take_optional_bytes(
	struct spec_reader *r, const char *what, int64_t min, int32_t *bytes)
{
	int64_t number;
	if (!spec_reader_next_is_signed_number(r))
		return true;
	if (!spec_reader_take_word(r) ||
		!spec_reader_integer(r, what, min, CHANNEL_OVERHEAD_MAX_BYTES, &number))
		return false;
	*bytes = (int32_t)number;
	return true;
}

static bool parse_rate(struct parser *p)
{
	if (!spec_reader_take_argument(&p->r, "rate") ||
		!spec_reader_rate(&p->r, &p->spec.rate_bytes_per_second))
		return false;
	return take_optional_bytes(&p->r, "packet overhead", -CHANNEL_OVERHEAD_MAX_BYTES,
		       &p->spec.packet_overhead_bytes) &&
	       take_optional_bytes(&p->r, "cell size", 0, &p->spec.cell_bytes) &&
	       take_optional_bytes(&p->r, "cell overhead", -CHANNEL_OVERHEAD_MAX_BYTES,
		       &p->spec.cell_overhead_bytes);
}

static bool parse_limit(struct parser *p)
{
	return spec_reader_take_argument(&p->r, "number of packets") &&
	       spec_reader_count(&p->r, &p->spec.limit_packets);
}

/* In tc's order, because a word may be cut short as far as it is the first that matches. */
static const struct keyword {
	const char *name;
	bool (*parse)(struct parser *p); /* NULL: not modelled */
} keywords[] = {
	{ "limit", parse_limit },
	{ "latency", parse_delay },
	{ "delay", parse_delay },
	{ "loss", parse_loss },
	{ "drop", parse_loss },
	{ "ecn", parse_ecn },
	{ "reorder", parse_reorder },
	{ "corrupt", parse_corrupt },
	{ "gap", parse_gap },
	{ "duplicate", parse_duplicate },
	{ "distribution", parse_distribution },
	{ "rate", parse_rate },
	{ "slot", parse_slot },
	{ "seed", NULL },
};

static bool parse_keyword(struct parser *p)
{
	struct spec_reader *const r = &p->r;

	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
		if (strncmp(keywords[i].name, r->word, strlen(r->word)) != 0)
			continue;
		if (!keywords[i].parse)
			return spec_reader_refuse(
				r, "\"%s\": the seed is an option of the program", r->word);
		r->keyword = keywords[i].name;
		return keywords[i].parse(p);
	}
	return spec_reader_refuse(r,
		"\"%s\" is not a word of netem's: delay, distribution, loss, ecn, duplicate, "
		"corrupt, reorder, gap, rate, slot or limit",
		r->word);
}

/* The rules that join two words. */
static bool check_whole(struct parser *p)
{
	struct spec_reader *const r = &p->r;
	struct channel_spec *const spec = &p->spec;

	if (spec->reorder.probability > 0 && spec->delay_us == 0)
		return spec_reader_refuse(
			r, "\"reorder\" needs a delay to overtake: add \"delay TIME\"");
	if (spec->reorder.probability == 0 && spec->gap_packets > 0)
		return spec_reader_refuse(r, "\"gap\" needs \"reorder PERCENT\"");
	if (spec->reorder.probability > 0 && spec->gap_packets == 0)
		spec->gap_packets = 1;
	if (spec->distribution != CHANNEL_UNIFORM && (spec->delay_us == 0 || spec->jitter_us == 0))
		return spec_reader_refuse(
			r, "\"distribution\" needs \"delay TIME JITTER\", both above 0");
	if (p->has_ecn && spec->loss_model == CHANNEL_LOSS_RANDOM && spec->loss.probability == 0)
		return spec_reader_refuse(r, "\"ecn\" needs \"loss\"");
	/* tc tells the kernel of correlations only where one of the others has one. */
	if (!p->has_correlation)
		spec->duplicate.correlation = 0;
	return true;
}

/* Takes one word, and tells whether it is one of those in front of netem in a line of tc. */
static bool takes_tc(struct spec_reader *r)
{
	static const char *const names[] = { "tc", "sudo", "qdisc", "netem" };
	const char *name = r->word; /* behind a folder, as in /sbin/tc */

	spec_reader_take_word(r);
	for (const char *at = r->word; *at != '\0'; at++)
		if (*at == '/')
			name = at + 1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

const char *channel_spec_behind_tc(const char *text)
{
	struct spec_reader r = { .at = text };

	if (!takes_tc(&r))
		return text;
	while (strcmp(r.word, "netem") != 0)
		if (!spec_reader_take_word(&r))
			return NULL;
	return r.at;
}

enum status channel_spec_parse(
	struct channel_spec *spec, const char *text, char *message, size_t message_bytes)
{
	struct parser p = {
		.r = { .at = channel_spec_behind_tc(text),
			.message = message,
			.message_bytes = message_bytes },
		.spec = { .limit_packets = CHANNEL_LIMIT_DEFAULT },
	};

	if (!p.r.at) {
		spec_reader_refuse(&p.r,
			"a line of tc must have netem, as in tc qdisc add dev eth0 root netem "
			"delay 40ms");
		return STATUS_BAD_CONFIG;
	}
	while (spec_reader_take_word(&p.r)) {
		if (!parse_keyword(&p))
			return STATUS_BAD_CONFIG;
	}
	if (!check_whole(&p))
		return STATUS_BAD_CONFIG;
	*spec = p.spec;
	return STATUS_OK;
}
