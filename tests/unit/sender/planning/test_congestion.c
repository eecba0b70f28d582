/* A sender on known paths: a queue of our own is detected and drained, and nothing else is taken
 * for one. */
#include "sender/planning/congestion.h"

#include "common/base/units.h"
#include "sender/planning/queue_meter.h"
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#define STEP_US	   (100 * US_PER_MS)
#define BUDGET_BPS 80000.0
#define PATH_US	   (20 * US_PER_MS)

enum { REPORT_STEPS = 10 };

struct path {
	const char *name;
	bool by_round_trips; /* by a single report's, else by the fastest packet's of a second */
	double capacity_bps; /* 0: without bounds */
	double buffer_s;     /* what the bottleneck holds; then it loses */
	double loss;	     /* at random */
	double back_ms;	     /* jitter of the return path, normal */
	double pareto_ms;    /* or pareto */
	int64_t late_us;     /* lateness of one report in the middle */
	int64_t longer_us;   /* how much longer the path is from the middle on */
};

/* The bounds, for the mean of a minute and for its end. */
struct bounds {
	double share_min, share_max;
	double queue_ms_max; /* mean of the last half */
};

struct call {
	struct queue_meter meter;
	struct congestion congestion;
	struct dice dice;
	double backlog_s, least_s, queue_s_sum;
	double sent, lost, loss; /* recent */
	double share_sum;
	int n, n_late;
};

static double normal(struct dice *dice)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += dice_below(dice, 1000) / 999.0;
	return sum;
}

static double back_us(struct call *c, const struct path *w)
{
	const double q = (1 + dice_below(&c->dice, 4096)) / 4097.0;

	return US_PER_MS * (40 + fmax(-40, w->back_ms * normal(&c->dice)) +
				   w->pareto_ms * (cbrt(1 / q) - 1.5) * 4 / 3);
}

static void report(struct call *c, const struct path *w, bool is_middle, int64_t path_us)
{
	const int64_t now_us = c->n * STEP_US;
	const double told_us = w->by_round_trips ? c->backlog_s * US_PER_SECOND + back_us(c, w) +
							   (double)(is_middle ? w->late_us : 0)
						 : c->least_s * US_PER_SECOND;

	queue_meter_add(&c->meter, path_us + (int64_t)told_us, now_us);
	c->loss = 0.5 * c->loss + 0.5 * c->lost / c->sent;
	c->sent = 0;
	c->lost = 0;
	c->least_s = c->backlog_s;
}

static void step(struct call *c, const struct path *w, int n_steps)
{
	const double seconds = (double)STEP_US / US_PER_SECOND;
	const double sent = BUDGET_BPS * c->congestion.share * seconds;
	const double random_loss = w->loss * fmax(0, 1 + 0.6 * normal(&c->dice));

	c->sent += sent;
	if (w->capacity_bps > 0) {
		c->backlog_s = fmax(0, c->backlog_s + sent / w->capacity_bps - seconds);
		const double over_s = fmax(0, c->backlog_s - w->buffer_s);
		c->lost += over_s * w->capacity_bps;
		c->backlog_s -= over_s;
	}
	c->lost += sent * fmin(1, random_loss);
	c->least_s = fmin(c->least_s, c->backlog_s);
	if (++c->n % REPORT_STEPS == 0)
		report(c, w, c->n == n_steps / 2,
			PATH_US + (c->n >= n_steps / 2 ? w->longer_us : 0));
	/* Those in between report losses alone. */
	if (c->n % 3 != 0)
		return;
	congestion_on_report(&c->congestion,
		&(struct congestion_report){
			.queue_us = queue_meter_us(&c->meter),
			.round_trip_us = PATH_US + 40 * US_PER_MS,
			.jitter_us = 2 * US_PER_MS,
			.loss = c->loss,
		},
		c->n * STEP_US);
}

static void run(const struct path *w, const struct bounds *b)
{
	enum { STEPS = 600 };
	struct call c = { .dice = { 91 }, .loss = w->loss };
	double queue_s = 0, share = 0;

	queue_meter_init(&c.meter, w->by_round_trips ? 4 : 1);
	congestion_init(&c.congestion);
	for (int i = 0; i < STEPS; i++) {
		step(&c, w, STEPS);
		share += c.congestion.share;
		if (i >= STEPS / 2)
			queue_s += c.backlog_s / (STEPS - STEPS / 2);
	}
	share /= STEPS;
	print_message("%s: share %.3f, queue %.0f ms\n", w->name, share, 1000 * queue_s);
	if (share < b->share_min || share > b->share_max || 1000 * queue_s > b->queue_ms_max)
		fail_msg("\"%s\": share %.3f, queue %.0f ms", w->name, share, 1000 * queue_s);
}

