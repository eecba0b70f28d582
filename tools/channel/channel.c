#include "tools/channel/channel.h"

#include "common/base/splitmix.h"
#include "common/base/units.h"

#include <assert.h>
#include <string.h>

enum {
	NS_PER_US = 1000,
	RHO_BITS = 31 /* binary places of a correlation in the arithmetic of delays */
};

/* A queue at an absurdly low rate must not run out of the clock's range: 11 days. */
#define QUEUE_MAX_NS INT64_C(1000000000000000)

/* The random numbers of one packet, each with its own purpose, so that a channel with one
 * impairment more has the others' decisions unchanged. */
enum draw {
	DRAW_DUPLICATE,
	DRAW_LOSS,
	DRAW_LOSS_IN_STATE,
	DRAW_CORRUPT,
	DRAW_CORRUPTED_BIT,
	DRAW_REORDER,
	DRAW_DELAY,
	DRAW_COPY_DELAY,
	N_DRAWS
};

static void draw_all(const struct channel *c, uint64_t n, uint32_t draws[N_DRAWS])
{
	for (unsigned i = 0; i < N_DRAWS; i++) {
		const uint64_t counter = n * N_DRAWS + i + 1;
		draws[i] = (uint32_t)(splitmix_hash(c->seed_hash + counter * SPLITMIX_STEP) >> 32);
	}
}

static bool happens(uint32_t probability, uint32_t draw)
{
	return probability > 0 && draw <= probability;
}

/* netem's get_crandom(): the mean of the fresh number and the one before, weighted by the
 * correlation. Such numbers crowd around the middle: a correlated 10 % happens less often. */
static uint32_t correlate(uint32_t draw, uint32_t correlation, uint32_t *last)
{
	if (correlation > 0) {
		const uint64_t rho = (uint64_t)correlation + 1;
		draw = (uint32_t)((draw * ((UINT64_C(1) << 32) - rho) + *last * rho) >> 32);
	}
	*last = draw;
	return draw;
}

static bool chance_happens(const struct channel_chance *chance, uint32_t draw, uint32_t *last)
{
	return happens(chance->probability, correlate(draw, chance->correlation, last));
}

/* One step of the 4-state chain; returns whether the packet is lost. 1: received in a gap,
 * 2: received within a burst, 3: lost in a burst, 4: lost alone. */
static bool step_state(struct channel *c, uint32_t draw)
{
	const struct channel_spec *const spec = &c->spec;
	switch (c->state) {
	case 1:
		if (happens(spec->state.p14, draw))
			c->state = 4;
		else if (draw <= (uint64_t)spec->state.p13 + spec->state.p14)
			c->state = spec->state.p13 > 0 ? 3 : 1;
		break;
	case 2:
		if (happens(spec->state.p23, draw))
			c->state = 3;
		break;
	case 3:
		if (happens(spec->state.p32, draw))
			c->state = 2;
		else if (draw <= (uint64_t)spec->state.p31 + spec->state.p32)
			c->state = spec->state.p31 > 0 ? 1 : 3;
		break;
	default:
		c->state = 1;
		break;
	}
	return c->state >= 3;
}

/* One step of Gilbert and Elliott's chain. As in netem the state before the step decides. */
static bool step_gemodel(struct channel *c, uint32_t draw, uint32_t draw_in_state)
{
	const bool was_bad = c->is_bad;
	if (happens(was_bad ? c->spec.gemodel.r : c->spec.gemodel.p, draw))
		c->is_bad = !was_bad;
	return happens(
		was_bad ? c->spec.gemodel.loss_bad : c->spec.gemodel.loss_good, draw_in_state);
}

static bool loss_happens(struct channel *c, const uint32_t draws[N_DRAWS])
{
	switch (c->spec.loss_model) {
	case CHANNEL_LOSS_STATE:
		return step_state(c, draws[DRAW_LOSS]);
	case CHANNEL_LOSS_GEMODEL:
		return step_gemodel(c, draws[DRAW_LOSS], draws[DRAW_LOSS_IN_STATE]);
	default:
		return chance_happens(&c->spec.loss, draws[DRAW_LOSS], &c->last.loss);
	}
}

/* The largest integer whose square is at most n < 2^63. */
static int64_t square_root(int64_t n)
{
	int64_t root = 0;
	for (int64_t bit = INT64_C(1) << 31; bit > 0; bit /= 2) {
		const int64_t try = root + bit;
		if (try <= INT64_C(3037000499) && try * try <= n) /* the root of INT64_MAX */
			root = try;
	}
	return root;
}

