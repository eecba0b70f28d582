/* Writes the seeds of the fuzz targets, from packets that send_stream made.
 * Usage: make_corpus FOLDER; FOLDER/fuzz_rtp, FOLDER/fuzz_red, FOLDER/fuzz_rtcp,
 * FOLDER/fuzz_recv_stream and FOLDER/fuzz_send_stream exist. */
#include "common/base/bytes.h"
#include "common/rtp/red.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"
#include "common/rtp/rtcp_writer.h"
#include "tests/unit/rehearsal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_FRAMES = 40, CALL_BYTES_MAX = 1 + CALL_FRAMES * 2 * (4 + 300) };

static void write_seed(const char *folder, const char *target, const char *name,
	const uint8_t *bytes, size_t n_bytes)
{
	char path[1000];
	snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
	FILE *const file = fopen(path, "wb");
	if (!file || fwrite(bytes, 1, n_bytes, file) != n_bytes || fclose(file) != 0) {
		fprintf(stderr, "%s: cannot be written\n", path);
		exit(1);
	}
}

/* The parts of RTP and RED that our own sender does not use. */
static void write_rare_packets(const char *folder)
{
	static const uint8_t everything[] = { 0xB2, 0xEF, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0,
		0, 3, 0, 0, 0, 4, 0xBE, 0xDE, 0, 1, 0x10, 0xFF, 0, 0, 0x08, 0x01, 0x02, 0, 0, 3 };
	static const uint8_t report[] = { 0x80, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t rfc_example[] = { 0x87, 0x02, 0x80, 0x0E, 0x05, 1, 2, 3, 4, 5, 6, 7, 8,
		9, 10, 11, 12, 13, 14, 21, 22, 23 };
	static const uint8_t empty_blocks[] = { 0xEF, 0x0F, 0x00, 0x00, 0xFF, 0xFF, 0xFC, 0x00,
		0x6F };
	write_seed(folder, "fuzz_rtp", "csrc_extension_padding", everything, sizeof everything);
	write_seed(folder, "fuzz_rtp", "sender_report", report, sizeof report);
	write_seed(folder, "fuzz_red", "rfc2198_example", rfc_example, sizeof rfc_example);
	write_seed(folder, "fuzz_red", "empty_blocks", empty_blocks, sizeof empty_blocks);
}

/* What either side says, and what only others do. */
static void write_reports(const char *folder)
{
	static const uint8_t foreign[] = { 0x80, 201, 0, 2, 0, 0, 0, 9, 1, 2, 3, 4, 0x82, 202, 0, 5,
		0, 0, 0, 9, 1, 1, 'a', 2, 1, 'N', 0, 0, 0, 0, 0, 8, 1, 1, 'b', 0, 0x81, 204, 0, 2,
		0, 0, 0, 9, 'a', 'b', 'c', 'd', 0x81, 205, 0, 3, 0, 0, 0, 9, 0, 0, 0, 8, 1, 2, 3, 4,
		0x80, 207, 0, 7, 0, 0, 0, 9, 1, 2, 0, 3, 0, 0, 0, 7, 0, 5, 0, 9, 0x40, 4, 0, 0, 6,
		0, 0, 1, 0, 0, 0, 7, 0xA2, 203, 0, 4, 0, 0, 0, 9, 0, 0, 0, 8, 3, 'b', 'y', 'e', 0,
		0, 0, 4 };
	static const struct rtcp_sender_info info = { UINT64_C(0xE001020304050607), 48000, 50,
		6000 };
	static const struct rtcp_report report = { 9, 64, -2, 0x2000A, 96, 0x02030405, 0x18000 };
	static const struct rtcp_sender_delay delay = { 3000, 20000, 6500, 2000 };
	static const struct rtcp_dlrr answer = { 8, 0x02030405, 0x18000 };
	static const struct rtcp_receiver receiver = { CONCEALMENT_NEURAL, true, 0xFFFFFF00 };
	static const struct rtcp_voip_metrics metrics = { .ssrc = 9,
		.loss_rate = 13,
		.gmin = 16,
		.signal_dbm = -30,
		.r_factor = 90,
		.mos_lq = 42,
		.jitter_buffer_ms = 60 };
	struct rtcp_loss_map map = { .ssrc = 9, .begin_seq = 65500, .n_packets = 200 };
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);

	write_seed(folder, "fuzz_rtcp", "foreign", foreign, sizeof foreign);
	rtcp_write_sr(&w, 9, &info, &report, 1);
	rtcp_write_cname(&w, 9, "someone@somewhere");
	rtcp_write_sender_delay(&w, 9, &delay);
	rtcp_begin_xr(&w, 9);
	rtcp_write_dlrr(&w, &answer, 1);
	rtcp_end_xr(&w);
	write_seed(folder, "fuzz_rtcp", "sender", bytes, w.n_bytes);

	for (int i = 0; i < 4; i++)
		map.received[i] = i == 1 ? UINT64_C(0xA5A5F00FFFFF0001) : ~UINT64_C(0);
	w = rtcp_writer_over(bytes, sizeof bytes);
	rtcp_write_rr(&w, 8, &report, 1);
	rtcp_write_cname(&w, 8, "listener");
	rtcp_write_receiver(&w, 8, &receiver);
	rtcp_begin_xr(&w, 8);
	rtcp_write_reference_time(&w, info.ntp);
	rtcp_write_loss_map(&w, &map);
	rtcp_write_voip_metrics(&w, &metrics);
	rtcp_end_xr(&w);
	rtcp_write_bye(&w, 8);
	write_seed(folder, "fuzz_rtcp", "receiver", bytes, w.n_bytes);
}

