#include "tools/channel/channel_spec.h"

#include "tools/channel/spec_reader.h"

#include <stdbool.h>
#include <string.h>

static bool take_chance(struct spec_reader *r, struct channel_chance *chance)
{
	chance->correlation = 0;
	return spec_reader_take_percent(r, &chance->probability) &&
	       spec_reader_take_optional_percent(r, &chance->correlation);
}

static bool parse_delay(struct spec_reader *r, struct channel_spec *spec)
{
	if (!spec_reader_take_argument(r, "time") ||
		!spec_reader_time(r, CHANNEL_TIME_MAX_US, &spec->delay_us))
		return false;
	if (!spec_reader_next_is_number(r))
		return true;
	if (!spec_reader_take_argument(r, "jitter") ||
		!spec_reader_time(r, CHANNEL_TIME_MAX_US, &spec->jitter_us))
		return false;
	return spec_reader_take_optional_percent(r, &spec->delay_correlation);
}

static bool parse_distribution(struct spec_reader *r, struct channel_spec *spec)
{
	static const char *const names[] = { "uniform", "normal", "pareto", "paretonormal" };
	if (!spec_reader_take_argument(r, "name"))
		return false;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(r->word, names[i]) == 0) {
			spec->distribution = (enum channel_distribution)i;
			return true;
		}
	}
	return spec_reader_refuse(
		r, "distribution \"%s\" must be uniform, normal, pareto or paretonormal", r->word);
}

/* What is not given follows from P13: all bursts end after one packet, as tc has it. */
static bool parse_loss_state(struct spec_reader *r, struct channel_spec *spec)
{
	if (!spec_reader_take_percent(r, &spec->state.p13))
		return false;
	spec->state.p31 = CHANNEL_ALWAYS - spec->state.p13;
	spec->state.p32 = 0;
	spec->state.p23 = CHANNEL_ALWAYS;
	spec->state.p14 = 0;
	spec->loss_model = CHANNEL_LOSS_STATE;
	uint32_t *const rest[] = { &spec->state.p31, &spec->state.p32, &spec->state.p23,
		&spec->state.p14 };
	for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
		if (!spec_reader_take_optional_percent(r, rest[i]))
			return false;
	}
	return true;
}

/* What is not given follows from P, so that P alone is a loss of its own for each packet. */
static bool parse_loss_gemodel(struct spec_reader *r, struct channel_spec *spec)
{
	if (!spec_reader_take_percent(r, &spec->gemodel.p))
		return false;
	spec->gemodel.r = CHANNEL_ALWAYS - spec->gemodel.p;
	spec->gemodel.loss_bad = CHANNEL_ALWAYS;
	spec->gemodel.loss_good = 0;
	spec->loss_model = CHANNEL_LOSS_GEMODEL;
	return spec_reader_take_optional_percent(r, &spec->gemodel.r) &&
	       spec_reader_take_optional_percent(r, &spec->gemodel.loss_bad) &&
	       spec_reader_take_optional_percent(r, &spec->gemodel.loss_good);
}

static bool parse_loss(struct spec_reader *r, struct channel_spec *spec)
{
	if (spec->loss_model != CHANNEL_LOSS_RANDOM || spec->loss.probability > 0)
		return spec_reader_refuse(r, "\"loss\" must be given once");
	if (spec_reader_next_is_digit(r)) /* ".5%" is no percentage here, for tc as well */
		return take_chance(r, &spec->loss);
	if (!spec_reader_take_argument(r, "percentage or model"))
		return false;
	if (strcmp(r->word, "random") == 0)
		return take_chance(r, &spec->loss);
	if (strcmp(r->word, "state") == 0)
		return parse_loss_state(r, spec);
	if (strcmp(r->word, "gemodel") == 0)
		return parse_loss_gemodel(r, spec);
	return spec_reader_refuse(r,
		"loss \"%s\" must be a percentage such as 2.5%%, random, state or gemodel",
		r->word);
}