/* The next point of an autoregressive walk on the bell: of unit spread again, whatever rho. */
static int64_t step_on_bell(const struct channel *c, uint32_t draw)
{
	const int64_t rho = c->spec.delay_correlation >> (32 - RHO_BITS);
	const int64_t fresh = square_root((INT64_C(1) << 2 * RHO_BITS) - rho * rho);
	const int64_t half = INT64_C(1) << (RHO_BITS - 1);
	return floor_div(rho * c->last.delay + fresh * c->bell[draw >> DELAY_QUANTILE_SHIFT] + half,
		INT64_C(1) << RHO_BITS);
}

/* Which part of all draws lies below this point of the bell, with the low bits of a draw within
 * the entry: an even draw again. */
static uint32_t draw_from_bell(const struct channel *c, int64_t point, uint32_t low_bits)
{
	uint32_t entry = 0; /* the last one that is not above the point */
	for (uint32_t bit = DELAY_QUANTILES / 2; bit > 0; bit /= 2) {
		if (c->bell[entry + bit] <= point)
			entry += bit;
	}
	return entry << DELAY_QUANTILE_SHIFT | (low_bits & ((1u << DELAY_QUANTILE_SHIFT) - 1));
}

/* Each packet's delay, and the one that its copy has. */
static void draw_delays(
	struct channel *c, const uint32_t draws[N_DRAWS], int64_t delay_us[CHANNEL_COPIES_MAX])
{
	uint32_t delay_draws[CHANNEL_COPIES_MAX] = { draws[DRAW_DELAY], draws[DRAW_COPY_DELAY] };
	if (c->spec.delay_correlation > 0) {
		c->last.delay = step_on_bell(c, delay_draws[0]);
		delay_draws[0] = draw_from_bell(c, c->last.delay, delay_draws[0]);
		delay_draws[1] = draw_from_bell(c, step_on_bell(c, delay_draws[1]), delay_draws[1]);
	}
	for (int i = 0; i < CHANNEL_COPIES_MAX; i++)
		delay_us[i] = delay_quantiles_draw(c->spec.distribution, c->quantiles,
			c->spec.delay_us, c->spec.jitter_us, delay_draws[i]);
}

/* How long a packet occupies the line, as in netem's packet_time_ns(). */
static int64_t serialization_ns(const struct channel_spec *spec, size_t n_bytes)
{
	const uint64_t ns_per_second = UINT64_C(1000000000);
	int64_t line_bytes = (int64_t)(n_bytes < 65536 ? n_bytes : 65536) + CHANNEL_HEADER_BYTES +
			     spec->packet_overhead_bytes;
	if (line_bytes < 0)
		line_bytes = 0;
	if (spec->cell_bytes > 0) {
		const int64_t n_cells = (line_bytes + spec->cell_bytes - 1) / spec->cell_bytes;
		line_bytes = n_cells * (spec->cell_bytes + spec->cell_overhead_bytes);
		if (line_bytes < 0)
			line_bytes = 0;
	}
	if (line_bytes > INT32_MAX)
		line_bytes = INT32_MAX;
	return (int64_t)((uint64_t)line_bytes * ns_per_second / spec->rate_bytes_per_second);
}

/* A packet that is not reordered is ready after its delay; with a rate, also not before the
 * last one of the queue has, and its own bits need their time. */
static int64_t ready_ns(const struct channel *c, size_t n_bytes, int64_t delay_us, int64_t now_us)
{
	const int64_t now_ns = now_us * NS_PER_US;
	int64_t ready = now_ns + delay_us * NS_PER_US;
	if (c->spec.rate_bytes_per_second == 0)
		return ready;
	if (ready < c->latest_ready_ns)
		ready = c->latest_ready_ns;
	ready += serialization_ns(&c->spec, n_bytes);
	return ready < now_ns + QUEUE_MAX_NS ? ready : now_ns + QUEUE_MAX_NS;
}

/* Returns whether it leaves before a packet that came earlier. */
static bool set_departure(
	struct channel *c, int64_t ready, size_t n_bytes, int64_t now_us, int64_t *departure_us)
{
	int64_t departure = ready;

	if (ready > c->latest_ready_ns)
		c->latest_ready_ns = ready;
	if (channel_spec_has_slots(&c->spec))
		departure = slots_departure_ns(
			&c->slots, ready, now_us * NS_PER_US, n_bytes + CHANNEL_HEADER_BYTES);
	const bool is_early = departure < c->latest_departure_ns;
	if (!is_early)
		c->latest_departure_ns = departure;
	*departure_us = floor_div(departure, NS_PER_US);
	return is_early;
}

