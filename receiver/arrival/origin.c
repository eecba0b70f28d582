#include "receiver/arrival/origin.h"

#include "common/base/units.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The fewest seconds that make a line. */
#define POINTS_MIN 12

/* Sound cards and computers drift by at most 300 ppm against each other; a steeper slope comes from
 * the network. A smaller drift can wait until it shows. */
#define DRIFT_MAX 500e-6
#define DRIFT_MIN 5e-6

/* Scatter about the line: where the points scatter more, there is jitter or a step among them. */
#define SCATTER_MAX_US 300.0

/* The fastest packet is believed where another one is slower by no more than this: what jitter leaves
 * between the two fastest of half a minute. */
#define WITNESS_US (20 * US_PER_MS)

/* Not before so much has been heard: of a few packets the fastest is often alone. */
#define JUDGED_FROM_US (1 * US_PER_SECOND)

/* Of its standard error: a slope below this is chance. */
#define ERRORS_MIN 4.0

void origin_init(struct origin *o)
{
	memset(o, 0, sizeof *o);
	for (int i = 0; i < ORIGIN_SECONDS; i++)
		o->seconds[i] = -1;
}

int64_t origin_level_us(const struct origin *o, int64_t transit_us)
{
	return transit_us - (int64_t)o->drifted_us;
}

static int64_t second_now(const struct origin *o)
{
	return o->received_us / US_PER_SECOND;
}

static bool is_kept(const struct origin *o, int i)
{
	return o->seconds[i] >= 0 && second_now(o) - o->seconds[i] < ORIGIN_SECONDS;
}

/* The remaining drift in us per second; 0 where it is uncertain. Least squares over the completed
 * seconds. */
static double residual_slope(const struct origin *o)
{
	const int64_t now = second_now(o);
	double n = 0, t_sum = 0, y_sum = 0, tt = 0, ty = 0, yy = 0;

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < ORIGIN_SECONDS; i++) {
			if (!is_kept(o, i) || o->seconds[i] == now)
				continue;
			const double t = (double)(o->seconds[i] - now);
			const double y =
				(double)(o->levels_us[i] - origin_level_us(o, o->fastest_us));
			if (pass == 0) {
				n++;
				t_sum += t;
				y_sum += y;
				continue;
			}
			tt += (t - t_sum / n) * (t - t_sum / n);
			ty += (t - t_sum / n) * (y - y_sum / n);
			yy += (y - y_sum / n) * (y - y_sum / n);
		}
	if (n < POINTS_MIN)
		return 0;
	const double slope = ty / tt;
	const double scatter_squared = fmax(0, yy - slope * ty) / (n - 2);
	const bool is_sure = slope * slope > ERRORS_MIN * ERRORS_MIN * scatter_squared / tt &&
			     scatter_squared < SCATTER_MAX_US * SCATTER_MAX_US;
	return is_sure && fabs(slope) > DRIFT_MIN * US_PER_SECOND ? slope : 0;
}

/* The line turns about the present moment: earlier levels are converted to what they would be
 * now. */
static void follow_drift(struct origin *o)
{
	const double slope = residual_slope(o);

	if (slope == 0 || fabs(o->drift + slope / US_PER_SECOND) > DRIFT_MAX)
		return;
	o->drift += slope / US_PER_SECOND;
	for (int i = 0; i < ORIGIN_SECONDS; i++) {
		const int64_t turned_us =
			(int64_t)(slope * (double)(second_now(o) - o->seconds[i]));
		o->levels_us[i] += turned_us;
		if (o->second_levels_us[i] != INT64_MAX)
			o->second_levels_us[i] += turned_us;
	}
}

static void note(int64_t level_us, int64_t *least_us, int64_t *second_us)
{
	if (level_us < *least_us) {
		*second_us = *least_us;
		*least_us = level_us;
	} else if (level_us < *second_us) {
		*second_us = level_us;
	}
}

/* The fastest that is borne out. */
static int64_t believed_us(const struct origin *o)
{
	int64_t least_us = INT64_MAX, second_us = INT64_MAX;

	for (int i = 0; i < ORIGIN_SECONDS; i++) {
		if (!is_kept(o, i))
			continue;
		note(o->levels_us[i], &least_us, &second_us);
		note(o->second_levels_us[i], &least_us, &second_us);
	}
	const bool is_alone = o->received_us >= JUDGED_FROM_US && second_us != INT64_MAX &&
			      second_us - least_us > WITNESS_US;
	return is_alone ? second_us : least_us;
}

void origin_on_packet(struct origin *o, int64_t transit_us, int64_t received_us)
{
	const int64_t before = second_now(o);

	o->received_us += received_us;
	o->drifted_us += o->drift * (double)received_us;
	if (second_now(o) != before)
		follow_drift(o);
	const int slot = (int)(second_now(o) % ORIGIN_SECONDS);
	const int64_t level_us = origin_level_us(o, transit_us);
	if (o->seconds[slot] != second_now(o)) {
		o->levels_us[slot] = INT64_MAX;
		o->second_levels_us[slot] = INT64_MAX;
	}
	note(level_us, &o->levels_us[slot], &o->second_levels_us[slot]);
	o->seconds[slot] = second_now(o);
	o->fastest_us = believed_us(o) + (int64_t)o->drifted_us;
}

int64_t origin_fastest_us(const struct origin *o)
{
	return o->fastest_us;
}
