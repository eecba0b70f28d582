#include "receiver/app/sink.h"

#include "common/base/device_slip.h"
#include "common/base/units.h"
#include "common/io/audio_keeper.h"
#include "common/io/monotonic.h"
#include "receiver/app/outlet.h"
#include "receiver/app/pacer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SAMPLES = 480 }; /* a device's larger blocks are filled in pieces */

struct sink {
	struct sink_config config;
	char description[160];

	/* device */
	bool is_device;
	struct audio_keeper keeper;
	struct device_slip slip;
	float chunk[CHUNK_SAMPLES * RECV_CHANNELS];

	/* the others */
	struct outlet outlet;

	struct pacer pacer; /* of the others, and in a device's place while that has gone */
	bool has_gone;	    /* the device for good, or the outlet has failed; told */
	int64_t n_losses;
};

/* ---- a device ---- */

/* What was due while the device played nothing is pulled and not heard: what follows is in time. */
static void skip_lost(struct sink *s, const struct audio_block *block)
{
	size_t n_left = device_slip_put(&s->slip, block->n_samples, block->had_xrun, block->now_us);

	while (n_left > 0) {
		const struct player_block b = {
			.samples = s->chunk,
			.n_samples = n_left < CHUNK_SAMPLES ? n_left : CHUNK_SAMPLES,
			.now_us = block->now_us,
			.device_us = -1,
		};
		player_pull(s->config.player, &b);
		n_left -= b.n_samples;
	}
}

/* On the device's real-time thread. */
static void play(void *context, const struct audio_block *block)
{
	struct sink *const s = context;
	const int64_t begin_us = monotonic_now_us();
	/* Where a call is not told, what the device promised on opening. */
	const int64_t device_us = block->device_latency_us != AUDIO_LATENCY_UNKNOWN
					  ? block->device_latency_us
					  : audio_keeper_stream(&s->keeper)->device_latency_us;
	struct player_block b = {
		.samples = s->chunk,
		.now_us = block->now_us,
		.had_xrun = block->had_xrun,
	};

	skip_lost(s, block);
	for (size_t n_done = 0; n_done < block->n_samples; n_done += b.n_samples) {
		const size_t n_left = block->n_samples - n_done;
		b.n_samples = n_left < CHUNK_SAMPLES ? n_left : CHUNK_SAMPLES;
		b.device_us = device_us == AUDIO_LATENCY_UNKNOWN
				      ? -1
				      : device_us + us_from_samples((int64_t)n_done);
		player_pull(s->config.player, &b);
		float *const out = block->output + n_done * (size_t)block->n_channels;
		if (block->n_channels == RECV_CHANNELS)
			memcpy(out, s->chunk, b.n_samples * RECV_CHANNELS * sizeof *out);
		else
			for (size_t i = 0; i < b.n_samples; i++)
				out[i] = 0.5F * (s->chunk[2 * i] + s->chunk[2 * i + 1]);
		b.had_xrun = false;
	}
	player_took(s->config.player, monotonic_now_us() - begin_us, block->n_samples);
}

static bool open_device(struct sink *s, struct io_error *error)
{
	const struct audio_config audio = {
		.direction = AUDIO_PLAYOUT,
		.device = s->config.output,
		.client_name = "hindsight-recv",
		.n_channels = RECV_CHANNELS,
		.buffer_samples = (size_t)(s->config.buffer_ms * SAMPLES_PER_MS),
		.process = play,
		.context = s,
	};

	if (!audio_keeper_open(&s->keeper, &audio, s->config.may_reopen, error))
		return false;
	snprintf(s->description, sizeof s->description, "device %s",
		audio_keeper_stream(&s->keeper)->device_name);
	return true;
}

/* ---- what is paced ---- */

static int64_t deliver(void *context, float *samples, size_t n_samples)
{
	struct sink *const s = context;

	return outlet_take(&s->outlet, samples, n_samples, player_channels(s->config.player));
}

static int64_t backlog_us(void *context)
{
	const struct sink *const s = context;

	return outlet_backlog_us(&s->outlet);
}

