#include "receiver/app/pacer.h"

#include "common/app/device_options.h"
#include "common/app/realtime_log.h"
#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "common/io/realtime.h"

#include <assert.h>

static void *pace_thread(void *context)
{
	struct pacer *const p = context;
	const struct pacer_config *const config = &p->config;
	const size_t n_period = config->period_samples;
	float samples[BUFFER_MS_MAX * SAMPLES_PER_MS * RECV_CHANNELS];
	int64_t begin_us = monotonic_now_us(), n_pulled = 0;

	assert(n_period * RECV_CHANNELS <= sizeof samples / sizeof *samples);
	realtime_begin_thread("playout");
	while (!atomic_load(&p->should_stop)) {
		struct player_block block = {
			.samples = samples,
			.n_samples = n_period,
			.now_us = begin_us + us_from_samples(n_pulled),
			.is_paced = true,
		};
		monotonic_sleep_until_us(block.now_us);
		const int64_t woken_us = monotonic_now_us();
		if (woken_us > block.now_us) /* a signal wakes it early */
			block.late_us = woken_us - block.now_us;
		block.device_us = config->backlog_us ? config->backlog_us(config->context) : 0;
		player_pull(config->player, &block);
		player_took(config->player, monotonic_now_us() - woken_us, n_period);
		n_pulled += (int64_t)n_period;
		if (config->deliver)
			begin_us += config->deliver(config->context, samples, n_period);
	}
	return NULL;
}

bool pacer_start(struct pacer *p, const struct pacer_config *config)
{
	p->config = *config;
	atomic_store(&p->should_stop, false);
	p->has_thread = realtime_start_thread(&p->thread, pace_thread, p);
	return p->has_thread;
}

void pacer_stop(struct pacer *p)
{
	if (!p->has_thread)
		return;
	atomic_store(&p->should_stop, true);
	pthread_join(p->thread, NULL);
	p->has_thread = false;
}
