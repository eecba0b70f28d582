#include "common/io/audio_keeper.h"

#include "common/base/units.h"
#include "common/io/monotonic.h"
#include "common/io/realtime.h"

#include <string.h>

enum { OPENING, OPENED, NOT_OPENED };
enum { LATENCY_MS_MAX = 160 }; /* beyond, no call is left */

#define STEP_US	       (20 * US_PER_MS)
#define RETRY_US       (1 * US_PER_SECOND)
#define SILENT_US      (2 * US_PER_SECOND) /* no block: the server stands still, or has gone */
#define FIRST_US       (5 * US_PER_SECOND) /* as long PulseAudio may take to begin */
#define SETTLE_US      (1 * US_PER_SECOND)
#define SETTLE_JACK_US (100 * US_PER_MS)
#define LET_GO_US      (3 * US_PER_SECOND)

/* On the device's real-time thread. */
static void on_block(void *context, const struct audio_block *block)
{
	struct audio_keeper_lane *const lane = context;
	struct audio_keeper *const k = lane->keeper;

	atomic_store(&lane->called_us, block->now_us);
	atomic_fetch_add(&lane->n_samples, (int64_t)block->n_samples);
	if (block->had_xrun && atomic_load(&k->heard) == (int)(lane - k->lanes))
		atomic_fetch_add(&k->n_xruns, 1);
	atomic_store(&lane->is_inside, true); /* before heard is read: shut() sees one of both */
	if (atomic_load(&k->heard) == (int)(lane - k->lanes))
		k->config.process(k->config.context, block);
	else if (block->output)
		memset(block->output, 0,
			block->n_samples * (size_t)block->n_channels * sizeof *block->output);
	atomic_store(&lane->is_inside, false);
}

/* Nobody is heard; waits until the call that runs is over, which never waits for anything. */
static void shut(struct audio_keeper *k)
{
	atomic_store(&k->heard, -1);
	while (atomic_load(&k->lanes[k->playing].is_inside))
		monotonic_sleep_until_us(monotonic_now_us() + US_PER_MS);
}

static bool open_lane(struct audio_keeper *k, int i, const char *device, size_t latency_samples,
	struct io_error *error)
{
	struct audio_config config = k->config;

	config.process = on_block;
	config.context = &k->lanes[i];
	config.device = device;
	config.latency_samples = latency_samples;
	k->lanes[i].keeper = k;
	atomic_store(&k->lanes[i].called_us, 0);
	atomic_store(&k->lanes[i].n_samples, 0);
	return audio_stream_open(&k->lanes[i].stream, &config, error);
}

bool audio_keeper_open(struct audio_keeper *k, const struct audio_config *config, bool may_reopen,
	struct io_error *error)
{
	memset(k, 0, sizeof *k);
	k->config = *config;
	k->may_reopen = may_reopen;
	k->latency_samples = config->buffer_samples;
	xrun_lesson_init(&k->lesson, monotonic_now_us());
	atomic_store(&k->heard, 0);
	return open_lane(k, 0, config->device, k->latency_samples, error);
}

bool audio_keeper_start(struct audio_keeper *k, struct io_error *error)
{
	k->started_us = monotonic_now_us();
	return audio_stream_start(&k->lanes[0].stream, error);
}

/* ---- the thread ---- */

static bool sleeps(struct audio_keeper *k, int64_t until_us)
{
	while (monotonic_now_us() < until_us && !atomic_load(&k->should_stop))
		monotonic_sleep_until_us(monotonic_now_us() + STEP_US);
	return !atomic_load(&k->should_stop);
}

/* A sound system may fill its buffers at once and then begin a second later: a stream counts
 * when it moves sound at the pace of the clock. */
static bool settles(struct audio_keeper *k, const struct audio_keeper_lane *lane)
{
	const int64_t step_us = lane->stream.is_jack ? SETTLE_JACK_US : SETTLE_US;
	const int64_t end_us = monotonic_now_us() + FIRST_US;

	while (monotonic_now_us() < end_us) {
		const int64_t n_before = atomic_load(&lane->n_samples);
		if (!sleeps(k, monotonic_now_us() + step_us))
			return false;
		if (us_from_samples(atomic_load(&lane->n_samples) - n_before) > step_us / 5 * 4 &&
			n_before > 0)
			return true;
	}
	return false;
}

static bool begin_lane(struct audio_keeper *k, int i, const char *device, size_t latency_samples)
{
	struct audio_keeper_lane *const lane = &k->lanes[i];

	if (open_lane(k, i, device, latency_samples, NULL) &&
		audio_stream_start(&lane->stream, NULL) && settles(k, lane))
		return true;
	audio_stream_close(&lane->stream);
	return false;
}

