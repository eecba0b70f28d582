#include "common/rtp/rtcp_writer.h"
#include "common/base/bytes.h"
#include "common/rtp/rtcp_wire.h"

#include <assert.h>
#include <string.h>

struct rtcp_writer rtcp_writer_over(uint8_t *bytes, size_t n_bytes_max)
{
	return (struct rtcp_writer){ .begin = bytes, .n_bytes_max = n_bytes_max };
}

/* ---- a step: written into the remaining room, and then kept as a whole or not at all ---- */

static struct byte_writer begin_step(const struct rtcp_writer *w)
{
	struct byte_writer step =
		byte_writer_over(w->begin + w->n_bytes, w->n_bytes_max - w->n_bytes);

	step.failed = w->failed;
	return step;
}

static void end_step(struct rtcp_writer *w, const struct byte_writer *step)
{
	if (step->failed)
		w->failed = true;
	else
		w->n_bytes = w->n_bytes_max - step->n_left;
}

static void put_header(struct byte_writer *b, size_t count, uint8_t type, size_t n_body)
{
	assert(count <= 31 && n_body % RTCP_WORD_BYTES == 0);
	byte_writer_u8(b, (uint8_t)(RTCP_VERSION << 6 | (unsigned)count));
	byte_writer_u8(b, type);
	byte_writer_u16(b, (uint16_t)(n_body / RTCP_WORD_BYTES));
}

/* ---- packets ---- */

static void put_reports(struct byte_writer *b, const struct rtcp_report *reports, size_t n_reports)
{
	for (size_t i = 0; i < n_reports; i++) {
		const struct rtcp_report *const r = &reports[i];
		int32_t lost = r->packets_lost;
		if (lost > RTCP_PACKETS_LOST_MAX) /* RFC 3550, A.3: it stays at its limits */
			lost = RTCP_PACKETS_LOST_MAX;
		if (lost < RTCP_PACKETS_LOST_MIN)
			lost = RTCP_PACKETS_LOST_MIN;
		byte_writer_u32(b, r->ssrc);
		byte_writer_u32(b, (uint32_t)r->fraction_lost << 24 | ((uint32_t)lost & 0xFFFFFF));
		byte_writer_u32(b, r->highest_seq);
		byte_writer_u32(b, r->jitter_samples);
		byte_writer_u32(b, r->last_sr);
		byte_writer_u32(b, r->delay_since_sr);
	}
}

void rtcp_write_sr(struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_sender_info *info,
	const struct rtcp_report *reports, size_t n_reports)
{
	assert(n_reports <= RTCP_REPORTS_MAX);
	struct byte_writer b = begin_step(w);
	put_header(&b, n_reports, RTCP_TYPE_SR,
		RTCP_SSRC_BYTES + RTCP_SENDER_INFO_BYTES + n_reports * RTCP_REPORT_BYTES);
	byte_writer_u32(&b, ssrc);
	byte_writer_u64(&b, info->ntp);
	byte_writer_u32(&b, info->rtp_timestamp);
	byte_writer_u32(&b, info->n_packets);
	byte_writer_u32(&b, info->n_payload_bytes);
	put_reports(&b, reports, n_reports);
	end_step(w, &b);
}

void rtcp_write_rr(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_report *reports, size_t n_reports)
{
	assert(n_reports <= RTCP_REPORTS_MAX);
	struct byte_writer b = begin_step(w);
	put_header(&b, n_reports, RTCP_TYPE_RR, RTCP_SSRC_BYTES + n_reports * RTCP_REPORT_BYTES);
	byte_writer_u32(&b, ssrc);
	put_reports(&b, reports, n_reports);
	end_step(w, &b);
}

void rtcp_write_cname(struct rtcp_writer *w, uint32_t ssrc, const char *cname)
{
	static const uint8_t zeros[RTCP_WORD_BYTES] = { 0 };
	const size_t n_bytes = strlen(cname);
	const size_t n_item = RTCP_SDES_HEADER_BYTES + n_bytes;
	const size_t n_zeros = RTCP_WORD_BYTES - n_item % RTCP_WORD_BYTES; /* at least one: END */
	struct byte_writer b = begin_step(w);

	assert(n_bytes >= 1 && n_bytes <= RTCP_CNAME_BYTES_MAX);
	put_header(&b, 1, RTCP_TYPE_SDES, RTCP_SSRC_BYTES + n_item + n_zeros);
	byte_writer_u32(&b, ssrc);
	byte_writer_u8(&b, RTCP_SDES_CNAME);
	byte_writer_u8(&b, (uint8_t)n_bytes);
	byte_writer_put(&b, cname, n_bytes);
	byte_writer_put(&b, zeros, n_zeros);
	end_step(w, &b);
}

