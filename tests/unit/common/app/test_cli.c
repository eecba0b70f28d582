/* cli: what each option takes and refuses, and the line that says so. */
#include "common/app/cli.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEXT_BYTES = 1024 };

static FILE *heard; /* stands in for stderr */
static int kept_stderr;

static void listen_to_stderr(void)
{
	heard = tmpfile();
	assert_non_null(heard);
	fflush(stderr);
	kept_stderr = dup(STDERR_FILENO);
	dup2(fileno(heard), STDERR_FILENO);
}

/* The output since capture began; restores stderr. */
static const char *said(void)
{
	static char text[TEXT_BYTES];
	fflush(stderr);
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	rewind(heard);
	const size_t n_bytes = fread(text, 1, sizeof text - 1, heard);
	text[n_bytes] = '\0';
	fclose(heard);
	return text;
}

static int begin(void **state)
{
	static char name[] = "/some/where/hindsight-test";
	static char *argv[] = { name, NULL };
	(void)state;
	cli_begin(argv);
	return strcmp(argv[0], "hindsight-test");
}

static void test_number(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double number; /* NAN: refused */
	} rows[] = {
		{ "6", 6 },
		{ "510", 510 },
		{ "48.5", 48.5 },
		{ "+48", 48 },
		{ "048", 48 },
		{ "48.", 48 },
		{ "5.9999", NAN },
		{ "510.1", NAN },
		{ "-48", NAN },
		{ "", NAN },
		{ ".", NAN },
		{ "48k", NAN },
		{ " 48", NAN },
		{ "48 ", NAN },
		{ "4e1", NAN },
		{ "0x30", NAN },
		{ "nan", NAN },
		{ "inf", NAN },
		{ "4,8", NAN },
		{ "1.2.3", NAN },
		{ "1234567890123456", NAN },
		{ "--8", NAN },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		double number = -1.0;
		listen_to_stderr();
		const bool is_taken =
			cli_number("--bitrate", rows[i].text, 6, 510, "kbit/s", &number);
		const char *const text = said();
		char expected[TEXT_BYTES] = "";
		if (isnan(rows[i].number))
			snprintf(expected, sizeof expected,
				"hindsight-test: --bitrate %s: must be 6 to 510 kbit/s\n",
				rows[i].text);
		assert_string_equal(text, expected);
		assert_int_equal(is_taken, !isnan(rows[i].number));
		assert_true(number == (is_taken ? rows[i].number : -1.0));
	}
}

static void test_integer(void **state)
{
	(void)state;
	int64_t number = -1;
	assert_true(cli_integer("--seed", "0", 0, 1000, "", &number));
	assert_int_equal(number, 0);
	assert_true(cli_integer("--ttl", "255", 0, 255, "", &number));
	assert_int_equal(number, 255);
	listen_to_stderr();
	assert_false(cli_integer("--ttl", "1.5", 0, 255, "", &number));
	assert_false(cli_integer("--ttl", "256", 0, 255, "hops", &number));
	assert_string_equal(said(),
		"hindsight-test: --ttl 1.5: must be a whole number, 0 to 255\n"
		"hindsight-test: --ttl 256: must be a whole number, 0 to 255 hops\n");
	assert_int_equal(number, 255);
}

static void test_choices(void **state)
{
	(void)state;
	static const double lengths[] = { 2.5, 5, 10, 20, 40, 60 };
	static const char *const words[] = { "text", "json", "none" };
	double number = 0;
	size_t index = 9;
	assert_true(cli_number_among("--frame", "2.5", lengths, 6, "ms", &number));
	assert_true(number == 2.5);
	assert_true(cli_number_among("--frame", "60.0", lengths, 6, "ms", &number));
	assert_true(cli_choice("--stats", "json", words, 3, &index));
	assert_int_equal(index, 1);
	listen_to_stderr();
	assert_false(cli_number_among("--frame", "15", lengths, 6, "ms", &number));
	assert_false(cli_choice("--stats", "JSON", words, 3, &index));
	assert_string_equal(said(),
		"hindsight-test: --frame 15: must be one of 2.5, 5, 10, 20, 40, 60 ms\n"
		"hindsight-test: --stats JSON: must be one of text, json, none\n");
}