static void *reopen_thread(void *context)
{
	struct audio_keeper *const k = context;
	const int next = 1 - k->playing;
	struct io_error error;

	audio_stream_close(&k->lanes[k->playing].stream);
	do {
		audio_io_terminate();
		if (audio_io_init(false, &error) &&
			(begin_lane(k, next, k->config.device, k->latency_samples) ||
				begin_lane(k, next, "default", k->latency_samples))) {
			atomic_store(&k->outcome, OPENED);
			return NULL;
		}
	} while (sleeps(k, monotonic_now_us() + RETRY_US));
	atomic_store(&k->outcome, NOT_OPENED);
	return NULL;
}

static void *change_thread(void *context)
{
	struct audio_keeper *const k = context;

	atomic_store(&k->outcome,
		begin_lane(k, 1 - k->playing, k->config.device, k->latency_samples) ? OPENED
										    : NOT_OPENED);
	return NULL;
}

static bool start_thread(struct audio_keeper *k, bool is_anew)
{
	atomic_store(&k->outcome, OPENING);
	k->is_anew = is_anew;
	k->has_thread =
		realtime_start_thread(&k->thread, is_anew ? reopen_thread : change_thread, k);
	return k->has_thread;
}

/* ---- the owner's thread ---- */

static bool is_gone(const struct audio_keeper *k)
{
	const struct audio_keeper_lane *const lane = &k->lanes[k->playing];
	const int64_t called_us = atomic_load(&lane->called_us), now_us = monotonic_now_us();

	if (!audio_stream_is_active(&lane->stream))
		return true;
	return called_us ? now_us - called_us > SILENT_US : now_us - k->started_us > 2 * FIRST_US;
}

static void join(struct audio_keeper *k)
{
	pthread_join(k->thread, NULL);
	k->has_thread = false;
}

/* Another latency: the new stream plays, then the old one is closed. */
static enum audio_keeper_event end_change(struct audio_keeper *k)
{
	const int old = k->playing;

	join(k);
	if (atomic_load(&k->outcome) != OPENED) { /* as a card does that has one stream */
		k->latency_samples = k->before_samples;
		xrun_lesson_init(&k->lesson, monotonic_now_us()); /* the next pair asks again */
		k->lesson.n_seen = atomic_load(&k->n_xruns);
		return AUDIO_KEEPER_NONE;
	}
	shut(k);
	k->playing = 1 - old;
	atomic_store(&k->heard, k->playing);
	audio_stream_close(&k->lanes[old].stream);
	return AUDIO_KEEPER_CHANGED;
}

/* A JACK server's latency is its own, and the same for all. */
static void follow_lesson(struct audio_keeper *k)
{
	const int factor =
		xrun_lesson_put(&k->lesson, atomic_load(&k->n_xruns), monotonic_now_us());
	const size_t most = LATENCY_MS_MAX * SAMPLES_PER_MS;
	const size_t wished = k->config.buffer_samples * (size_t)factor;
	const size_t latency = wished < most || factor == 1 ? wished : most;

	if (k->is_lost || latency == k->latency_samples || k->lanes[k->playing].stream.is_jack)
		return;
	k->before_samples = k->latency_samples;
	k->latency_samples = latency;
	if (!start_thread(k, false))
		k->latency_samples = k->before_samples;
}

enum audio_keeper_event audio_keeper_tend(struct audio_keeper *k)
{
	if (k->has_thread) {
		if (atomic_load(&k->outcome) == OPENING)
			return AUDIO_KEEPER_NONE;
		if (!k->is_anew)
			return end_change(k);
		join(k);
		return AUDIO_KEEPER_BACK;
	}
	if (k->is_lost || !is_gone(k)) {
		follow_lesson(k);
		return AUDIO_KEEPER_NONE;
	}
	k->is_lost = true;
	shut(k);
	if (k->may_reopen)
		start_thread(k, true);
	return AUDIO_KEEPER_LOST;
}

void audio_keeper_take(struct audio_keeper *k)
{
	k->playing = 1 - k->playing;
	k->is_lost = false;
	k->started_us = monotonic_now_us();
	atomic_store(&k->heard, k->playing);
}

int64_t audio_keeper_latency_us(const struct audio_keeper *k)
{
	return us_from_samples((int64_t)k->latency_samples);
}

const struct audio_stream *audio_keeper_stream(const struct audio_keeper *k)
{
	return &k->lanes[k->playing].stream;
}

void audio_keeper_stop(struct audio_keeper *k)
{
	shut(k);
}

bool audio_keeper_close(struct audio_keeper *k)
{
	const int64_t end_us = monotonic_now_us() + LET_GO_US;

	atomic_store(&k->should_stop, true);
	while (k->has_thread && atomic_load(&k->outcome) == OPENING) {
		if (monotonic_now_us() > end_us)
			return false;
		monotonic_sleep_until_us(monotonic_now_us() + STEP_US);
	}
	if (k->has_thread)
		join(k);
	for (int i = 0; i < 2; i++)
		audio_stream_close(&k->lanes[i].stream);
	return true;
}