void rtcp_write_bye(struct rtcp_writer *w, uint32_t ssrc)
{
	struct byte_writer b = begin_step(w);

	put_header(&b, 1, RTCP_TYPE_BYE, RTCP_SSRC_BYTES);
	byte_writer_u32(&b, ssrc);
	end_step(w, &b);
}

void rtcp_write_sender_delay(
	struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_sender_delay *delay)
{
	struct byte_writer b = begin_step(w);

	put_header(&b, RTCP_APP_SENDER_DELAY, RTCP_TYPE_APP,
		RTCP_SSRC_BYTES + RTCP_APP_SENDER_DELAY_BYTES);
	byte_writer_u32(&b, ssrc);
	byte_writer_u32(&b, RTCP_APP_NAME);
	byte_writer_u32(&b, delay->capture_us);
	byte_writer_u32(&b, delay->framing_us);
	byte_writer_u32(&b, delay->lookahead_us);
	byte_writer_u32(&b, delay->queue_us);
	end_step(w, &b);
}

void rtcp_write_receiver(struct rtcp_writer *w, uint32_t ssrc, const struct rtcp_receiver *receiver)
{
	struct byte_writer b = begin_step(w);
	const bool is_neural = receiver->concealment == CONCEALMENT_NEURAL;

	put_header(&b, RTCP_APP_RECEIVER, RTCP_TYPE_APP, RTCP_SSRC_BYTES + RTCP_APP_RECEIVER_BYTES);
	byte_writer_u32(&b, ssrc);
	byte_writer_u32(&b, RTCP_APP_NAME);
	byte_writer_u32(
		&b, (uint32_t)is_neural << 24 | (receiver->has_transit ? RTCP_APP_HAS_TRANSIT : 0));
	byte_writer_u32(&b, receiver->has_transit ? receiver->transit_us : 0);
	end_step(w, &b);
}

/* ---- blocks of an XR packet ---- */

void rtcp_begin_xr(struct rtcp_writer *w, uint32_t ssrc)
{
	struct byte_writer b = begin_step(w);

	w->xr_at = w->n_bytes;
	put_header(&b, 0, RTCP_TYPE_XR, 0); /* rtcp_end_xr() knows the length */
	byte_writer_u32(&b, ssrc);
	end_step(w, &b);
}

void rtcp_end_xr(struct rtcp_writer *w)
{
	const size_t n_bytes = w->n_bytes - w->xr_at;

	if (n_bytes <= RTCP_HEADER_BYTES + RTCP_SSRC_BYTES) {
		w->n_bytes = w->xr_at;
		return;
	}
	struct byte_writer b = byte_writer_over(w->begin + w->xr_at, RTCP_HEADER_BYTES);
	put_header(&b, 0, RTCP_TYPE_XR, n_bytes - RTCP_HEADER_BYTES);
}

static void put_block_header(struct byte_writer *b, uint8_t type, size_t n_body)
{
	byte_writer_u8(b, type);
	byte_writer_u8(b, 0);
	byte_writer_u16(b, (uint16_t)(n_body / RTCP_WORD_BYTES));
}

static bool is_received(const struct rtcp_loss_map *map, size_t i)
{
	return map->received[i / 64] >> (i % 64) & 1;
}

/* The chunk for the packets from *index on; moves *index past them. The chunk that reaches farthest
 * is always the right one: starting farther on, the next chunk reaches at least as far. */
