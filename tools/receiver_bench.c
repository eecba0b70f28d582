/* What the adaptive playout delay is worth: each channel once with the learned delay and once with
 * every fixed one. The oracle is the smallest fixed delay that misses no more frames; it knows the
 * whole run beforehand, which no receiver does. Virtual time, fixed seeds: the same on every run.
 *
 * usage: receiver-bench SPEECH.wav [SECONDS [CHANNEL-NAME | choices]]     (by tools/bench-receiver)
 * "choices": the rule's constants against others, in place of the oracle. */
#include "common/io/sound_file.h"
#include "common/units.h"
#include "receiver/recv_stream.h"
#include "sender/send_stream.h"
#include "tools/link.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SECONDS_DEFAULT = 60,
	BLOCK_SAMPLES = 10 * SAMPLES_PER_MS,
	DELAYS_MAX = 100000, /* played frames of which the delay is kept */
	SWEEP_MS_MAX = 400,
	LIMIT = 1000
};

struct bench_channel {
	const char *name;
	const char *spec;
	int n_copies;
	const char *later_spec; /* from 20 s to 40 s; NULL: no change */
	double skew_ppm;
	double stall_period_s; /* > 0: each so often nothing comes for 80 ms */
	bool dtx;
};

static const struct bench_channel channels[] = {
	{ .name = "clean", .spec = "delay 20ms", .n_copies = 1 },
	{ .name = "loss 5 %", .spec = "delay 20ms loss 5%", .n_copies = 2 },
	{ .name = "loss 10 %", .spec = "delay 20ms loss 10%", .n_copies = 2 },
	{ .name = "loss 20 %", .spec = "delay 20ms loss 20%", .n_copies = 3 },
	{ .name = "loss 30 %", .spec = "delay 20ms loss 30%", .n_copies = 4 },
	{ .name = "bursts 3 30", .spec = "delay 20ms loss gemodel 3% 30%", .n_copies = 3 },
	{ .name = "jitter 40 15", .spec = "delay 40ms 15ms distribution normal", .n_copies = 1 },
	{ .name = "jitter, loss 10 %",
		.spec = "delay 40ms 15ms distribution normal loss 10%",
		.n_copies = 2 },
	{ .name = "pareto", .spec = "delay 40ms 10ms distribution pareto", .n_copies = 1 },
	{ .name = "reordering", .spec = "delay 40ms reorder 10% 50%", .n_copies = 1 },
	{ .name = "stalls", .spec = "delay 20ms", .n_copies = 1, .stall_period_s = 2 },
	{ .name = "step +60 ms",
		.spec = "delay 20ms 2ms",
		.later_spec = "delay 80ms 2ms",
		.n_copies = 1 },
	{ .name = "skew +300", .spec = "delay 20ms 2ms", .n_copies = 1, .skew_ppm = 300 },
	{ .name = "skew -300", .spec = "delay 20ms 2ms", .n_copies = 1, .skew_ppm = -300 },
	{ .name = "DTX, loss 5 %", .spec = "delay 20ms 5ms loss 5%", .n_copies = 1, .dtx = true },
};
enum { N_CHANNELS = sizeof channels / sizeof *channels };

struct sent {
	int64_t at_us;
	size_t n_bytes;
	uint8_t bytes[PACKETIZER_DATAGRAM_BYTES_MAX];
};

struct stream {
	size_t n_sent;
	struct sent *sent;
	double seconds;
};

struct outcome {
	int64_t n_played, n_missing;
	double delay_mean_ms, delay_p95_ms;
	double actions_per_min, held_per_min_ms;
};

static void fail(const char *what)
{
	fprintf(stderr, "receiver-bench: %s\n", what);
	exit(1);
}

static void *allocate(size_t n_bytes)
{
	void *const memory = calloc(1, n_bytes);
	if (!memory)
		fail("out of memory");
	return memory;
}