/* A delay of the return path, or of a report itself, is no queue. */
static void no_queue_is_seen_where_none_is(void **state)
{
	static const struct path paths[] = {
		{ .name = "clean", .loss = 0 },
		{ .name = "random loss of 30 %", .loss = 0.3 },
		{ .name = "random loss of 30 %, round trips", .by_round_trips = true, .loss = 0.3 },
		{ .name = "one report is late",
			.by_round_trips = true,
			.loss = 0.3,
			.late_us = 700 * US_PER_MS },
		{ .name = "the way back trembles",
			.by_round_trips = true,
			.loss = 0.05,
			.back_ms = 20 },
		{ .name = "the way back trembles much",
			.by_round_trips = true,
			.loss = 0.05,
			.back_ms = 40 },
		{ .name = "the way back is pareto",
			.by_round_trips = true,
			.loss = 0.05,
			.pareto_ms = 40 },
		{ .name = "a longer way", .longer_us = 200 * US_PER_MS },
		{ .name = "a longer way that loses", .loss = 0.1, .longer_us = 200 * US_PER_MS },
		{ .name = "a longer way, round trips",
			.by_round_trips = true,
			.loss = 0.1,
			.longer_us = 200 * US_PER_MS },
		{ .name = "a bottleneck wide enough",
			.capacity_bps = 90000,
			.buffer_s = 0.5,
			.loss = 0.1 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(paths); i++)
		run(&paths[i], &(struct bounds){ 1, 1, 0 });
}

static void a_bottleneck_is_seen_and_left(void **state)
{
	static const struct path paths[] = {
		{ .name = "60 of 80 kbit/s", .capacity_bps = 60000, .buffer_s = 1.3 },
		{ .name = "60, round trips",
			.by_round_trips = true,
			.capacity_bps = 60000,
			.buffer_s = 1.3 },
		{ .name = "60, a short buffer", .capacity_bps = 60000, .buffer_s = 0.15 },
		{ .name = "60, random loss of 20 %",
			.capacity_bps = 60000,
			.buffer_s = 1.3,
			.loss = 0.2 },
		{ .name = "40 kbit/s", .capacity_bps = 40000, .buffer_s = 1.3 },
		{ .name = "40, without end", .capacity_bps = 40000, .buffer_s = 60 },
		{ .name = "60, half the buffer, round trips",
			.by_round_trips = true,
			.capacity_bps = 60000,
			.buffer_s = 0.65 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(paths); i++)
		run(&paths[i], &(struct bounds){ 0.3, paths[i].capacity_bps / BUDGET_BPS, 400 });
}

/* The first samples agree with themselves alone, and so does what is known after another clock. */
static void a_meter_begins_anew(void **state)
{
	struct queue_meter m;

	(void)state;
	queue_meter_init(&m, 3);
	assert_true(queue_meter_us(&m) < 0);
	for (int64_t k = 0; k < 40; k++) {
		const int64_t jump_us = k < 20 ? 0 : 3600 * US_PER_SECOND;
		queue_meter_add(&m, -500 + jump_us + (k % 20 == 1 ? 700000 : 0), k * US_PER_SECOND);
		assert_int_equal(queue_meter_us(&m), 0);
	}
}

/* Rare reports: the path's delay without a queue is not forgotten until enough of them have
 * come. */
static void rare_reports_agree_too(void **state)
{
	struct queue_meter m;

	(void)state;
	queue_meter_init(&m, 4);
	for (int64_t k = 0; k < 10; k++) {
		queue_meter_add(&m, (k < 4 ? 40 : 340) * US_PER_MS, k * 5 * US_PER_SECOND);
		assert_int_equal(queue_meter_us(&m), k < 7 ? 0 : 300 * US_PER_MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_queue_is_seen_where_none_is),
		cmocka_unit_test(a_bottleneck_is_seen_and_left),
		cmocka_unit_test(a_meter_begins_anew),
		cmocka_unit_test(rare_reports_agree_too),
	};
	return cmocka_run_group_tests_name("congestion", tests, NULL, NULL);
}
