/* In which mode and band of Opus a stream is coded, by what it can afford. */
#include "sender/coding/coding.h"

#include "tests/unit/unit.h"

static void speech_is_voice_in_frames_of_10_ms_or_more(void **state)
{
	static const struct {
		const char *name;
		enum profile profile;
		int frame_samples;
		bool is_speech;
	} rows[] = {
		{ "voice, 20 ms", PROFILE_VOICE, 960, true },
		{ "voice, 10 ms", PROFILE_VOICE, 480, true },
		{ "voice, 5 ms", PROFILE_VOICE, 240, false },
		{ "music, 20 ms", PROFILE_MUSIC, 960, false },
		{ "low delay, 20 ms", PROFILE_LOWDELAY, 960, false },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].name,
			coding_is_speech(rows[i].profile, rows[i].frame_samples),
			rows[i].is_speech);
}

static void the_band_is_what_the_copies_afford(void **state)
{
	static const struct {
		const char *name;
		enum profile profile;
		int n_channels, frame_samples, copy_bps;
		struct coding coding;
	} rows[] = {
		{ "speech, lean", PROFILE_VOICE, 1, 960, 31999, { CODING_SILK, CODING_WIDEBAND } },
		{ "speech, rich", PROFILE_VOICE, 1, 960, 32000,
			{ CODING_HYBRID, CODING_FULLBAND } },
		{ "short voice", PROFILE_VOICE, 1, 240, 17999, { CODING_CELT, CODING_WIDEBAND } },
		{ "music, 18 kbit/s", PROFILE_MUSIC, 1, 960, 18000,
			{ CODING_CELT, CODING_SUPERWIDEBAND } },
		{ "music, less than 28", PROFILE_MUSIC, 1, 960, 27999,
			{ CODING_CELT, CODING_SUPERWIDEBAND } },
		{ "music, 28 kbit/s", PROFILE_MUSIC, 1, 960, 28000,
			{ CODING_CELT, CODING_FULLBAND } },
		{ "two channels cost half as much again", PROFILE_MUSIC, 2, 960, 41998,
			{ CODING_CELT, CODING_SUPERWIDEBAND } },
		{ "two channels, 42 kbit/s", PROFILE_MUSIC, 2, 960, 42000,
			{ CODING_CELT, CODING_FULLBAND } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct coding c = coding_for_copy(rows[i].profile, rows[i].n_channels,
			rows[i].frame_samples, rows[i].copy_bps);
		assert_row_equal(rows[i].name, c.mode, rows[i].coding.mode);
		assert_row_equal(rows[i].name, c.band, rows[i].coding.band);
	}
}

/* One for the whole stream, before it is known how many copies there will be. */
static void the_budget_decides_where_copies_come_and_go(void **state)
{
	static const struct {
		const char *name;
		enum profile profile;
		int budget_bps;
		struct coding coding;
	} rows[] = {
		{ "speech", PROFILE_VOICE, 99999, { CODING_SILK, CODING_WIDEBAND } },
		{ "speech, rich", PROFILE_VOICE, 100000, { CODING_HYBRID, CODING_FULLBAND } },
		{ "music at 64 kbit/s", PROFILE_MUSIC, 64000, { CODING_CELT, CODING_WIDEBAND } },
		{ "music at 90 kbit/s", PROFILE_MUSIC, 90000,
			{ CODING_CELT, CODING_SUPERWIDEBAND } },
		{ "music at 140 kbit/s", PROFILE_MUSIC, 140000, { CODING_CELT, CODING_FULLBAND } },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct coding c =
			coding_for_budget(rows[i].profile, 1, 960, rows[i].budget_bps);
		assert_row_equal(rows[i].name, c.mode, rows[i].coding.mode);
		assert_row_equal(rows[i].name, c.band, rows[i].coding.band);
	}
}

static void in_band_fec_needs_a_rate(void **state)
{
	static const struct {
		const char *name;
		struct coding coding;
		int frame_samples, least_bps;
	} rows[] = {
		{ "wideband", { CODING_SILK, CODING_WIDEBAND }, 960, 24000 },
		{ "full band", { CODING_HYBRID, CODING_FULLBAND }, 960, 32000 },
		{ "10 ms", { CODING_SILK, CODING_WIDEBAND }, 480, 28000 },
		{ "CELT has none", { CODING_CELT, CODING_FULLBAND }, 960, 0 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++)
		assert_row_equal(rows[i].name,
			coding_fec_bps_min(rows[i].coding, rows[i].frame_samples),
			rows[i].least_bps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speech_is_voice_in_frames_of_10_ms_or_more),
		cmocka_unit_test(the_band_is_what_the_copies_afford),
		cmocka_unit_test(the_budget_decides_where_copies_come_and_go),
		cmocka_unit_test(in_band_fec_needs_a_rate),
	};
	return cmocka_run_group_tests_name("coding", tests, NULL, NULL);
}