static bool start_pacer(struct sink *s, struct io_error *error)
{
	const struct pacer_config config = {
		.player = s->config.player,
		.period_samples = (size_t)(s->config.buffer_ms * SAMPLES_PER_MS),
		.deliver = s->is_device ? NULL : deliver,
		.backlog_us = s->is_device ? NULL : backlog_us,
		.context = s,
	};

	return pacer_start(&s->pacer, &config) || io_error_set(error, "no thread could be started");
}

/* ---- all kinds ---- */

bool sink_is_device(const char *output)
{
	return outlet_kind(output) == OUTLET_NONE;
}

static bool open_output(struct sink *s, struct io_error *error)
{
	const char *const output = s->config.output;

	s->is_device = sink_is_device(output);
	snprintf(s->description, sizeof s->description, "%.140s",
		strcmp(output, "-") == 0 ? "stdout" : output);
	return s->is_device ? open_device(s, error)
			    : outlet_open(&s->outlet, output, s->config.n_channels, error);
}

struct sink *sink_open(const struct sink_config *config, bool *is_usage, struct io_error *error)
{
	struct sink *const s = calloc(1, sizeof *s);

	*is_usage = s != NULL;
	if (!s) {
		io_error_set(error, "out of memory");
		return NULL;
	}
	s->config = *config;
	if (open_output(s, error))
		return s;
	sink_close(s);
	return NULL;
}

bool sink_start(struct sink *s, struct io_error *error)
{
	return s->is_device ? audio_keeper_start(&s->keeper, error) : start_pacer(s, error);
}

/* Nobody hears it, and yet reports and statistics go on. */
static enum sink_event go_on_without(struct sink *s, struct io_error *text)
{
	s->n_losses++;
	s->has_gone = !s->config.may_reopen || !start_pacer(s, NULL);
	io_error_set(text, "%s: the device has gone%s",
		audio_keeper_stream(&s->keeper)->device_name,
		s->has_gone ? "" : "; the call goes on, and it is looked for each second");
	return s->has_gone ? SINK_ENDED : SINK_LOST;
}

static enum sink_event tend_device(struct sink *s, struct io_error *text)
{
	switch (audio_keeper_tend(&s->keeper)) {
	case AUDIO_KEEPER_LOST:
		return go_on_without(s, text);
	case AUDIO_KEEPER_BACK:
		pacer_stop(&s->pacer);
		device_slip_init(&s->slip);
		audio_keeper_take(&s->keeper);
		io_error_set(text, "%s plays", audio_keeper_stream(&s->keeper)->device_name);
		return SINK_BACK;
	default:
		return SINK_RUNS;
	}
}

enum sink_event sink_tend(struct sink *s, struct io_error *text)
{
	if (s->is_device)
		return s->has_gone ? SINK_ENDED : tend_device(s, text);
	if (atomic_load(&s->outlet.has_failed) && !s->has_gone) {
		s->has_gone = true;
		*text = s->outlet.error;
		return atomic_load(&s->outlet.has_ended) ? SINK_ENDED : SINK_FAILED;
	}
	return SINK_RUNS;
}

int64_t sink_dropped(const struct sink *s)
{
	return outlet_dropped(&s->outlet);
}

int64_t sink_losses(const struct sink *s)
{
	return s->n_losses;
}

double sink_device_latency_ms(const struct sink *s)
{
	return s->is_device ? (double)audio_keeper_latency_us(&s->keeper) / US_PER_MS : NAN;
}

bool sink_stop(struct sink *s, struct io_error *error)
{
	if (s->is_device)
		audio_keeper_stop(&s->keeper);
	pacer_stop(&s->pacer);
	return s->is_device ? !s->has_gone : outlet_close(&s->outlet, error);
}

const char *sink_description(const struct sink *s)
{
	return s->description;
}

bool sink_close(struct sink *s)
{
	sink_stop(s, NULL);
	if (s->is_device && !audio_keeper_close(&s->keeper))
		return false;
	free(s);
	return true;
}
