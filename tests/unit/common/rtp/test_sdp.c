/* Session descriptions: ours line by line, other programs' as they write them, and what is refused,
 * with the line that is wrong. */
#include "common/rtp/sdp_reader.h"
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

static const struct sdp plain = { .address = "192.0.2.9", .port = 5004, .opus_type = 111 };

static struct sdp_details details_of_voice(void)
{
	return (struct sdp_details){
		.origin = "192.0.2.1",
		.session_id = 4004000000,
		.tool = "hindsight 0.1.0",
		.ttl = 3,
		.n_channels = 1,
		.frame_samples = 960,
		.payload_bps = 48000,
	};
}

static void a_plain_stream_is_written_line_by_line(void **state)
{
	/* 48 kbit/s and 50 headers of 40 bytes a second: 64 kbit/s. */
	static const char expected[] = "v=0\r\n"
				       "o=- 4004000000 4004000000 IN IP4 192.0.2.1\r\n"
				       "s=Hindsight\r\n"
				       "c=IN IP4 192.0.2.9\r\n"
				       "t=0 0\r\n"
				       "a=tool:hindsight 0.1.0\r\n"
				       "m=audio 5004 RTP/AVPF 111\r\n"
				       "b=AS:64\r\n"
				       "a=rtpmap:111 opus/48000/2\r\n"
				       "a=fmtp:111 maxaveragebitrate=48000;sprop-stereo=0\r\n"
				       "a=ptime:20\r\n"
				       "a=maxptime:20\r\n"
				       "a=extmap:1 http://www.webrtc.org/experiments/rtp-hdrext/"
				       "abs-capture-time\r\n"
				       "a=recvonly\r\n"
				       "a=rtcp-mux\r\n"
				       "a=rtcp-rsize\r\n"
				       "a=rtcp-xr:pkt-loss-rle rcvr-rtt=all voip-metrics\r\n";
	const struct sdp_details details = details_of_voice();
	char text[1000];
	(void)state;
	assert_int_equal(sdp_write(text, sizeof text, &plain, &details), strlen(expected));
	assert_string_equal(text, expected);
	for (size_t size = 0; size <= strlen(expected); size++) {
		memset(text, 'x', sizeof text);
		assert_int_equal(sdp_write(text, size, &plain, &details), 0);
		assert_int_equal(text[0], size > 0 ? '\0' : 'x');
		assert_int_equal(text[size > 0 ? size : 1], 'x');
	}
}