struct call {
	const char *name;
	enum profile profile;
	int n_channels, frame_samples, n_copies, budget_bps;
	bool dtx;
	int lost_every;	     /* 0: none */
	int duplicate_every; /* 0: none */
	int restart_at;	     /* from this frame on another SSRC, after a second; 0: never */
	uint8_t delay;	     /* fuzz_recv_stream's choice */
};

/* Before each datagram one block of the frame's length is pulled. */
static uint8_t block_choice(int frame_samples)
{
	return frame_samples == 120 ? 3 : frame_samples == 480 ? 4 : frame_samples == 960 ? 5 : 6;
}

static void write_step(struct byte_writer *w, uint8_t flags, int64_t us,
	const struct sent_datagram *d, bool arrives)
{
	byte_writer_u8(w, flags);
	byte_writer_u8(w, (uint8_t)(us / 250));
	byte_writer_u16(w, (uint16_t)(arrives ? d->n_bytes : 0));
	byte_writer_put(w, d->bytes, arrives ? d->n_bytes : 0);
}

static void write_call(const char *folder, const struct call *call)
{
	struct send_stream_config config = {
		.profile = call->profile,
		.n_channels = call->n_channels,
		.frame_samples = call->frame_samples,
		.budget_bps = call->budget_bps,
		.redundancy = { .n_copies = call->n_copies, .distances = { 1, 2, 3, 4 } },
		.dtx = call->dtx,
		.rtp = { 0x01020304, 65520, 0xFFFFC000 },
	};
	static uint8_t bytes[CALL_BYTES_MAX];
	struct byte_writer w = byte_writer_over(bytes, sizeof bytes);
	const int64_t frame_us = us_from_samples(call->frame_samples);
	const uint8_t block = block_choice(call->frame_samples);
	int limit;

	if (redundancy_share(&config.redundancy, call->frame_samples, call->budget_bps, 0,
		    &limit) != REDUNDANCY_OK)
		exit(1);
	struct sent_stream sent = sent_stream_make(&config, CALL_FRAMES, 0, 0);
	byte_writer_u8(&w, call->delay);
	for (int i = 0; i < CALL_FRAMES; i++) {
		struct sent_datagram *const d = &sent.datagrams[i];
		const bool lost = call->lost_every > 0 && i % call->lost_every == 2;
		if (call->restart_at > 0 && i >= call->restart_at && d->n_bytes > 0)
			datagram_set_ssrc(d->bytes, 0x0A0B0C0D);
		if (i == call->restart_at && i > 0)
			write_step(&w, 0x80, 4 * 250, d, false); /* a second */
		write_step(&w, block, frame_us, d, !lost);
		if (call->duplicate_every > 0 && i % call->duplicate_every == 0)
			write_step(&w, 0, 0, d, true);
	}
	if (w.failed)
		exit(1);
	write_seed(folder, "fuzz_recv_stream", call->name, bytes, sizeof bytes - w.n_left);

	const struct sent_datagram *const last = &sent.datagrams[CALL_FRAMES - 1];
	write_seed(folder, "fuzz_rtp", call->name, last->bytes, last->n_bytes);
	if (strcmp(call->name, "voice") == 0) /* a stream's first packet has an extension */
		write_seed(folder, "fuzz_rtp", "capture_time", sent.datagrams[0].bytes,
			sent.datagrams[0].n_bytes);
	if (call->n_copies > 0)
		write_seed(folder, "fuzz_red", call->name, last->bytes + RTP_HEADER_BYTES,
			last->n_bytes - RTP_HEADER_BYTES);
	sent_stream_end(&sent);
}

static void write_datagram_step(
	struct byte_writer *w, uint8_t flags, const uint8_t *bytes, size_t n_bytes)
{
	byte_writer_u8(w, flags);
	byte_writer_u8(w, 0);
	byte_writer_u16(w, (uint16_t)n_bytes);
	byte_writer_put(w, bytes, n_bytes);
}

/* A sender that is reported to: by whoever sends maps, whoever does not, and whoever lies. Of each
 * hundred packets the first ones are lost. */