/* The recording, over and over, as datagrams with two channels' worth of silence for DTX. */
static struct stream encode(const char *path, double seconds, int n_copies, bool dtx)
{
	struct send_stream_config config = {
		.profile = PROFILE_VOICE,
		.n_channels = 1,
		.frame_samples = 960,
		.budget_bps = 64000,
		.redundancy = { .n_copies = n_copies, .distances = { 1, 2, 3, 4 } },
		.dtx = dtx,
	};
	struct io_error error;
	struct sound_file *file = sound_file_open(path, 1, &error);
	struct stream stream = { .seconds = seconds };
	const size_t n_frames = (size_t)(seconds * 50);
	void *const memory = allocate(send_stream_bytes(&config));
	struct send_stream *sender;
	float samples[960];
	int limit;

	if (!file)
		fail(error.text);
	stream.sent = allocate(n_frames * sizeof *stream.sent);
	redundancy_share(&config.redundancy, 960, config.budget_bps, 0, &limit);
	if (send_stream_init(&sender, memory, &config) != STATUS_OK)
		fail("no encoder");
	for (size_t i = 0; i < n_frames; i++) {
		size_t n = sound_file_read(file, samples, 960);
		if (n < 960) { /* from the beginning again */
			sound_file_close(file);
			file = sound_file_open(path, 1, &error);
			if (!file)
				fail(error.text);
			memset(samples + n, 0, (960 - n) * sizeof *samples);
		}
		if (dtx && i / 50 % 4 == 3) /* a second of silence in four */
			memset(samples, 0, sizeof samples);
		send_stream_push_pcm(sender, samples, 960, 0);
		struct sent *const s = &stream.sent[stream.n_sent];
		s->at_us = (int64_t)(i + 1) * 20 * US_PER_MS;
		s->n_bytes = send_stream_next_datagram(sender, s->bytes, s->at_us);
		stream.n_sent += s->n_bytes > 0;
	}
	sound_file_close(file);
	free(memory);
	return stream;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct run {
	const struct bench_channel *channel;
	struct link *link;
	struct recv_stream *receiver;
	double *delays_ms;
	size_t n_delays;
};

/* What came in time through a stall waits for its end. */
static int64_t arrival_us(const struct bench_channel *c, int64_t departure_us)
{
	if (c->stall_period_s <= 0)
		return departure_us;
	const int64_t period_us = (int64_t)(c->stall_period_s * US_PER_SECOND);
	const int64_t into_us = departure_us % period_us;
	return into_us < 80 * US_PER_MS ? departure_us - into_us + 80 * US_PER_MS : departure_us;
}

static void pull(struct run *r, int64_t now_us, int64_t learn_until_us)
{
	float pcm[BLOCK_SAMPLES * RECV_CHANNELS];
	struct playout_record record;

	recv_stream_pull(r->receiver, pcm, BLOCK_SAMPLES, now_us);
	while (recv_stream_next_record(r->receiver, &record))
		if (record.means < PLAYOUT_CONCEALED && r->n_delays < DELAYS_MAX &&
			record.handed_us >= learn_until_us)
			r->delays_ms[r->n_delays++] = (double)record.playout_delay_us / US_PER_MS;
}

static void set_spec(struct run *r, const char *text)
{
	struct channel_spec spec;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];

	if (channel_spec_parse(&spec, text, message, sizeof message) != STATUS_OK)
		fail(message);
	link_set_spec(r->link, &spec);
}

static void drive(struct run *r, const struct stream *stream)
{
	const struct bench_channel *const c = r->channel;
	const int64_t end_us = (int64_t)(stream->seconds * US_PER_SECOND);
	const double period_us = 1e6 * BLOCK_SAMPLES / SAMPLES_PER_SECOND * (1 - c->skew_ppm / 1e6);
	size_t at = 0;
	int64_t n_pulls = 0;
	int phase = 0;

	for (;;) {
		const int64_t pull_us = 3700 + (int64_t)((double)n_pulls * period_us);
		const int64_t send_us = at < stream->n_sent ? stream->sent[at].at_us : INT64_MAX;
		const int64_t next_us = link_next_departure_us(r->link);
		const int64_t come_us = next_us == INT64_MAX ? next_us : arrival_us(c, next_us);
		struct link_delivery d;
		struct channel_fate fate;
		if (pull_us > end_us)
			return;
		if (c->later_spec && phase == 0 && send_us >= 20 * US_PER_SECOND)
			set_spec(r, phase++ == 0 ? c->later_spec : c->spec);
		if (c->later_spec && phase == 1 && send_us >= 40 * US_PER_SECOND &&
			send_us != INT64_MAX) {
			set_spec(r, c->spec);
			phase = 2;
		}
		if (send_us <= come_us && send_us <= pull_us) {
			link_send(r->link, stream->sent[at].bytes, stream->sent[at].n_bytes,
				send_us, &fate);
			at++;
		} else if (come_us <= pull_us) {
			if (link_receive(r->link, &d, next_us))
				recv_stream_push(r->receiver, d.bytes, d.n_bytes, come_us);
		} else {
			pull(r, pull_us, 2 * US_PER_SECOND);
			n_pulls++;
		}
	}
}