/* netem: of every `gap` packets that are not lost, the last may go at once. */
static bool is_past_gap(const struct channel *c)
{
	return c->spec.gap_packets <= 1 || c->gap_count >= c->spec.gap_packets - 1;
}

static bool step_gap(struct channel *c, bool would_reorder)
{
	if (would_reorder) {
		c->gap_count = 0;
		return true;
	}
	if (c->gap_count < UINT32_MAX)
		c->gap_count++;
	return false;
}

void channel_set_spec(struct channel *channel, const struct channel_spec *spec)
{
	channel->spec = *spec;
	slots_set(&channel->slots, &spec->slot);
	if (spec->distribution == CHANNEL_TABLE) {
		assert(spec->table.quantiles);
		memcpy(channel->quantiles, spec->table.quantiles, sizeof channel->quantiles);
	} else if (spec->distribution != CHANNEL_UNIFORM)
		delay_quantiles_fill(channel->quantiles, spec->distribution);
	if (spec->delay_correlation > 0)
		delay_quantiles_fill(channel->bell, CHANNEL_NORMAL);
}

void channel_init(struct channel *channel, const struct channel_spec *spec, uint64_t seed)
{
	memset(channel, 0, sizeof *channel);
	channel->seed_hash = splitmix_hash(seed + SPLITMIX_STEP);
	channel->state = 1;
	channel->latest_ready_ns = INT64_MIN;
	channel->latest_departure_ns = INT64_MIN;
	slots_init(&channel->slots, channel->seed_hash);
	channel_set_spec(channel, spec);

	/* The packet before the first has random numbers too, so that correlation has a past. */
	uint32_t draws[N_DRAWS];
	draw_all(channel, UINT64_MAX, draws);
	channel->last.duplicate = draws[DRAW_DUPLICATE];
	channel->last.loss = draws[DRAW_LOSS];
	channel->last.corrupt = draws[DRAW_CORRUPT];
	channel->last.reorder = draws[DRAW_REORDER];
	channel->last.delay = channel->bell[draws[DRAW_DELAY] >> DELAY_QUANTILE_SHIFT];
}

void channel_next_fate(struct channel *channel, size_t n_bytes, size_t n_queued, int64_t now_us,
	struct channel_fate *fate)
{
	const struct channel_spec *const spec = &channel->spec;
	uint32_t draws[N_DRAWS];
	int64_t delay_us[CHANNEL_COPIES_MAX];
	draw_all(channel, channel->n_packets, draws);

	/* Every chain makes its step for every packet, whatever becomes of it; that of reordering
	 * rests within a gap, as the kernel draws no number there. */
	const bool is_twice =
		chance_happens(&spec->duplicate, draws[DRAW_DUPLICATE], &channel->last.duplicate);
	const bool is_lost = loss_happens(channel, draws);
	const bool is_corrupted =
		chance_happens(&spec->corrupt, draws[DRAW_CORRUPT], &channel->last.corrupt);
	const bool would_reorder =
		is_past_gap(channel) &&
		chance_happens(&spec->reorder, draws[DRAW_REORDER], &channel->last.reorder);
	draw_delays(channel, draws, delay_us);

	*fate = (struct channel_fate){ .n = channel->n_packets++, .outcome = CHANNEL_LOST };
	if (is_lost && !is_twice) /* of two copies, as netem has it, one is left */
		return;
	const bool goes_at_once = step_gap(channel, would_reorder);
	if (n_queued >= spec->limit_packets) {
		fate->outcome = CHANNEL_LIMITED;
		return;
	}
	fate->outcome = CHANNEL_DELIVERED;
	fate->n_copies = is_twice && !is_lost ? 2 : 1;
	fate->is_corrupted = is_corrupted && n_bytes > 0;
	if (fate->is_corrupted)
		fate->corrupted_bit = draws[DRAW_CORRUPTED_BIT] * (uint64_t)n_bytes / (1u << 29);

	const int64_t first =
		goes_at_once ? now_us * NS_PER_US : ready_ns(channel, n_bytes, delay_us[0], now_us);
	fate->is_reordered = set_departure(channel, first, n_bytes, now_us, &fate->departure_us[0]);
	if (fate->n_copies == 2)
		set_departure(channel, ready_ns(channel, n_bytes, delay_us[1], now_us), n_bytes,
			now_us, &fate->departure_us[1]);
}
