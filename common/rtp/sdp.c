#include "common/rtp/sdp.h"

#include "common/base/bytes.h"
#include "common/rtp/rtp.h"
#include "common/base/units.h"

#include <assert.h>
#include <string.h>

/* RFC 3551, 3: the unassigned payload types are 35 to 63 and 96 to 127; with RTCP on the same port,
 * 64 to 95 belong to RTCP (RFC 5761, 4). */
bool sdp_is_free_type(uint64_t type)
{
	return (type >= 35 && type <= 63) || (type >= 96 && type <= 127);
}

bool sdp_is_multicast(const struct sdp *session)
{
	const char *const text = session->address;
	int first = 0;

	if (session->is_ipv6)
		return (text[0] == 'f' || text[0] == 'F') && (text[1] == 'f' || text[1] == 'F');
	for (size_t i = 0; text[i]; i++)
		if (!sdp_is_digit(text[i]) && text[i] != '.')
			return false;
	for (size_t i = 0; i < 3 && sdp_is_digit(text[i]); i++)
		first = first * 10 + (text[i] - '0');
	return first >= 224 && first <= 239; /* RFC 5771, 3 */
}

static void put_text(struct byte_writer *w, const char *text)
{
	byte_writer_put(w, text, strlen(text));
}

static void put_number(struct byte_writer *w, uint64_t number)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[sizeof digits - ++n] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	byte_writer_put(w, digits + sizeof digits - n, n);
}

/* A line "BEFORE number AFTER". */
static void put_line(struct byte_writer *w, const char *before, uint64_t number, const char *after)
{
	put_text(w, before);
	put_number(w, number);
	put_text(w, after);
	put_text(w, "\r\n");
}

static void put_address(struct byte_writer *w, bool is_ipv6, const char *address)
{
	put_text(w, is_ipv6 ? "IN IP6 " : "IN IP4 ");
	put_text(w, address);
}

/* RFC 3550, 6.2: the session's bandwidth includes the headers of UDP and IP; b=AS is in kbit/s. */
static uint64_t bandwidth_kbps(const struct sdp *session, const struct sdp_details *details)
{
	const uint64_t header_bits = (session->is_ipv6 ? 40 + 8 + 12 : 20 + 8 + 12) * 8;
	const uint64_t n_samples = (uint64_t)details->frame_samples;
	const uint64_t header_bps = (header_bits * SAMPLES_PER_SECOND + n_samples - 1) / n_samples;

	return ((uint64_t)details->payload_bps + header_bps + 999) / 1000;
}

static void put_session(
	struct byte_writer *w, const struct sdp *session, const struct sdp_details *details)
{
	put_text(w, "v=0\r\no=- ");
	put_number(w, details->session_id);
	put_text(w, " ");
	put_number(w, details->session_id); /* the version: this one does not change */
	put_text(w, " ");
	put_address(w, details->origin_is_ipv6, details->origin);
	put_text(w, "\r\ns=Hindsight\r\nc=");
	put_address(w, session->is_ipv6, session->address);
	if (sdp_is_multicast(session) && !session->is_ipv6) { /* RFC 8866, 5.7 */
		put_text(w, "/");
		put_number(w, (uint64_t)details->ttl);
	}
	put_text(w, "\r\nt=0 0\r\na=tool:"); /* no beginning, no end */
	put_text(w, details->tool);
	put_text(w, "\r\n");
}

/* RFC 7587, 7: the parameters hold for the whole session. */
static void put_opus(
	struct byte_writer *w, const struct sdp *session, const struct sdp_details *details)
{
	put_line(w, "a=rtpmap:", session->opus_type, " opus/48000/2");
	put_text(w, "a=fmtp:");
	put_number(w, session->opus_type);
	put_text(w, " maxaveragebitrate=");
	put_number(w, (uint64_t)details->payload_bps);
	put_text(w, details->n_channels == 2 ? ";stereo=1;sprop-stereo=1" : ";sprop-stereo=0");
	put_text(w, details->in_band_fec ? ";useinbandfec=1" : "");
	put_text(w, details->dtx ? ";usedtx=1" : "");
	put_text(w, "\r\n");
}

static void put_red(struct byte_writer *w, const struct sdp *session)
{
	put_line(w, "a=rtpmap:", session->red_type, " red/48000/2");
	put_text(w, "a=fmtp:");
	put_number(w, session->red_type);
	put_text(w, " ");
	put_number(w, session->opus_type);
	put_line(w, "/", session->opus_type, "");
}

size_t sdp_write(
	char *text, size_t size, const struct sdp *session, const struct sdp_details *details)
{
	struct byte_writer w = byte_writer_over((uint8_t *)text, size);
	/* RFC 7587, 6.1: rounded up to the next whole number, 2.5 ms to 3. */
	const uint64_t packet_ms =
		(uint64_t)(details->frame_samples + SAMPLES_PER_MS - 1) / SAMPLES_PER_MS;

	assert(sdp_is_free_type(session->opus_type) && details->frame_samples > 0);
	put_session(&w, session, details);
	/* Opus is the first in m=, since FFmpeg and GStreamer look at the first type alone; yet its
	 * rtpmap is the last, since FFmpeg takes the last one for that of the first type. */
	put_text(&w, "m=audio ");
	put_number(&w, session->port);
	put_text(&w, " RTP/AVPF ");
	put_number(&w, session->opus_type);
	if (session->red_type)
		put_line(&w, " ", session->red_type, "");
	else
		put_text(&w, "\r\n");
	put_line(&w, "b=AS:", bandwidth_kbps(session, details), "");
	if (session->red_type)
		put_red(&w, session);
	put_opus(&w, session, details);
	put_line(&w, "a=ptime:", packet_ms, "");
	put_line(&w, "a=maxptime:", packet_ms, "");
	put_line(&w, "a=extmap:", RTP_CAPTURE_TIME_ID, " " RTP_CAPTURE_TIME_URI); /* RFC 8285, 5 */
	put_text(&w, "a=recvonly\r\n" /* the reader receives (RFC 8866, 6.7.1) */
		     "a=rtcp-mux\r\n"
		     "a=rtcp-rsize\r\n"					      /* RFC 5506, 5 */
		     "a=rtcp-xr:pkt-loss-rle rcvr-rtt=all voip-metrics\r\n"); /* RFC 3611, 5.1 */
	byte_writer_u8(&w, '\0');
	if (!w.failed)
		return size - w.n_left - 1;
	if (size > 0)
		text[0] = '\0';
	return 0;
}
