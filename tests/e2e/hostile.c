/* hostile FROM_PORT TO_PORT N_RANDOM N_MUTATED SECONDS: passes a stream on to a receiver on this
 * machine and sends rubbish between its packets: random bytes, and packets of the stream itself
 * that were damaged after the whole ones had gone ahead.
 *
 * Damage is a flipped bit, an overwritten run, a cut, or something appended: what a faulty line or
 * a careless program does. A forger who writes sequence number and timestamp as they will be
 * next cannot be told from the sender without authentication, and is not asked for here.
 *
 * Spread evenly over SECONDS from the first packet on, in small bursts: the kernel's buffer is not
 * what is tested. Ends when all is sent and nothing has come for a second. */
#include "common/io/monotonic.h"
#include "common/io/udp.h"
#include "common/base/units.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DATAGRAM_MAX = 1500, MODELS = 8, BURST_MAX = 64 };

struct datagram {
	uint8_t bytes[DATAGRAM_MAX];
	size_t n_bytes;
};

struct attack {
	struct udp_socket from, to;
	struct dice dice;
	struct datagram models[MODELS]; /* the newest packets of the stream */
	int64_t n_passed;
	int64_t n_random, n_mutated; /* sent so far */
};

/* One in two begins as RTP with a payload type that is heard, to get past the first checks. */
static void make_random(struct attack *a, struct datagram *d)
{
	static const uint8_t payload_types[] = { 63, 111 };

	d->n_bytes = dice_below(&a->dice, DATAGRAM_MAX + 1);
	for (size_t i = 0; i < d->n_bytes; i++)
		d->bytes[i] = (uint8_t)dice_u32(&a->dice);
	if (dice_below(&a->dice, 2) && d->n_bytes >= 2) {
		d->bytes[0] = 0x80; /* RFC 3550, 5.1: version 2, no padding, extension or CSRC */
		d->bytes[1] = payload_types[dice_below(&a->dice, 2)];
	}
}

static void overwrite(struct attack *a, struct datagram *d, size_t begin, size_t n_bytes)
{
	for (size_t i = begin; i < begin + n_bytes && i < d->n_bytes; i++)
		d->bytes[i] = (uint8_t)dice_u32(&a->dice);
}

static void make_mutated(struct attack *a, struct datagram *d)
{
	const uint32_t n_models = a->n_passed < MODELS ? (uint32_t)a->n_passed : MODELS;

	*d = a->models[dice_below(&a->dice, n_models)];
	const size_t at = dice_below(&a->dice, (uint32_t)d->n_bytes);
	const size_t head = dice_below(&a->dice, 24); /* RTP header and RED's block headers */
	const size_t n = 1 + dice_below(&a->dice, 16);
	switch (dice_below(&a->dice, 5)) {
	case 0:
		d->bytes[at] ^= (uint8_t)(1U << dice_below(&a->dice, 8));
		break;
	case 1:
		overwrite(a, d, at, n);
		break;
	case 2:
		overwrite(a, d, head, n);
		break;
	case 3:
		d->n_bytes = at;
		break;
	default:
		d->n_bytes = d->n_bytes + n < DATAGRAM_MAX ? d->n_bytes + n : DATAGRAM_MAX;
		overwrite(a, d, d->n_bytes - n, n);
	}
}

/* Waits a millisecond for a packet of the stream. */
static bool pass_on(struct attack *a)
{
	struct datagram *const model = &a->models[a->n_passed % MODELS];
	struct udp_arrival arrival;

	if (udp_receive(&a->from, model->bytes, DATAGRAM_MAX, &arrival, US_PER_MS) != UDP_RECEIVED)
		return false;
	model->n_bytes = arrival.n_bytes;
	udp_send(&a->to, model->bytes, model->n_bytes, NULL);
	a->n_passed++;
	return true;
}

int main(int argc, char *argv[])
{
	static struct attack a = { .dice = { 20260102 } };
	struct datagram d;
	struct io_error error;

	if (argc != 6) {
		fputs("usage: hostile FROM_PORT TO_PORT N_RANDOM N_MUTATED SECONDS\n", stderr);
		return 2;
	}
	const int64_t n_random = atoll(argv[3]), n_mutated = atoll(argv[4]);
	const double length_us = atof(argv[5]) * US_PER_SECOND;
	if (!udp_open_receiver(&a.from, "127.0.0.1", (uint16_t)atoi(argv[1]), NULL, &error) ||
		!udp_open_sender(&a.to, "127.0.0.1", (uint16_t)atoi(argv[2]), NULL, UDP_TTL_DEFAULT,
			&error)) {
		fprintf(stderr, "hostile: %s\n", error.text);
		return 1;
	}
	int64_t begin_us = 0, heard_us = 0;
	const int64_t end_us = monotonic_now_us() + 600 * US_PER_SECOND;
	while (monotonic_now_us() < end_us &&
		(a.n_passed == 0 || a.n_random < n_random || a.n_mutated < n_mutated ||
			monotonic_now_us() < heard_us + US_PER_SECOND)) {
		if (pass_on(&a)) {
			heard_us = monotonic_now_us();
			begin_us = begin_us ? begin_us : heard_us;
		}
		const double share =
			begin_us ? (double)(monotonic_now_us() - begin_us) / length_us : 0;
		for (int i = 0; i < BURST_MAX; i += 2) {
			if (a.n_random < n_random &&
				(double)a.n_random < share * (double)n_random) {
				make_random(&a, &d);
				a.n_random += udp_send(&a.to, d.bytes, d.n_bytes, NULL);
			}
			if (a.n_mutated < n_mutated &&
				(double)a.n_mutated < share * (double)n_mutated) {
				make_mutated(&a, &d);
				a.n_mutated += udp_send(&a.to, d.bytes, d.n_bytes, NULL);
			}
		}
	}
	printf("passed %lld random %lld mutated %lld\n", (long long)a.n_passed,
		(long long)a.n_random, (long long)a.n_mutated);
	udp_close(&a.from);
	udp_close(&a.to);
	return 0;
}
