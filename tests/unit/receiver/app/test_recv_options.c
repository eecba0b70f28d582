/* Command lines of hindsight-recv: what they ask for, and the one line that refuses them. */
#include "receiver/app/options.h"

#include "common/base/units.h"
#include "tests/unit/stderr_lines.h"
#include "tests/unit/unit.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 12 };

/* words: separated by blanks. */
static int parse(struct recv_options *o, const char *words)
{
	static char text[300];
	char *argv[WORDS_MAX + 2] = { (char[]){ "hindsight-recv" } };
	int argc = 1;

	assert_true(strlen(words) < sizeof text);
	strcpy(text, words);
	for (char *word = strtok(text, " "); word && argc <= WORDS_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	optind = 0; /* glibc: from the beginning */
	cli_begin(argv);
	return recv_options_parse(o, argc, argv);
}

static struct recv_options parse_good(const char *words)
{
	struct stderr_lines said = stderr_lines_begin();
	struct recv_options o;
	const int code = parse(&o, words);
	stderr_lines_end(&said);
	if (code != -1 || said.n_lines > 0)
		fail_msg("\"%s\": exit status %d, %s", words, code, said.text);
	return o;
}

static void a_place_is_a_port_an_address_or_both(void **state)
{
	static const struct {
		const char *words, *host;
		int port;
	} rows[] = {
		{ "", "", 5004 },
		{ "6000", "", 6000 },
		{ "127.0.0.1", "127.0.0.1", 5004 },
		{ "127.0.0.1:6000", "127.0.0.1", 6000 },
		{ "::1", "::1", 5004 },
		{ "[::1]:6000", "::1", 6000 },
		{ "239.1.2.3:6000", "239.1.2.3", 6000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct recv_options o = parse_good(rows[i].words);
		assert_string_equal(o.at.host, rows[i].host);
		assert_row_equal(rows[i].words, o.at.port, rows[i].port);
	}
}

static void delays_are_learned_or_fixed(void **state)
{
	static const struct {
		const char *words;
		int64_t fixed_us, min_us, max_us;
	} rows[] = {
		{ "", -1, 0, 500000 },
		{ "-d auto", -1, 0, 500000 },
		{ "-d 0", 0, 0, 500000 },
		{ "-d 62.5", 62500, 0, 500000 },
		{ "-d 60 -d auto", -1, 0, 500000 },
		{ "--min-delay 20 --max-delay 20", -1, 20000, 20000 },
		{ "--max-delay 2000", -1, 0, 2000000 },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		const struct recv_options o = parse_good(rows[i].words);
		assert_row_equal(rows[i].words, o.stream.delay.fixed_us, rows[i].fixed_us);
		assert_row_equal(rows[i].words, o.stream.delay.min_us, rows[i].min_us);
		assert_row_equal(rows[i].words, o.stream.delay.max_us, rows[i].max_us);
	}
}

static void the_rest_has_its_defaults(void **state)
{
	struct recv_options o = parse_good("");
	(void)state;
	assert_string_equal(o.output, "default");
	assert_true(o.device.buffer_ms == 10);
	assert_int_equal(o.n_channels, 0);
	assert_false(o.stream.same_clock);
	assert_null(o.frames_path);
	o = parse_good("-o x.wav -c 2 --frames f.csv --same-clock --buffer 5 --interface eth0");
	assert_string_equal(o.output, "x.wav");
	assert_int_equal(o.n_channels, 2);
	assert_string_equal(o.frames_path, "f.csv");
	assert_true(o.stream.same_clock);
	assert_true(o.device.buffer_ms == 5);
	assert_string_equal(o.device.interface, "eth0");
	assert_true(parse_good("-l").device.lists_devices);
}

/* The group is joined, a host's address is not listened on; types are as described. */
static void a_description_says_port_group_and_types(void **state)
{
	static const struct {
		const char *name, *address, *host;
	} rows[] = {
		{ "unicast", "192.0.2.7", "" },
		{ "multicast", "239.1.2.3/15", "239.1.2.3" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		char path[] = "/tmp/hindsight-options-XXXXXX.sdp";
		const int fd = mkstemps(path, 4);
		FILE *const file = fd >= 0 ? fdopen(fd, "w") : NULL;
		assert_non_null(file);
		fprintf(file,
			"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=x\r\nc=IN IP4 %s\r\nt=0 0\r\n"
			"m=audio 7000 RTP/AVP 97 98\r\na=rtpmap:97 opus/48000/2\r\n"
			"a=rtpmap:98 red/48000/2\r\na=fmtp:98 97/97\r\n",
			rows[i].address);
		fclose(file);
		const struct recv_options o = parse_good(path);
		assert_string_equal(o.at.host, rows[i].host);
		assert_row_equal(rows[i].name, o.at.port, 7000);
		assert_row_equal(rows[i].name, o.stream.opus_type, 97);
		assert_row_equal(rows[i].name, o.stream.red_type, 98);
		unlink(path);
	}
}

/* One line that begins with the program and what is wrong. */
static void what_is_wrong_is_told_in_one_line(void **state)
{
	static const struct {
		const char *words, *begins;
	} rows[] = {
		{ "5004 5005", "[ADDRESS:]PORT 5005: " },
		{ "0", "[ADDRESS:]PORT 0: " },
		{ "65536", "[ADDRESS:]PORT 65536: " },
		{ "1.2.3.4:x", "[ADDRESS:]PORT 1.2.3.4:x: " },
		{ "-d -1", "--delay -1: " },
		{ "-d 2001", "--delay 2001: " },
		{ "-d soon", "--delay soon: " },
		{ "--min-delay 100 --max-delay 50", "--max-delay" },
		{ "--min-delay 501", "--max-delay" },
		{ "-c 3", "--channels 3: " },
		{ "--buffer 0", "--buffer 0: " },
		{ "--buffer 200.5", "--buffer 200.5: " },
		{ "no-such.sdp", "FILE.sdp no-such.sdp: " },
		{ "/dev/null", "FILE.sdp /dev/null: " },
		{ "--stats-file", "" },
	};
	(void)state;
	for (size_t i = 0; i < N_ROWS(rows); i++) {
		char begins[100];
		struct stderr_lines said = stderr_lines_begin();
		struct recv_options o;
		const int code = parse(&o, rows[i].words);
		stderr_lines_end(&said);
		snprintf(begins, sizeof begins, "hindsight-recv: %s", rows[i].begins);
		assert_row_equal(rows[i].words, code, EXIT_USAGE);
		if (said.n_lines != 1 || strncmp(said.text, begins, strlen(begins)) != 0)
			fail_msg("\"%s\": \"%s\" does not begin with \"%s\"", rows[i].words,
				said.text, begins);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_place_is_a_port_an_address_or_both),
		cmocka_unit_test(delays_are_learned_or_fixed),
		cmocka_unit_test(the_rest_has_its_defaults),
		cmocka_unit_test(a_description_says_port_group_and_types),
		cmocka_unit_test(what_is_wrong_is_told_in_one_line),
	};
	return cmocka_run_group_tests_name("recv options", tests, NULL, NULL);
}
