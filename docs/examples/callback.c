/* A receiver that plays from an audio callback, as PortAudio, JACK, ALSA, CoreAudio and SDL have it.
 *
 *     NETWORK THREAD --(ring of datagrams)--> AUDIO CALLBACK owns the receiver --(ring)--> reports
 *
 * The receiver is used by the callback alone. Each ring has one writer and one reader, so that neither
 * thread ever waits for the other: no lock, no allocation, no system call in the callback. A full ring
 * drops. For reports back to the sender a second ring leads the other way.
 *
 * So that it runs anywhere, device and network are stand-ins here: a loop that calls the callback every
 * 10 ms, and a sender in the network thread whose every tenth datagram is lost.
 *
 *     cc callback.c $(pkg-config --cflags --libs libhindsight) -lm -pthread -o callback && ./callback */
#define _POSIX_C_SOURCE 200809L
#include <hindsight/recv.h>
#include <hindsight/send.h>

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RING_SLOTS = 64, BLOCK_SAMPLES = 480, BLOCK_US = 10000, SECONDS = 3, FRAME_SAMPLES = 960 };

/* ---- a ring of datagrams: one writer, one reader ---- */

struct datagram {
	int64_t arrival_us;
	size_t n_bytes;
	uint8_t bytes[HINDSIGHT_DATAGRAM_BYTES_MAX];
};

struct ring {
	struct datagram slots[RING_SLOTS];
	atomic_uint n_written, n_read; /* each written by one side alone */
};

/* False: it is full, and the datagram is dropped. */
static bool ring_push(struct ring *r, const uint8_t *bytes, size_t n_bytes, int64_t arrival_us)
{
	const unsigned n = atomic_load_explicit(&r->n_written, memory_order_relaxed);
	struct datagram *const d = &r->slots[n % RING_SLOTS];

	if (n - atomic_load_explicit(&r->n_read, memory_order_acquire) == RING_SLOTS ||
		n_bytes > sizeof d->bytes)
		return false;
	memcpy(d->bytes, bytes, n_bytes);
	d->n_bytes = n_bytes;
	d->arrival_us = arrival_us;
	atomic_store_explicit(&r->n_written, n + 1, memory_order_release);
	return true;
}

/* The oldest datagram, to be given back by ring_done(); NULL: there is none. */
static const struct datagram *ring_front(struct ring *r)
{
	const unsigned n = atomic_load_explicit(&r->n_read, memory_order_relaxed);

	return n == atomic_load_explicit(&r->n_written, memory_order_acquire)
		       ? NULL
		       : &r->slots[n % RING_SLOTS];
}

static void ring_done(struct ring *r)
{
	atomic_fetch_add_explicit(&r->n_read, 1, memory_order_release);
}

/* ---- the receiver ---- */

struct player {
	struct hindsight_recv *recv; /* the callback's */
	struct ring arrived, reports;
	atomic_bool should_stop;
};

static int64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What an audio API calls. latency_us: from now until the first sample is heard, as it tells. */
static void on_audio(struct player *p, float *output, size_t n_samples, int64_t latency_us)
{
	uint8_t report[HINDSIGHT_DATAGRAM_BYTES_MAX];
	const int64_t now_us = monotonic_us();
	const struct datagram *d;

	for (int i = 0; i < RING_SLOTS && (d = ring_front(&p->arrived)); i++) {
		hindsight_recv_push(p->recv, d->bytes, d->n_bytes, d->arrival_us);
		ring_done(&p->arrived);
	}
	hindsight_recv_set_device_latency(p->recv, latency_us);
	hindsight_recv_pull(p->recv, output, n_samples, now_us);
	const size_t n_bytes = hindsight_recv_rtcp(p->recv, report, now_us);
	if (n_bytes > 0)
		ring_push(&p->reports, report, n_bytes, now_us);
}

/* ---- the stand-ins ---- */

static void sleep_until(int64_t at_us)
{
	const struct timespec at = { (time_t)(at_us / 1000000), (long)(at_us % 1000000) * 1000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) != 0)
		;
}

/* In a real program: recvfrom(), the time of arrival, ring_push(); and sendto() of the reports. */
static void *network_thread(void *context)
{
	struct player *const p = context;
	struct hindsight_send_config config;
	struct hindsight_send *send;
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
	const struct datagram *report;
	int64_t at_us = monotonic_us();

	hindsight_send_defaults(&config, sizeof config);
	hindsight_identity_draw(&config.identity, (uint64_t)at_us);
	const size_t n_memory = hindsight_send_bytes(&config);
	void *const memory = malloc(n_memory);
	if (hindsight_send_init(&send, memory, n_memory, &config) != HINDSIGHT_OK)
		return NULL;
	for (int i = 0; !atomic_load(&p->should_stop); i++) {
		float tone[FRAME_SAMPLES];
		for (int k = 0; k < FRAME_SAMPLES; k++)
			tone[k] =
				0.25F * sinf(0.0575959F * (float)((i * FRAME_SAMPLES + k) % 1200));
		hindsight_send_push(send, tone, FRAME_SAMPLES, at_us);
		at_us += 2 * BLOCK_US;
		sleep_until(at_us);
		const size_t n_bytes = hindsight_send_datagram(send, datagram, monotonic_us());
		if (n_bytes > 0 && i % 10 != 5)
			ring_push(&p->arrived, datagram, n_bytes, monotonic_us());
		for (; (report = ring_front(&p->reports)); ring_done(&p->reports))
			hindsight_send_on_rtcp(
				send, report->bytes, report->n_bytes, monotonic_us());
	}
	free(memory);
	return NULL;
}

int main(void)
{
	static struct player player;
	struct hindsight_recv_config config;
	struct hindsight_recv_stats stats;
	float output[BLOCK_SAMPLES * HINDSIGHT_RECV_CHANNELS];
	double square_sum = 0;
	int64_t at_us = monotonic_us(), latest_us = 0;
	pthread_t thread;

	hindsight_recv_defaults(&config, sizeof config);
	hindsight_identity_draw(&config.identity, (uint64_t)at_us * 3);
	const size_t n_memory = hindsight_recv_bytes(&config);
	void *const memory = malloc(n_memory);
	if (hindsight_recv_init(&player.recv, memory, n_memory, &config) != HINDSIGHT_OK ||
		pthread_create(&thread, NULL, network_thread, &player) != 0)
		return 1;
	for (int i = 0; i < SECONDS * 100; i++) { /* the device */
		at_us += BLOCK_US;
		sleep_until(at_us);
		if (monotonic_us() - at_us > latest_us)
			latest_us = monotonic_us() - at_us;
		on_audio(&player, output, BLOCK_SAMPLES, BLOCK_US);
		for (int k = 0; i >= 100 && k < BLOCK_SAMPLES * HINDSIGHT_RECV_CHANNELS; k++)
			square_sum += (double)output[k] * output[k];
	}
	atomic_store(&player.should_stop, true);
	pthread_join(thread, NULL);
	hindsight_recv_read_stats(player.recv, &stats, sizeof stats);
	printf("level %.1f dBFS, %lld packets, %lld frames redundant, %lld concealed; "
	       "delay %.0f ms; the device was called %.1f ms late at worst\n",
		10 * log10(square_sum / ((SECONDS - 1) * 48000.0 * HINDSIGHT_RECV_CHANNELS)),
		(long long)stats.packets_received, (long long)stats.frames_redundant,
		(long long)stats.frames_concealed, stats.playout_delay_ms,
		(double)latest_us / 1000);
	free(memory);
	return 0;
}