/* fixed_us < 0: learned. */
static struct outcome listen(const struct bench_channel *c, const struct stream *stream,
	int64_t fixed_us, const struct playout_delay_tuning *tuning, uint64_t seed)
{
	const struct recv_stream_config config = {
		.delay = { .fixed_us = fixed_us, .max_us = 500 * US_PER_MS, .tuning = tuning },
	};
	struct channel_spec spec;
	char message[CHANNEL_SPEC_MESSAGE_BYTES];
	static struct link link;
	void *const link_memory = allocate(link_bytes(LIMIT + 1, PACKETIZER_DATAGRAM_BYTES_MAX));
	void *const receiver_memory = allocate(recv_stream_bytes());
	struct run r = {
		.channel = c, .link = &link, .delays_ms = allocate(DELAYS_MAX * sizeof(double))
	};
	struct outcome o = { 0 };
	struct recv_stats stats;

	if (channel_spec_parse(&spec, c->spec, message, sizeof message) != STATUS_OK)
		fail(message);
	if (link_init(&link, link_memory, LIMIT + 1, PACKETIZER_DATAGRAM_BYTES_MAX, &spec, seed) !=
			STATUS_OK ||
		recv_stream_init(&r.receiver, receiver_memory, &config) != STATUS_OK)
		fail("no receiver");
	drive(&r, stream);
	recv_stream_stats(r.receiver, &stats);
	o.n_played = recv_stats_frames_played(&stats) - stats.frames[PLAYOUT_SILENT];
	o.n_missing = stats.frames[PLAYOUT_CONCEALED];
	for (size_t i = 0; i < r.n_delays; i++)
		o.delay_mean_ms += r.delays_ms[i] / (double)r.n_delays;
	qsort(r.delays_ms, r.n_delays, sizeof *r.delays_ms, compare);
	o.delay_p95_ms = r.n_delays ? r.delays_ms[r.n_delays * 95 / 100] : 0;
	o.actions_per_min = (double)(stats.n_shortened + stats.n_lengthened) * 60 / stream->seconds;
	o.held_per_min_ms = (double)stats.held_samples / SAMPLES_PER_MS * 60 / stream->seconds;
	free(r.delays_ms);
	free(receiver_memory);
	free(link_memory);
	return o;
}

static double percent_missing(const struct outcome *o)
{
	return 100.0 * (double)o->n_missing / (double)o->n_played;
}

/* The fixed delay of least mean delay that misses no more. */
static struct outcome find_oracle(const struct bench_channel *c, const struct stream *stream,
	const struct outcome *learned, uint64_t seed, double *fixed_ms)
{
	struct outcome best = { 0 };

	*fixed_ms = NAN;
	for (double ms = 0; ms <= SWEEP_MS_MAX; ms += ms < 100 ? 2.5 : 10) {
		const struct outcome o = listen(c, stream, (int64_t)(ms * US_PER_MS), NULL, seed);
		if (o.n_missing > learned->n_missing)
			continue;
		best = o;
		*fixed_ms = ms;
		break;
	}
	return best;
}

/* ---- the choices of the rule ---- */

