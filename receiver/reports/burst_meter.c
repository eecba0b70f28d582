#include "receiver/reports/burst_meter.h"

void burst_meter_add(struct burst_meter *m, bool is_missing)
{
	m->n_frames++;
	if (!is_missing) {
		m->n_heard_since++;
		return;
	}
	m->n_missing++;
	if (m->had_missing && m->n_heard_since < BURST_GMIN) {
		if (!m->in_burst) { /* the missing frame before this one was its first */
			m->n_bursts++;
			m->burst_frames++;
			m->burst_missing++;
		}
		m->in_burst = true;
		m->burst_frames += m->n_heard_since + 1;
		m->burst_missing++;
	} else {
		m->in_burst = false;
	}
	m->had_missing = true;
	m->n_heard_since = 0;
}

static double ratio(int64_t part, int64_t whole)
{
	return whole > 0 ? (double)part / (double)whole : 0;
}

struct burst_metrics burst_meter_read(const struct burst_meter *m)
{
	const int64_t gap_frames = m->n_frames - m->burst_frames;

	return (struct burst_metrics){
		.missing_share = ratio(m->n_missing, m->n_frames),
		.burst_density = ratio(m->burst_missing, m->burst_frames),
		.gap_density = ratio(m->n_missing - m->burst_missing, gap_frames),
		.burst_frames = ratio(m->burst_frames, m->n_bursts),
		.gap_frames = ratio(gap_frames, m->n_bursts + 1),
	};
}
