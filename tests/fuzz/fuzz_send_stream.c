/* What comes back to a sender, through the library's face: steps of
 *
 *   | flags (1) | time since the step before, in units of 1/4 ms (1) | length (2) | datagram |
 *
 * flags: bits 0..5 how many frames are sent before the datagram comes, bit 6: the time step is a
 * thousand times longer. The first byte of all chooses the frame length. Whatever is reported, what
 * goes out is whole, and of no more bits than the budget. */
#include "sender/hindsight_send.h"

#include "common/base/bytes.h"
#include "common/rtp/red.h"
#include "common/base/units.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

enum { STEPS_MAX = 200, FRAMES_MAX = 400, BUDGET_BPS = 48000, SSRC = 9 };

struct call {
	struct hindsight_send *sender;
	int frame_samples;
	int64_t now_us;
	int64_t n_frames, n_packets, payload_bytes, n_reports;
	uint32_t ssrc; /* of the last packet */
	uint16_t next_seq;
};

static void check_packet(struct call *c, const uint8_t *datagram, size_t n_bytes)
{
	struct rtp_packet packet;
	struct red_payload red;

	REQUIRE(n_bytes <= PACKETIZER_DATAGRAM_BYTES_MAX);
	REQUIRE(rtp_parse(&packet, datagram, n_bytes) == STATUS_OK);
	REQUIRE(packet.payload_type == RTP_TYPE_OPUS || packet.payload_type == RTP_TYPE_RED);
	REQUIRE(packet.seq == c->next_seq);
	if (packet.payload_type == RTP_TYPE_RED)
		REQUIRE(red_parse(&red, packet.payload, packet.payload_bytes) == STATUS_OK);
	c->next_seq++;
	c->ssrc = packet.ssrc;
	c->n_packets++;
	c->payload_bytes += (int64_t)packet.payload_bytes;
}

static void check_report(const struct call *c, const uint8_t *datagram, size_t n_bytes)
{
	struct rtcp_reader reader;
	struct rtcp_item item;

	REQUIRE(n_bytes <= RTCP_DATAGRAM_BYTES_MAX);
	REQUIRE(rtcp_open(&reader, datagram, n_bytes) == STATUS_OK);
	REQUIRE(rtcp_next(&reader, &item) && item.kind == RTCP_MEMBER);
	while (rtcp_next(&reader, &item))
		REQUIRE(item.kind != RTCP_SENDER_INFO ||
			item.sender_info.n_packets <= (uint64_t)c->n_packets);
}

static void send_frame(struct call *c)
{
	static float pcm[FRAME_SAMPLES_MAX];
	uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX], report[HINDSIGHT_DATAGRAM_BYTES_MAX];

	for (int i = 0; i < c->frame_samples; i++)
		pcm[i] = (float)((i * 37 + c->n_frames * 11) % 200 - 100) / 400;
	hindsight_send_push(c->sender, pcm, (size_t)c->frame_samples, c->now_us);
	c->now_us += us_from_samples(c->frame_samples);
	c->n_frames++;
	const size_t n_bytes = hindsight_send_datagram(c->sender, datagram, c->now_us);
	if (n_bytes > 0)
		check_packet(c, datagram, n_bytes);
	const size_t report_bytes = hindsight_send_rtcp(c->sender, report, c->now_us);
	if (report_bytes > 0) {
		c->n_reports++;
		check_report(c, report, report_bytes);
	}
}

static void check_stats(const struct call *c, int64_t n_pushed)
{
	const double budget_bytes =
		BUDGET_BPS / 8.0 * c->frame_samples / SAMPLES_PER_SECOND * (double)c->n_frames;
	struct send_stats stats;

	send_stream_stats(send_stream_behind(c->sender), &stats);
	REQUIRE(stats.rtcp_received + stats.rtcp_rejected == n_pushed);
	REQUIRE(stats.rtcp_sent == c->n_reports);
	REQUIRE(stats.packets_sent == c->n_packets && stats.payload_bytes == c->payload_bytes);
	REQUIRE(stats.packets_sent + stats.frames_silent + stats.frames_withheld ==
		stats.frames_encoded);
	REQUIRE(stats.encode_failures == 0);
	REQUIRE(stats.n_receivers >= 0 && stats.n_receivers <= 64);
	REQUIRE(isnan(stats.reported_loss) ||
		(stats.reported_loss >= 0 && stats.reported_loss <= 1));
	REQUIRE(isnan(stats.rtt_ms) || (stats.rtt_ms >= 0 && stats.rtt_ms <= 10000));
	/* A new plan may owe some frames' bytes for a while. */
	REQUIRE((double)c->payload_bytes <= 1.03 * budget_bytes + 600);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static const int lengths[] = { 960, 480, 2880, 240 };
	struct byte_reader r = byte_reader_over(data, n_bytes);
	struct call c = { .frame_samples = lengths[byte_reader_u8(&r) % 4],
		.now_us = US_PER_SECOND,
		.next_seq = 65500 };
	struct hindsight_send_config config;
	int64_t n_pushed = 0;

	hindsight_send_defaults(&config, sizeof config);
	config.identity = (struct hindsight_identity){
		.ssrc = SSRC, .first_seq = 65500, .cname = "speaker", .seed = 1
	};
	config.profile = c.frame_samples == 240 ? HINDSIGHT_LOWDELAY : HINDSIGHT_VOICE;
	config.frame_samples = c.frame_samples;
	config.bitrate_bps = BUDGET_BPS;
	const size_t memory_bytes = hindsight_send_bytes(&config);
	void *const memory = malloc(memory_bytes);
	REQUIRE(memory &&
		hindsight_send_init(&c.sender, memory, memory_bytes, &config) == HINDSIGHT_OK);
	for (int step = 0; step < STEPS_MAX && c.n_frames < FRAMES_MAX; step++) {
		const uint8_t flags = byte_reader_u8(&r);
		const int64_t units = byte_reader_u8(&r);
		const size_t wanted_bytes = byte_reader_u16(&r);
		const size_t datagram_bytes = wanted_bytes < r.n_left ? wanted_bytes : r.n_left;
		const uint8_t *const datagram = byte_reader_take(&r, datagram_bytes);
		if (r.failed)
			break;
		c.now_us += units * 250 * (flags & 0x40 ? 1000 : 1);
		for (int i = 0; i < (flags & 0x3F); i++)
			send_frame(&c);
		hindsight_send_on_rtcp(c.sender, datagram, datagram_bytes, c.now_us);
		n_pushed++;
	}
	send_frame(&c);
	check_stats(&c, n_pushed);
	free(memory);
	return 0;
}