/* One line a choice: means over all channels, and over the seeds 1 to 3. */
static void compare_choices(const char *path, double seconds)
{
	static const struct {
		const char *name;
		double price_s, window_s, hysteresis_ms;
	} choices[] = {
		{ "as chosen", 5, 8, 2 },
		{ "price 1 s", 1, 8, 2 },
		{ "price 2 s", 2, 8, 2 },
		{ "price 10 s", 10, 8, 2 },
		{ "price 20 s", 20, 8, 2 },
		{ "price 1000 s (the slowest of the window)", 1000, 8, 2 },
		{ "window 2 s", 5, 2, 2 },
		{ "window 4 s", 5, 4, 2 },
		{ "no hysteresis", 5, 8, 0 },
		{ "hysteresis 5 ms", 5, 8, 5 },
	};
	struct stream streams[N_CHANNELS];

	for (int i = 0; i < N_CHANNELS; i++)
		streams[i] = encode(path, seconds, channels[i].n_copies, channels[i].dtx);
	printf("%-42s %9s %9s %9s %9s %12s\n", "", "missing", "delay", "p95", "actions",
		"held ms/min");
	for (size_t k = 0; k < sizeof choices / sizeof *choices; k++) {
		const struct playout_delay_tuning tuning = {
			.price_us = (int64_t)(choices[k].price_s * US_PER_SECOND),
			.window_us = (int64_t)(choices[k].window_s * US_PER_SECOND),
			.hysteresis_us = (int64_t)(choices[k].hysteresis_ms * US_PER_MS),
		};
		struct outcome sum = { 0 };
		double missing = 0;
		const double n_runs = 3 * N_CHANNELS;
		for (int i = 0; i < N_CHANNELS; i++)
			for (uint64_t seed = 1; seed <= 3; seed++) {
				const struct outcome o =
					listen(&channels[i], &streams[i], -1, &tuning, seed);
				missing += percent_missing(&o) / n_runs;
				sum.delay_mean_ms += o.delay_mean_ms / n_runs;
				sum.delay_p95_ms += o.delay_p95_ms / n_runs;
				sum.actions_per_min += o.actions_per_min / n_runs;
				sum.held_per_min_ms += o.held_per_min_ms / n_runs;
			}
		printf("%-42s %7.3f %% %6.1f ms %6.1f ms %9.1f %12.0f\n", choices[k].name, missing,
			sum.delay_mean_ms, sum.delay_p95_ms, sum.actions_per_min,
			sum.held_per_min_ms);
		fflush(stdout);
	}
	for (int i = 0; i < N_CHANNELS; i++)
		free(streams[i].sent);
}

int main(int argc, char *argv[])
{
	const double seconds = argc > 2 ? atof(argv[2]) : SECONDS_DEFAULT;

	if (argc < 2)
		fail("usage: receiver-bench SPEECH.wav [SECONDS [CHANNEL-NAME]]");
	if (argc > 3 && strcmp(argv[3], "choices") == 0) {
		compare_choices(argv[1], seconds);
		return 0;
	}
	printf("%-18s | %-38s | %-26s | %s\n", "", "auto: missing  delay  p95  actions  held",
		"oracle: missing  delay  -d", "auto / oracle");
	for (int i = 0; i < N_CHANNELS; i++) {
		const struct bench_channel *const c = &channels[i];
		if (argc > 3 && !strstr(c->name, argv[3]))
			continue;
		struct stream stream = encode(argv[1], seconds, c->n_copies, c->dtx);
		double fixed_ms;
		const struct outcome learned = listen(c, &stream, -1, NULL, 1);
		const struct outcome oracle = find_oracle(c, &stream, &learned, 1, &fixed_ms);
		printf("%-18s | %12.2f %% %6.1f %5.1f %6.1f %7.0f | %9.2f %% %6.1f %5.1f | %.2f\n",
			c->name, percent_missing(&learned), learned.delay_mean_ms,
			learned.delay_p95_ms, learned.actions_per_min, learned.held_per_min_ms,
			percent_missing(&oracle), oracle.delay_mean_ms, fixed_ms,
			learned.delay_mean_ms / oracle.delay_mean_ms);
		fflush(stdout);
		free(stream.sent);
	}
	return 0;
}