/* The lines that depend on the stream: each row's must be there, whole and in order. */
static void each_stream_has_its_lines(void **state)
{
	struct sdp_details stereo = details_of_voice(), short_frames = details_of_voice();
	struct sdp_details dtx = details_of_voice(), ipv6 = details_of_voice();
	stereo.n_channels = 2;
	stereo.payload_bps = 510000;
	short_frames.frame_samples = 120;
	dtx.dtx = true;
	dtx.in_band_fec = true;
	ipv6.origin = "2001:db8::1";
	ipv6.origin_is_ipv6 = true;
	const struct {
		struct sdp session;
		struct sdp_details details;
		const char *lines[4];
	} rows[] = {
		{ { "192.0.2.9", false, 5004, 111, 63 }, details_of_voice(),
			{ "m=audio 5004 RTP/AVPF 111 63", "a=rtpmap:63 red/48000/2",
				"a=fmtp:63 111/111", "a=rtpmap:111 opus/48000/2" } },
		{ { "239.1.2.3", false, 65535, 111, 0 }, details_of_voice(),
			{ "c=IN IP4 239.1.2.3/3", "m=audio 65535 RTP/AVPF 111" } },
		{ { "ff15::1", true, 5004, 111, 0 }, ipv6,
			{ "o=- 4004000000 4004000000 IN IP6 2001:db8::1", "c=IN IP6 ff15::1",
				"b=AS:72" } },
		{ plain, stereo,
			{ "b=AS:526", "a=fmtp:111 maxaveragebitrate=510000;stereo=1;"
				      "sprop-stereo=1" } },
		{ plain, short_frames, { "b=AS:176", "a=ptime:3", "a=maxptime:3" } },
		{ plain, dtx,
			{ "a=fmtp:111 maxaveragebitrate=48000;sprop-stereo=0;"
			  "useinbandfec=1;usedtx=1" } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		char text[1000];
		assert_true(sdp_write(text, sizeof text, &rows[i].session, &rows[i].details) > 0);
		const char *at = text;
		for (size_t k = 0; k < N_ROWS(rows[i].lines) && rows[i].lines[k]; k++) {
			char line[200];
			snprintf(line, sizeof line, "\n%s\r\n", rows[i].lines[k]);
			at = strstr(at, line);
			if (!at)
				fail_msg("no line \"%s\" at its place in\n%s", rows[i].lines[k],
					text);
			at++;
		}
	}
}

#define HEAD "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n"
#define OPUS "a=rtpmap:111 opus/48000/2\n"

static void others_descriptions_are_read(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		struct sdp session;
	} rows[] = {
		{ "FFmpeg 5.1",
			"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=No Name\nc=IN IP4 239.1.2.3/4\nt=0 0\n"
			"a=tool:libavformat LIBAVFORMAT_VERSION\nm=audio 5990 RTP/AVP 97\nb=AS:96\n"
			"a=rtpmap:97 opus/48000/2\na=fmtp:97 sprop-stereo=1\n\n",
			{ "239.1.2.3", false, 5990, 97, 0 } },
		{ "FFmpeg's, as it prints it, and saved with a byte-order mark",
			"\xEF\xBB\xBFSDP:\r\nv=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\n"
			"c=IN IP4 127.0.0.1\r\nt=0 0\r\na=tool:libavformat 59.27.100\r\n"
			"m=audio 5990 RTP/AVP 97\r\nb=AS:96\r\na=rtpmap:97 opus/48000/2\r\n"
			"a=fmtp:97 sprop-stereo=1\r\n\r\n",
			{ "127.0.0.1", false, 5990, 97, 0 } },
		{ "blanks",
			"\n SDP: \n\n  v=0 \nc=IN  IP4\t192.0.2.9 \nm=audio  5004  RTP/AVP  111  "
			"63 "
			"\n a=rtpmap:111  opus / 48000/2 \na=rtpmap:63 red/48000/2\t\n"
			"a=fmtp:63  111/111 \n",
			{ "192.0.2.9", false, 5004, 111, 63 } },
		{ "GStreamer 1.22",
			"v=0\r\no=- 1188340656180883 1 IN IP4 127.0.0.1\r\n"
			"s=Session streamed with GStreamer\r\nc=IN IP4 239.255.12.42/16\r\nt=0 "
			"0\r\n"
			"m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 OPUS/48000/2\r\n"
			"a=fmtp:96 sprop-stereo=0;sprop-maxcapturerate=48000\r\n",
			{ "239.255.12.42", false, 5004, 96, 0 } },
		{ "payload types of their own",
			HEAD "m=audio 5004 RTP/AVP 100 96\na=rtpmap:96 opus/48000/2\n"
			     "a=rtpmap:100 RED/48000/2\na=fmtp:100 96/96/96\n",
			{ "192.0.2.9", false, 5004, 96, 100 } },
		{ "as a browser lists them",
			"v=0\r\no=- 42 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
			"m=audio 9 RTP/AVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\n"
			"a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
			"a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\n"
			"a=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\n"
			"a=rtpmap:110 telephone-event/48000\r\na=fmtp:110 0-15\r\n",
			{ "0.0.0.0", false, 9, 111, 63 } },
		{ "RED without fmtp",
			HEAD "m=audio 5004 RTP/AVP 111 99\na=rtpmap:99 red/48000\n" OPUS,
			{ "192.0.2.9", false, 5004, 111, 99 } },
		{ "RED of another type",
			HEAD
			"m=audio 5004 RTP/AVP 111 99\na=rtpmap:99 red/48000\na=fmtp:99 5/5\n" OPUS,
			{ "192.0.2.9", false, 5004, 111, 0 } },
		{ "RED that m= does not list",
			HEAD "m=audio 5004 RTP/AVP 111\na=rtpmap:99 red/48000\n" OPUS,
			{ "192.0.2.9", false, 5004, 111, 0 } },
		{ "the preferred of two",
			HEAD "m=audio 5004 RTP/AVP 112 111\n" OPUS "a=rtpmap:112 opus/48000/2\n",
			{ "192.0.2.9", false, 5004, 112, 0 } },
		{ "video and refused audio before it",
			HEAD "m=video 7000 RTP/AVP 111\na=rtpmap:111 H264/90000\n"
			     "m=audio 0 RTP/AVP 111\n" OPUS "m=audio 5008/2 RTP/AVP 111\n"
			     "c=IN IP6 ff15::1\n" OPUS "m=audio 5010 RTP/AVP 111\n" OPUS,
			{ "ff15::1", true, 5008, 111, 0 } },
		{ "encrypted before it",
			HEAD "m=audio 5004 RTP/SAVP 111\n" OPUS "m=audio 5006 RTP/AVP 111\n" OPUS,
			{ "192.0.2.9", false, 5006, 111, 0 } },
		{ "a name",
			"v=0\nc=IN IP4 host-1.example.org\nm=audio 5004 RTP/AVP 111\na=rtpmap:111 "
			"opus/48000",
			{ "host-1.example.org", false, 5004, 111, 0 } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct sdp session;
		char reason[SDP_REASON_BYTES];
		if (!sdp_read(&session, rows[i].text, strlen(rows[i].text), reason))
			fail_msg("\"%s\" was refused: %s", rows[i].name, reason);
		assert_string_equal(session.address, rows[i].session.address);
		assert_row_equal(rows[i].name, session.is_ipv6, rows[i].session.is_ipv6);
		assert_row_equal(rows[i].name, session.port, rows[i].session.port);
		assert_row_equal(rows[i].name, session.opus_type, rows[i].session.opus_type);
		assert_row_equal(rows[i].name, session.red_type, rows[i].session.red_type);
	}
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} rows[] = {
		{ "", "describes no audio stream with Opus" },
		{ HEAD, "describes no audio stream with Opus" },
		{ HEAD "m=audio 5004 RTP/AVP 0\n", "describes no audio stream with Opus" },
		{ HEAD "m=audio 5004 RTP/AVP 96\n" OPUS, "describes no audio stream with Opus" },
		{ "v=0\nSDP:\n", "line 2: must be a letter, = and a value" },
		{ "SDP:\nRIFF\n", "line 2: must be a letter, = and a value" },
		{ "RIFF\n", "line 1: must be a letter, = and a value" },
		{ "\n\nv=1\n", "line 3: must be v=0" },
		{ "o=- 1 1 IN IP4 127.0.0.1\n", "line 1: must be v=0" },
		{ "v=0\ns\n", "line 2: must be a letter, = and a value" },
		{ "v=0\ns=\x01\n", "line 2: is not text" },
		{ "v=0\nc=IN IP4\n", "line 2: must be c=IN IP4 ADDRESS or c=IN IP6 ADDRESS" },
		{ "v=0\nc=IN IP5 1\n", "line 2: must be c=IN IP4 ADDRESS or c=IN IP6 ADDRESS" },
		{ "v=0\nc=IN IP4 a%b\n", "line 2: must be c=IN IP4 ADDRESS or c=IN IP6 ADDRESS" },
		{ HEAD "m=audio 70000 RTP/AVP 111\n", "line 6: the port must be 1 to 65535" },
		{ HEAD "m=audio x RTP/AVP 111\n", "line 6: the port must be 1 to 65535" },
		{ HEAD "m=audio 99999999999999999999999 RTP/AVP 111\n",
			"line 6: the port must be 1 to 65535" },
		{ HEAD "m=audio 5004 RTP/AVP\n", "line 6: a payload type is missing" },
		{ HEAD "m=audio 5004 RTP/AVP 128\n", "line 6: a payload type must be 0 to 127" },
		{ HEAD "m=audio 5004 UDP/TLS/RTP/SAVPF 111\n" OPUS,
			"line 6: the profile must be RTP/AVP or RTP/AVPF" },
		{ HEAD "m=audio 5004 RTP/AVP 111\na=rtpmap:111\n",
			"line 7: must be a=rtpmap:TYPE NAME/CLOCK" },
		{ HEAD "m=audio 5004 RTP/AVP 111\na=fmtp:x y\n",
			"line 7: must be a=fmtp:TYPE PARAMETERS" },
		{ HEAD "m=audio 5004 RTP/AVP 111\na=rtpmap:111 opus/8000\n",
			"line 7: the clock of Opus must be 48000" },
		{ HEAD "m=audio 5004 RTP/AVP 72\na=rtpmap:72 opus/48000/2\n",
			"line 7: the payload type must be 35 to 63 or 96 to 127" },
		{ "v=0\nm=audio 5004 RTP/AVP 111\n" OPUS, "line 2: no c= line with the address" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct sdp session;
		char reason[SDP_REASON_BYTES] = "";
		if (sdp_read(&session, rows[i].text, strlen(rows[i].text), reason))
			fail_msg("\"%s\" was taken", rows[i].text);
		assert_string_equal(reason, rows[i].reason);
	}
}

static void a_long_text_is_refused_and_so_is_a_zero_in_it(void **state)
{
	static char text[SDP_BYTES_MAX + 1];
	char reason[SDP_REASON_BYTES];
	struct sdp session;
	(void)state;
	memset(text, '\n', sizeof text);
	memcpy(text, HEAD "m=audio 5004 RTP/AVP 111\n" OPUS,
		sizeof HEAD "m=audio 5004 RTP/AVP 111\n" OPUS - 1);
	assert_true(sdp_read(&session, text, SDP_BYTES_MAX, reason));
	assert_false(sdp_read(&session, text, SDP_BYTES_MAX + 1, reason));
	assert_string_equal(reason, "is too long for a session description");
	text[SDP_BYTES_MAX - 1] = '\0';
	assert_false(sdp_read(&session, text, SDP_BYTES_MAX, reason));
	assert_non_null(strstr(reason, ": is not text"));
}

static void groups_are_told_from_hosts(void **state)
{
	static const struct {
		const char *address;
		bool is_ipv6, is_group;
	} rows[] = {
		{ "224.0.0.1", false, true },
		{ "239.255.255.255", false, true },
		{ "223.0.0.1", false, false },
		{ "240.0.0.1", false, false },
		{ "23.9.0.1", false, false },
		{ "239.example.org", false, false },
		{ "ff02::1", true, true },
		{ "FF15::1", true, true },
		{ "fe80::1", true, false },
		{ "::1", true, false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		struct sdp session = { .is_ipv6 = rows[i].is_ipv6 };
		strcpy(session.address, rows[i].address);
		assert_row_equal(rows[i].address, sdp_is_multicast(&session), rows[i].is_group);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_stream_is_written_line_by_line),
		cmocka_unit_test(each_stream_has_its_lines),
		cmocka_unit_test(others_descriptions_are_read),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(a_long_text_is_refused_and_so_is_a_zero_in_it),
		cmocka_unit_test(groups_are_told_from_hosts),
	};
	return cmocka_run_group_tests_name("sdp", tests, NULL, NULL);
}