static bool parse_duplicate(struct spec_reader *r, struct channel_spec *spec)
{
	return take_chance(r, &spec->duplicate);
}

static bool parse_corrupt(struct spec_reader *r, struct channel_spec *spec)
{
	return take_chance(r, &spec->corrupt);
}

static bool parse_reorder(struct spec_reader *r, struct channel_spec *spec)
{
	return take_chance(r, &spec->reorder);
}

static bool parse_gap(struct spec_reader *r, struct channel_spec *spec)
{
	int64_t gap;
	if (!spec_reader_take_argument(r, "number of packets") ||
		!spec_reader_integer(r, "packets", 0, INT32_MAX, &gap))
		return false;
	spec->gap_packets = (uint32_t)gap;
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

static bool parse_rate(struct spec_reader *r, struct channel_spec *spec)
{
	if (!spec_reader_take_argument(r, "rate") ||
		!spec_reader_rate(r, &spec->rate_bytes_per_second))
		return false;
	return take_optional_bytes(r, "packet overhead", -CHANNEL_OVERHEAD_MAX_BYTES,
		       &spec->packet_overhead_bytes) &&
	       take_optional_bytes(r, "cell size", 0, &spec->cell_bytes) &&
	       take_optional_bytes(
		       r, "cell overhead", -CHANNEL_OVERHEAD_MAX_BYTES, &spec->cell_overhead_bytes);
}

static bool parse_limit(struct spec_reader *r, struct channel_spec *spec)
{
	return spec_reader_take_argument(r, "number of packets") &&
	       spec_reader_count(r, &spec->limit_packets);
}

/* In tc's order, because a word may be cut short as far as it is the first that matches. */
static const struct keyword {
	const char *name;
	bool (*parse)(struct spec_reader *r, struct channel_spec *spec); /* NULL: not modelled */
} keywords[] = {
	{ "limit", parse_limit },
	{ "latency", parse_delay },
	{ "delay", parse_delay },
	{ "loss", parse_loss },
	{ "drop", parse_loss },
	{ "ecn", NULL },
	{ "reorder", parse_reorder },
	{ "corrupt", parse_corrupt },
	{ "gap", parse_gap },
	{ "duplicate", parse_duplicate },
	{ "distribution", parse_distribution },
	{ "rate", parse_rate },
	{ "slot", NULL },
	{ "seed", NULL },
};

static bool parse_keyword(struct spec_reader *r, struct channel_spec *spec)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
		if (strncmp(keywords[i].name, r->word, strlen(r->word)) != 0)
			continue;
		if (!keywords[i].parse)
			return spec_reader_refuse(r, "\"%s\" is netem's, but not modelled here%s",
				keywords[i].name,
				strcmp(keywords[i].name, "seed") == 0
					? ": the seed is an option of the program"
					: "");
		r->keyword = keywords[i].name;
		return keywords[i].parse(r, spec);
	}
	return spec_reader_refuse(r,
		"\"%s\" is not a word of netem's: delay, distribution, loss, duplicate, corrupt, "
		"reorder, gap, rate or limit",
		r->word);
}

/* The rules that join two words. */
static bool check_whole(struct spec_reader *r, struct channel_spec *spec)
{
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
	return true;
}

enum status channel_spec_parse(
	struct channel_spec *spec, const char *text, char *message, size_t message_bytes)
{
	struct spec_reader reader = {
		.at = text, .message = message, .message_bytes = message_bytes
	};
	struct channel_spec read = { .limit_packets = CHANNEL_LIMIT_DEFAULT };
	while (spec_reader_take_word(&reader)) {
		if (!parse_keyword(&reader, &read))
			return STATUS_BAD_CONFIG;
	}
	if (!check_whole(&reader, &read))
		return STATUS_BAD_CONFIG;
	*spec = read;
	return STATUS_OK;
}