static void test_endpoints(void **state)
{
	(void)state;
	static const char long_name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					"aaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const struct {
		const char *text;
		const char *host; /* as a target; NULL: refused */
		unsigned port;
		const char *listen_host; /* as a listener */
		unsigned listen_port;
	} rows[] = {
		{ "example.org", "example.org", 5004, "example.org", 5004 },
		{ "example.org:7", "example.org", 7, "example.org", 7 },
		{ "192.0.2.1:65535", "192.0.2.1", 65535, "192.0.2.1", 65535 },
		{ "[::1]:6000", "::1", 6000, "::1", 6000 },
		{ "[::1]", "::1", 5004, "::1", 5004 },
		{ "::1", "::1", 5004, "::1", 5004 },
		{ "fe80::1%eth0", "fe80::1%eth0", 5004, "fe80::1%eth0", 5004 },
		{ "[fe80::1%eth0]:9", "fe80::1%eth0", 9, "fe80::1%eth0", 9 },
		{ "6000", "6000", 5004, "", 6000 },
		{ ":6000", NULL, 0, "", 6000 },
		{ "a:0", NULL, 0, NULL, 0 },
		{ "a:70000", NULL, 0, NULL, 0 },
		{ "a:-1", NULL, 0, NULL, 0 },
		{ "a:+1", NULL, 0, NULL, 0 },
		{ "a:", NULL, 0, NULL, 0 },
		{ "a:1x", NULL, 0, NULL, 0 },
		{ "[::1]:0", NULL, 0, NULL, 0 },
		{ "[::1]x", NULL, 0, NULL, 0 },
		{ "[::1", NULL, 0, NULL, 0 },
		{ "[]:5", NULL, 0, NULL, 0 },
		{ "", NULL, 0, NULL, 0 },
		{ ":", NULL, 0, NULL, 0 },
		{ long_name, NULL, 0, NULL, 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (int is_listener = 0; is_listener <= 1; is_listener++) {
			const char *const host = is_listener ? rows[i].listen_host : rows[i].host;
			struct cli_endpoint endpoint = { "untouched", 1 };
			listen_to_stderr();
			const bool is_taken = (is_listener ? cli_address_port : cli_host_port)(
				"target", rows[i].text, 5004, &endpoint);
			const char *const text = said();
			if (is_taken != (host != NULL))
				fail_msg("%s, listener %d: %s", rows[i].text, is_listener, text);
			assert_string_equal(endpoint.host, host ? host : "untouched");
			if (host)
				assert_int_equal(endpoint.port,
					is_listener ? rows[i].listen_port : rows[i].port);
			assert_int_equal(text[0] == '\0', is_taken);
			assert_true(is_taken || strchr(text, '\n') == text + strlen(text) - 1);
		}
	}
	/* A bare port number above all ports is a port out of range, not a host. */
	struct cli_endpoint endpoint;
	listen_to_stderr();
	assert_false(cli_address_port("port", "0", 5004, &endpoint));
	assert_false(cli_address_port("port", "70000", 5004, &endpoint));
	assert_false(cli_host_port("--to", "host", 0, &endpoint));
	assert_string_equal(said(), "hindsight-test: port 0: the port must be 1 to 65535\n"
				    "hindsight-test: port 70000: the port must be 1 to 65535\n"
				    "hindsight-test: --to host: a port is missing\n");
}

static void test_log_levels(void **state)
{
	(void)state;
	static const struct {
		enum cli_level level;
		const char *text;
	} rows[] = {
		{ CLI_ERROR, "hindsight-test: error 0\n" },
		{ CLI_NOTICE, "hindsight-test: error 0\nhindsight-test: notice 1\n" },
		{ CLI_DETAIL, "hindsight-test: error 0\nhindsight-test: notice 1\nhindsight-test: "
			      "detail 2\n" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		listen_to_stderr();
		cli_set_level(rows[i].level);
		cli_log(CLI_ERROR, "error %d", 0);
		cli_log(CLI_NOTICE, "notice %d", 1);
		cli_log(CLI_DETAIL, "detail %d", 2);
		assert_string_equal(said(), rows[i].text);
	}
}

static void test_signals(void **state)
{
	(void)state;
	cli_catch_signals();
	assert_false(cli_stop_requested());
	raise(SIGPIPE); /* ignored */
	assert_false(cli_stop_requested());
	raise(SIGTERM);
	assert_true(cli_stop_requested());

	struct sigaction now;
	sigaction(SIGINT, NULL, &now);
	assert_true(now.sa_handler == SIG_DFL); /* the second one ends the program */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_integer),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_log_levels),
		cmocka_unit_test(test_signals),
	};
	return cmocka_run_group_tests(tests, begin, NULL);
}