static uint16_t next_chunk(const struct rtcp_loss_map *map, size_t *index)
{
	const size_t first = *index;
	const bool received = is_received(map, first);
	size_t n_run = 1;

	while (first + n_run < map->n_packets && is_received(map, first + n_run) == received)
		n_run++;
	if (n_run >= RTCP_VECTOR_PACKETS || first + n_run == map->n_packets) {
		*index += n_run; /* a map is shorter than the longest run */
		return (uint16_t)((received ? RTCP_CHUNK_RUN_RECEIVED : 0) | n_run);
	}
	unsigned chunk = RTCP_CHUNK_IS_VECTOR;
	for (unsigned i = 0; i < RTCP_VECTOR_PACKETS && *index < map->n_packets; i++, ++*index)
		if (is_received(map, *index))
			chunk |= 0x4000U >> i;
	return (uint16_t)chunk;
}

void rtcp_write_loss_map(struct rtcp_writer *w, const struct rtcp_loss_map *map)
{
	size_t n_chunks = 0;

	assert(map->n_packets <= RTCP_LOSS_MAP_PACKETS_MAX);
	for (size_t i = 0; i < map->n_packets; n_chunks++)
		next_chunk(map, &i);
	if (n_chunks == 0)
		return;
	struct byte_writer b = begin_step(w);
	put_block_header(&b, RTCP_XR_LOSS_RLE, RTCP_LOSS_RLE_FIXED_BYTES + (n_chunks + 1) / 2 * 4);
	byte_writer_u32(&b, map->ssrc);
	byte_writer_u16(&b, map->begin_seq);
	byte_writer_u16(&b, (uint16_t)(map->begin_seq + map->n_packets));
	for (size_t i = 0; i < map->n_packets;)
		byte_writer_u16(&b, next_chunk(map, &i));
	if (n_chunks % 2 == 1)
		byte_writer_u16(&b, RTCP_CHUNK_NULL);
	end_step(w, &b);
}

void rtcp_write_voip_metrics(struct rtcp_writer *w, const struct rtcp_voip_metrics *m)
{
	struct byte_writer b = begin_step(w);

	put_block_header(&b, RTCP_XR_VOIP_METRICS, RTCP_VOIP_METRICS_BYTES);
	byte_writer_u32(&b, m->ssrc);
	byte_writer_u8(&b, m->loss_rate);
	byte_writer_u8(&b, m->discard_rate);
	byte_writer_u8(&b, m->burst_density);
	byte_writer_u8(&b, m->gap_density);
	byte_writer_u16(&b, m->burst_ms);
	byte_writer_u16(&b, m->gap_ms);
	byte_writer_u16(&b, m->round_trip_ms);
	byte_writer_u16(&b, m->end_system_ms);
	byte_writer_u8(&b, (uint8_t)m->signal_dbm);
	byte_writer_u8(&b, (uint8_t)m->noise_dbm);
	byte_writer_u8(&b, m->echo_return_db);
	byte_writer_u8(&b, m->gmin);
	byte_writer_u8(&b, m->r_factor);
	byte_writer_u8(&b, m->external_r_factor);
	byte_writer_u8(&b, m->mos_lq);
	byte_writer_u8(&b, m->mos_cq);
	byte_writer_u8(&b, m->rx_config);
	byte_writer_u8(&b, 0);
	byte_writer_u16(&b, m->jitter_buffer_ms);
	byte_writer_u16(&b, m->jitter_buffer_max_ms);
	byte_writer_u16(&b, m->jitter_buffer_abs_max_ms);
	end_step(w, &b);
}

void rtcp_write_reference_time(struct rtcp_writer *w, uint64_t ntp)
{
	struct byte_writer b = begin_step(w);

	put_block_header(&b, RTCP_XR_REFERENCE_TIME, RTCP_REFERENCE_TIME_BYTES);
	byte_writer_u64(&b, ntp);
	end_step(w, &b);
}

void rtcp_write_dlrr(struct rtcp_writer *w, const struct rtcp_dlrr *answers, size_t n_answers)
{
	struct byte_writer b = begin_step(w);

	if (n_answers == 0)
		return;
	put_block_header(&b, RTCP_XR_DLRR, n_answers * RTCP_DLRR_BYTES);
	for (size_t i = 0; i < n_answers; i++) {
		byte_writer_u32(&b, answers[i].ssrc);
		byte_writer_u32(&b, answers[i].last_rr);
		byte_writer_u32(&b, answers[i].delay_since_rr);
	}
	end_step(w, &b);
}
