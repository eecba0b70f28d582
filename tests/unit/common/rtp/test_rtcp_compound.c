/* The contents of one datagram, and their order: a sender's, a receiver's, one of both, and
 * less. */
#include "common/rtp/rtcp_compound.h"

#include "common/rtp/rtcp_reader.h"
#include "tests/unit/unit.h"

#include <string.h>

enum { OWN = 0x11111111, LEFT = 0x22222222, OTHER = 0x33333333, KINDS_MAX = 12 };

/* Everything that both streams can report. */
static struct rtcp_compound everything(void)
{
	struct rtcp_compound c = {
		.ssrc = OWN,
		.cname = "us",
		.is_full = true,
		.has_sender_info = true,
		.sender_info = { .n_packets = 7 },
		.has_report = true,
		.report = { .ssrc = OTHER, .fraction_lost = 64 },
		.has_sender_delay = true,
		.has_receiver = true,
		.has_voip_metrics = true,
		.loss_map = { .ssrc = OTHER, .n_packets = 5 },
		.has_reference = true,
		.n_answers = 1,
	};
	return c;
}

static void parts_stand_in_their_order(void **state)
{
	static const struct {
		const char *name;
		bool sends, receives, is_full, has_left, says_bye;
		enum rtcp_item_kind kinds[KINDS_MAX];
		int n_kinds;
	} rows[] = {
		{ "a sender's", .sends = true, .is_full = true, .n_kinds = 5,
			.kinds = { RTCP_MEMBER, RTCP_SENDER_INFO, RTCP_CNAME, RTCP_SENDER_DELAY,
				RTCP_DLRR } },
		{ "a receiver's", .receives = true, .is_full = true, .n_kinds = 7,
			.kinds = { RTCP_MEMBER, RTCP_REPORT, RTCP_CNAME, RTCP_RECEIVER,
				RTCP_VOIP_METRICS, RTCP_LOSS_MAP, RTCP_REFERENCE_TIME } },
		{ "of both", .sends = true, .receives = true, .is_full = true, .n_kinds = 10,
			.kinds = { RTCP_MEMBER, RTCP_SENDER_INFO, RTCP_REPORT, RTCP_CNAME,
				RTCP_SENDER_DELAY, RTCP_RECEIVER, RTCP_VOIP_METRICS, RTCP_LOSS_MAP,
				RTCP_REFERENCE_TIME, RTCP_DLRR } },
		{ "of both, with another name before", .sends = true, .receives = true,
			.is_full = true, .has_left = true, .n_kinds = 11,
			.kinds = { RTCP_MEMBER, RTCP_SENDER_INFO, RTCP_REPORT, RTCP_CNAME, RTCP_BYE,
				RTCP_SENDER_DELAY, RTCP_RECEIVER, RTCP_VOIP_METRICS, RTCP_LOSS_MAP,
				RTCP_REFERENCE_TIME, RTCP_DLRR } },
		{ "in reduced size", .receives = true, .n_kinds = 3,
			.kinds = { RTCP_VOIP_METRICS, RTCP_LOSS_MAP, RTCP_REFERENCE_TIME } },
		{ "of nobody", .is_full = true },
		{ "of nobody, in reduced size", .n_kinds = 0 },
		{ "goodbye", .is_full = true, .says_bye = true, .has_left = true, .n_kinds = 4,
			.kinds = { RTCP_MEMBER, RTCP_CNAME, RTCP_BYE, RTCP_BYE } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
		struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
		struct rtcp_compound c = everything();
		struct rtcp_reader reader;
		struct rtcp_item item;
		int n = 0;
		c.is_full = rows[i].is_full;
		c.has_left = rows[i].has_left;
		c.left_ssrc = LEFT;
		c.says_bye = rows[i].says_bye;
		c.has_sender_info = c.has_sender_delay = rows[i].sends;
		c.has_report = c.has_receiver = c.has_voip_metrics = rows[i].receives;
		c.has_reference = rows[i].receives;
		c.loss_map.n_packets = rows[i].receives ? 5 : 0;
		c.n_answers = rows[i].sends ? 1 : 0;
		rtcp_compound_write(&c, &w);
		assert_row_equal(rows[i].name, w.n_bytes == 0, rows[i].n_kinds == 0);
		if (w.n_bytes == 0)
			continue;
		assert_int_equal(rtcp_open(&reader, bytes, w.n_bytes), STATUS_OK);
		while (rtcp_next(&reader, &item)) {
			const bool is_left = item.kind == RTCP_BYE && c.has_left &&
					     (!c.says_bye || n == rows[i].n_kinds - 2);
			assert_true(n < rows[i].n_kinds);
			assert_row_equal(rows[i].name, item.kind, rows[i].kinds[n++]);
			assert_row_equal(rows[i].name, item.from, is_left ? LEFT : OWN);
		}
		assert_row_equal(rows[i].name, n, rows[i].n_kinds);
	}
}

/* Every second packet of 2048 lost, the longest CNAME, and as many answers as possible. */
static void the_longest_fits(void **state)
{
	char cname[RTCP_CNAME_BYTES_MAX + 1];
	uint8_t bytes[RTCP_DATAGRAM_BYTES_MAX];
	struct rtcp_writer w = rtcp_writer_over(bytes, sizeof bytes);
	struct rtcp_compound c = everything();

	(void)state;
	memset(cname, 'x', sizeof cname);
	cname[RTCP_CNAME_BYTES_MAX] = '\0';
	c.cname = cname;
	c.has_left = true;
	c.loss_map.n_packets = RTCP_LOSS_MAP_PACKETS_MAX;
	memset(c.loss_map.received, 0x55, sizeof c.loss_map.received);
	c.n_answers = RTCP_ANSWERS_MAX;
	rtcp_compound_write(&c, &w);
	assert_false(w.failed);
	assert_in_range(w.n_bytes, 700, RTCP_DATAGRAM_BYTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_stand_in_their_order),
		cmocka_unit_test(the_longest_fits),
	};
	return cmocka_run_group_tests_name("rtcp_compound", tests, NULL, NULL);
}
