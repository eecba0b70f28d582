/* Command lines of hindsight-send: what they ask for, and the one line that refuses them. */
#include "sender/app/options.h"

#include "common/io/udp.h"
#include "tests/unit/stderr_lines.h"
#include "tests/unit/unit.h"

#include <getopt.h>
#include <string.h>

enum { WORDS_MAX = 12 };

/* words: separated by blanks. */
static int parse(struct send_options *o, const char *words)
{
	static char text[300];
	char *argv[WORDS_MAX + 2] = { (char[]){ "hindsight-send" } };
	int argc = 1;

	assert_true(strlen(words) < sizeof text);
	strcpy(text, words);
	for (char *word = strtok(text, " "); word && argc <= WORDS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	optind = 0; /* glibc: from the beginning */
	cli_begin(argv);
	return send_options_parse(o, argc, argv);
}

static struct send_options parse_good(const char *words)
{
	struct stderr_lines said = stderr_lines_begin();
	struct send_options o;
	const int code = parse(&o, words);
	stderr_lines_end(&said);
	if (code != -1 || said.n_lines > 0)
		fail_msg("\"%s\": exit status %d, %s", words, code, said.text);
	return o;
}

static void streams_are_as_asked_for(void **state)
{
	static const struct {
		const char *words;
		enum profile profile;
		int n_channels, frame_samples, budget_bps, n_copies, far; /* distance of the last */
		bool adaptive, fec, dtx;
	} rows[] = {
		{ "h", PROFILE_VOICE, 1, 960, 48000, .adaptive = true },
		{ "-r off h", PROFILE_VOICE, 1, 960, .budget_bps = 48000 },
		{ "-r 2 h", PROFILE_VOICE, 1, 960, 48000, 2, .far = 2 },
		{ "-r 1,3 h", PROFILE_VOICE, 1, 960, 48000, 2, .far = 3 },
		{ "-r 3, h", PROFILE_VOICE, 1, 960, 48000, 1, .far = 3 },
		{ "-b 32.5 -f 2.5 -r off h", PROFILE_VOICE, 1, 120, .budget_bps = 32500 },
		{ "-f 60 -r off h", PROFILE_VOICE, 1, 2880, .budget_bps = 48000 },
		{ "--profile music -r off h", PROFILE_MUSIC, 2, 960, .budget_bps = 48000 },
		{ "--profile music -c 1 -r off h", PROFILE_MUSIC, 1, 960, .budget_bps = 48000 },
		{ "--profile lowdelay -r off h", PROFILE_LOWDELAY, 1, 960, .budget_bps = 48000 },
		{ "--fec on -r off h", PROFILE_VOICE, 1, 960, 48000, .fec = true },
		{ "--fec off -r off h", PROFILE_VOICE, 1, 960, .budget_bps = 48000 },
		{ "--dtx -r off h", PROFILE_VOICE, 1, 960, 48000, .dtx = true },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const char *const name = rows[i].words;
		const struct send_options o = parse_good(name);
		const struct redundancy *const r = &o.stream.redundancy;
		assert_row_equal(name, o.stream.profile, rows[i].profile);
		assert_row_equal(name, o.stream.n_channels, rows[i].n_channels);
		assert_row_equal(name, o.stream.frame_samples, rows[i].frame_samples);
		assert_row_equal(name, o.stream.budget_bps, rows[i].budget_bps);
		assert_row_equal(name, r->n_copies, rows[i].n_copies);
		if (rows[i].n_copies > 0)
			assert_row_equal(name, r->distances[r->n_copies - 1], rows[i].far);
		assert_row_equal(name, o.stream.adaptive, rows[i].adaptive);
		assert_row_equal(name, o.stream.fec, rows[i].fec);
		assert_row_equal(name, o.stream.dtx, rows[i].dtx);
		assert_row_equal(name, o.is_plain, strstr(name, "-r off") != NULL);
	}
}

static void rates_of_copies_are_theirs(void **state)
{
	const struct send_options each = parse_good("-b 64 -r 3 --copy-bitrate 16,12,8 h");
	const struct send_options all = parse_good("-b 64 -r 2 --copy-bitrate 14 h");
	(void)state;
	assert_int_equal(each.stream.redundancy.copy_bps[0], 16000);
	assert_int_equal(each.stream.redundancy.copy_bps[1], 12000);
	assert_int_equal(each.stream.redundancy.copy_bps[2], 8000);
	assert_int_equal(all.stream.redundancy.copy_bps[0], 14000);
	assert_int_equal(all.stream.redundancy.copy_bps[1], 14000);
}

static void the_rest_has_its_defaults(void **state)
{
	struct send_options o = parse_good("example.net");
	(void)state;
	assert_string_equal(o.input, "default");
	assert_string_equal(o.to.host, "example.net");
	assert_int_equal(o.to.port, 5004);
	assert_int_equal(o.ttl, UDP_TTL_DEFAULT);
	assert_true(o.device.buffer_ms == 10);
	assert_null(o.device.interface);
	assert_null(o.sdp_path);
	o = parse_good("-i a.wav --ttl 0 --buffer 2.5 --interface eth0 --sdp x.sdp [::1]:6000");
	assert_string_equal(o.input, "a.wav");
	assert_string_equal(o.to.host, "::1");
	assert_int_equal(o.to.port, 6000);
	assert_int_equal(o.ttl, 0);
	assert_true(o.device.buffer_ms == 2.5);
	assert_string_equal(o.device.interface, "eth0");
	assert_string_equal(o.sdp_path, "x.sdp");
	assert_true(parse_good("-l").device.lists_devices); /* and needs no host */
	for (int n = 48; n <= 9600; n++) { /* in samples, of which none is lost on the way */
		char text[40];
		snprintf(text, sizeof text, "--buffer %ds 192.0.2.1", n);
		assert_int_equal((int)(parse_good(text).device.buffer_ms * SAMPLES_PER_MS), n);
	}
}

/* One line that begins with the program and what is wrong. */
static void what_is_wrong_is_told_in_one_line(void **state)
{
	static const struct {
		const char *words, *begins;
	} rows[] = {
		{ "", "HOST[:PORT]: " },
		{ "a b", "HOST[:PORT] b: " },
		{ "h:0", "HOST[:PORT] h:0: " },
		{ "h:65536", "HOST[:PORT] h:65536: " },
		{ "-b 5 h", "--bitrate 5: " },
		{ "-b 511 h", "--bitrate 511: " },
		{ "-b x h", "--bitrate x: " },
		{ "-b 6 -r 4 h", "--bitrate 6: " },
		{ "-b 510 -f 60 -r off h", "--bitrate 510: " },
		{ "-f 15 h", "--frame 15: " },
		{ "-c 3 h", "--channels 3: " },
		{ "-c 1.5 h", "--channels 1.5: " },
		{ "--profile speech h", "--profile speech: " },
		{ "--fec maybe h", "--fec maybe: " },
		{ "--fec on h", "--fec on: " }, /* the planner decides that */
		{ "-r 0 h", "--redundancy 0: " },
		{ "-r 9 h", "--redundancy 9: " },
		{ "-r 3,1 h", "--redundancy 3,1: " },
		{ "-r 1,1 h", "--redundancy 1,1: " },
		{ "-r 1;2 h", "--redundancy 1;2: " },
		{ "-r 18, h", "--redundancy 18,: " }, /* 360 ms are more than 341 */
		{ "-r 2 --copy-bitrate 5 h", "--copy-bitrate 5: " },
		{ "-r 2 --copy-bitrate 8,8,8 h", "--copy-bitrate 8,8,8: " },
		{ "-r off --copy-bitrate 8 h", "--copy-bitrate 8: " },
		{ "--copy-bitrate 8 h", "--copy-bitrate 8: " },
		{ "--profile music -b 96 -r 2 --copy-bitrate 16,12 h", "--copy-bitrate 16,12: " },
		{ "--ttl 256 h", "--ttl 256: " },
		{ "--buffer 0.5 h", "--buffer 0.5: " },
		{ "--buffer 201 h", "--buffer 201: " },
		{ "--buffer 47s h", "--buffer 47: must be a whole number, 48 to 9600 samples" },
		{ "--buffer 9601s h", "--buffer 9601: " },
		{ "--buffer 2.5s h", "--buffer 2.5: " },
		{ "--buffer s h", "--buffer s: " },
		{ "--buffer 5ms h", "--buffer 5ms: " },
		{ "-t 0 h", "--duration 0: " },
		{ "--stats xml h", "--stats xml: " },
		{ "--no-such-option h", "" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		char begins[100];
		struct stderr_lines said = stderr_lines_begin();
		struct send_options o;
		const int code = parse(&o, rows[i].words);
		stderr_lines_end(&said);
		snprintf(begins, sizeof begins, "hindsight-send: %s", rows[i].begins);
		assert_row_equal(rows[i].words, code, EXIT_USAGE);
		if (said.n_lines != 1 || strncmp(said.text, begins, strlen(begins)) != 0)
			fail_msg("\"%s\": \"%s\" does not begin with \"%s\"", rows[i].words,
				said.text, begins);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_as_asked_for),
		cmocka_unit_test(rates_of_copies_are_theirs),
		cmocka_unit_test(the_rest_has_its_defaults),
		cmocka_unit_test(what_is_wrong_is_told_in_one_line),
	};
	return cmocka_run_group_tests_name("send options", tests, NULL, NULL);
}