static void write_feedback(const char *folder, const char *name, int lost_percent, bool has_maps,
	bool says_bye, uint8_t frame_choice)
{
	static uint8_t bytes[CALL_BYTES_MAX];
	struct byte_writer w = byte_writer_over(bytes, sizeof bytes);

	byte_writer_u8(&w, frame_choice);
	for (int k = 1; k <= 7; k++) {
		uint8_t datagram[RTCP_DATAGRAM_BYTES_MAX];
		struct rtcp_writer d = rtcp_writer_over(datagram, sizeof datagram);
		const uint16_t end = (uint16_t)(65500 + k * 50);
		const struct rtcp_report report = { .ssrc = 9,
			.fraction_lost = (uint8_t)(lost_percent * 255 / 100),
			.highest_seq = (uint32_t)(65500 + k * 50 - 1),
			.jitter_samples = 96,
			.last_sr = 0x8000,
			.delay_since_sr = 0x1000 };
		struct rtcp_loss_map map = {
			.ssrc = 9, .begin_seq = (uint16_t)(end - 50), .n_packets = 50
		};
		for (int i = 0; i < 50; i++)
			if (i * 2 >= lost_percent)
				map.received[0] |= UINT64_C(1) << i;
		rtcp_write_rr(&d, 8, &report, 1);
		rtcp_write_cname(&d, 8, "listener");
		rtcp_write_receiver(&d, 8,
			&(struct rtcp_receiver){
				.has_transit = has_maps,
				.transit_us = (uint32_t)k * 200000,
			});
		rtcp_begin_xr(&d, 8);
		rtcp_write_reference_time(&d, UINT64_C(0xE001020304050607));
		rtcp_write_voip_metrics(&d,
			&(struct rtcp_voip_metrics){ .ssrc = 9, .jitter_buffer_abs_max_ms = 200 });
		if (has_maps)
			rtcp_write_loss_map(&d, &map);
		rtcp_end_xr(&d);
		if (says_bye && k == 5)
			rtcp_write_bye(&d, 8);
		write_datagram_step(&w, 50, datagram, d.n_bytes);
	}
	if (w.failed)
		exit(1);
	write_seed(folder, "fuzz_send_stream", name, bytes, sizeof bytes - w.n_left);
}

/* A receiver that hears reports between the packets, a claim to its own name, and a goodbye. */
static void write_call_with_reports(const char *folder)
{
	const struct send_stream_config config = rehearsal_config(0, 16000);
	struct sent_stream sent = sent_stream_make(&config, CALL_FRAMES, 0, 0);
	static uint8_t bytes[CALL_BYTES_MAX];
	struct byte_writer w = byte_writer_over(bytes, sizeof bytes);
	const uint32_t ssrc = config.rtp.ssrc;

	byte_writer_u8(&w, 0);
	for (int i = 0; i < CALL_FRAMES; i++) {
		uint8_t datagram[200];
		struct rtcp_writer d = rtcp_writer_over(datagram, sizeof datagram);
		const struct rtcp_sender_info info = { (uint64_t)i << 32, 0, 50, 6000 };
		const struct rtcp_dlrr answer = { 8, (uint32_t)i << 12, 0x100 };
		write_step(&w, 0x05, 20 * US_PER_MS, &sent.datagrams[i], i % 7 != 3);
		if (i % 10 != 9)
			continue;
		rtcp_write_sr(&d, ssrc, &info, NULL, 0);
		rtcp_write_cname(&d, i == 19 ? 8 : ssrc, "speaker");
		rtcp_begin_xr(&d, ssrc);
		rtcp_write_dlrr(&d, &answer, 1);
		rtcp_end_xr(&d);
		if (i == 29)
			rtcp_write_bye(&d, ssrc);
		write_datagram_step(&w, 0, datagram, d.n_bytes);
	}
	if (w.failed)
		exit(1);
	write_seed(folder, "fuzz_recv_stream", "voice_reports", bytes, sizeof bytes - w.n_left);
	sent_stream_end(&sent);
}

int main(int argc, char **argv)
{
	static const struct call calls[] = {
		{ "voice", PROFILE_VOICE, 1, 960, 0, 16000, false, 0, 0, 0, 0 },
		{ "voice_copies_loss", PROFILE_VOICE, 1, 960, 2, 32000, false, 5, 7, 0, 2 },
		{ "voice_dtx", PROFILE_VOICE, 1, 2880, 1, 20000, true, 9, 0, 0, 1 },
		{ "voice_restart", PROFILE_VOICE, 1, 960, 1, 24000, false, 0, 0, 15, 2 },
		{ "voice_10ms_stereo", PROFILE_VOICE, 2, 480, 1, 48000, false, 4, 0, 0, 3 },
		{ "music_stereo", PROFILE_MUSIC, 2, 960, 1, 48000, false, 6, 0, 0, 0 },
		{ "lowdelay_2_5ms", PROFILE_LOWDELAY, 1, 120, 4, 128000, false, 3, 5, 0, 1 },
	};
	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus FOLDER\n");
		return 2;
	}
	write_rare_packets(argv[1]);
	write_reports(argv[1]);
	write_call_with_reports(argv[1]);
	write_feedback(argv[1], "maps", 20, true, false, 0);
	write_feedback(argv[1], "fractions_10ms", 10, false, true, 1);
	write_feedback(argv[1], "clean_then_gone_5ms", 0, true, true, 3);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		write_call(argv[1], &calls[i]);
	return 0;
}
