#include "common/app/cli.h"

#include "common/base/sanitizer.h"
#include "common/base/units.h"
#include "common/io/line_writer.h"
#include "common/text/decimal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 1024 };

#define LOG_WAIT_US (100 * US_PER_MS)

/* The process's own: it has one name, one stderr, and signals know no context. */
static const char *program_name = "hindsight";
static enum cli_level printed_level = CLI_NOTICE;
static bool is_terminal;
static atomic_bool stop_flag;
static int stderr_fd = STDERR_FILENO;

/* Whoever opens next gets the lowest number that is free: a socket or a recording would then be
 * written to as stderr. Each is opened so that its use fails, but for stderr, which nobody
 * misses. */
static void hold_standard_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
			abort(); /* before any option is read: no /dev/null, no machine */
}

void cli_begin(char *argv[])
{
	hold_standard_descriptors();
	char *const slash = strrchr(argv[0], '/');
	if (slash)
		argv[0] = slash + 1;
	program_name = argv[0];
	is_terminal = isatty(STDERR_FILENO);
}

void cli_silence_libraries(void)
{
#ifndef HAS_SANITIZER
	const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const int kept = null < 0 ? -1 : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (kept >= 0 && dup2(null, STDERR_FILENO) >= 0)
		stderr_fd = kept;
	if (null >= 0)
		close(null);
#endif
}

int cli_stderr(void)
{
	return stderr_fd;
}

void cli_set_level(enum cli_level level)
{
	printed_level = level;
}

/* The line goes out in one piece, so that two threads' lines do not mix. Who stops reading
 * stderr, as a pager does, does not stop the audio. */
static void print_line(const char *prefix, const char *format, va_list arguments)
{
	char line[LINE_BYTES], whole[2 * LINE_BYTES];
	vsnprintf(line, sizeof line, format, arguments);
	const int n_chars = snprintf(whole, sizeof whole, "%s%s: %s%s\n",
		is_terminal ? "\r\033[K" : "", program_name, prefix, line);
	struct line_writer standard_error = { .fd = stderr_fd };
	line_writer_put(&standard_error, whole,
		(size_t)n_chars < sizeof whole ? (size_t)n_chars : sizeof whole - 1, LOG_WAIT_US,
		NULL);
}

void cli_log(enum cli_level level, const char *format, ...)
{
	if (level > printed_level)
		return;
	va_list arguments;
	va_start(arguments, format);
	print_line("", format, arguments);
	va_end(arguments);
}

int cli_refuse(const char *option, const char *value, const char *format, ...)
{
	char prefix[LINE_BYTES];
	va_list arguments;
	snprintf(prefix, sizeof prefix, "%s%s%s: ", option, value ? " " : "", value ? value : "");
	va_start(arguments, format);
	print_line(prefix, format, arguments);
	va_end(arguments);
	return EXIT_USAGE;
}

static bool refuse_range(const char *option, const char *text, const char *what, double min,
	double max, const char *unit)
{
	char min_text[DECIMAL_TEXT_BYTES];
	char max_text[DECIMAL_TEXT_BYTES];
	decimal_text(min, min_text);
	decimal_text(max, max_text);
	cli_refuse(option, text, "must be %s%s to %s%s%s", what, min_text, max_text,
		*unit ? " " : "", unit);
	return false;
}

bool cli_number(const char *option, const char *text, double min, double max, const char *unit,
	double *number)
{
	double parsed = NAN;
	if (!decimal_parse(text, &parsed) || parsed < min || parsed > max)
		return refuse_range(option, text, "", min, max, unit);
	*number = parsed;
	return true;
}

bool cli_integer(const char *option, const char *text, int64_t min, int64_t max, const char *unit,
	int64_t *number)
{
	double parsed = NAN;
	if (!decimal_parse(text, &parsed) || parsed != floor(parsed) || parsed < (double)min ||
		parsed > (double)max)
		return refuse_range(
			option, text, "a whole number, ", (double)min, (double)max, unit);
	*number = (int64_t)parsed;
	return true;
}

/* Appends, cut to fit. */
static void append(char *text, size_t n_bytes, const char *more)
{
	const size_t used = strlen(text);
	snprintf(text + used, n_bytes - used, "%s", more);
}

bool cli_number_among(const char *option, const char *text, const double *among, size_t n_among,
	const char *unit, double *number)
{
	char list[LINE_BYTES / 2] = "";
	double parsed = NAN;
	const bool is_number = decimal_parse(text, &parsed);

	for (size_t i = 0; i < n_among; i++) {
		char one[DECIMAL_TEXT_BYTES];
		if (is_number && parsed == among[i]) {
			*number = parsed;
			return true;
		}
		decimal_text(among[i], one);
		append(list, sizeof list, i ? ", " : "");
		append(list, sizeof list, one);
	}
	cli_refuse(option, text, "must be one of %s%s%s", list, *unit ? " " : "", unit);
	return false;
}

bool cli_choice(const char *option, const char *text, const char *const *words, size_t n_words,
	size_t *index)
{
	char list[LINE_BYTES / 2] = "";

	for (size_t i = 0; i < n_words; i++) {
		if (strcmp(text, words[i]) == 0) {
			*index = i;
			return true;
		}
		append(list, sizeof list, i ? ", " : "");
		append(list, sizeof list, words[i]);
	}
	cli_refuse(option, text, "must be one of %s", list);
	return false;
}

static bool is_all_digits(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool take_host(struct cli_endpoint *endpoint, const char *host, size_t n_chars)
{
	if (n_chars >= sizeof endpoint->host)
		return false;
	memcpy(endpoint->host, host, n_chars);
	endpoint->host[n_chars] = '\0';
	return true;
}

static bool take_port(struct cli_endpoint *endpoint, const char *text)
{
	double port = 0.0;
	if (!is_all_digits(text) || !decimal_parse(text, &port) || port < 1 || port > UINT16_MAX)
		return false;
	endpoint->port = (uint16_t)port;
	return true;
}

/* Splits into host and port; the host may be empty. Returns what is wrong, or NULL. */
static const char *split(const char *text, uint16_t default_port, struct cli_endpoint *endpoint)
{
	static const char bad_port[] = "the port must be 1 to 65535";
	const char *host = text;
	size_t n_chars = strlen(text);
	const char *const colon = strrchr(text, ':');
	const char *port = NULL;

	if (text[0] == '[') {
		const char *const bracket = strchr(text, ']');
		if (!bracket || bracket == text + 1)
			return "must be [IPV6-ADDRESS]:PORT";
		if (bracket[1] != '\0' && bracket[1] != ':')
			return "must be [IPV6-ADDRESS]:PORT";
		host = text + 1;
		n_chars = (size_t)(bracket - host);
		port = bracket[1] ? bracket + 2 : NULL;
	} else if (colon && strchr(text, ':') == colon) { /* one colon: not an IPv6 address */
		n_chars = (size_t)(colon - text);
		port = colon + 1;
	}
	endpoint->port = default_port;
	if (!take_host(endpoint, host, n_chars))
		return "is too long for a host name";
	if (port && !take_port(endpoint, port))
		return bad_port;
	return endpoint->port ? NULL : "a port is missing";
}

bool cli_host_port(
	const char *option, const char *text, uint16_t default_port, struct cli_endpoint *endpoint)
{
	struct cli_endpoint parsed;
	const char *wrong = split(text, default_port, &parsed);
	if (!wrong && parsed.host[0] == '\0')
		wrong = "a host is missing";
	if (wrong) {
		cli_refuse(option, text, "%s", wrong);
		return false;
	}
	*endpoint = parsed;
	return true;
}

bool cli_address_port(
	const char *option, const char *text, uint16_t default_port, struct cli_endpoint *endpoint)
{
	struct cli_endpoint parsed = { .host = "" };
	const char *wrong = NULL;
	if (is_all_digits(text))
		wrong = take_port(&parsed, text) ? NULL : "the port must be 1 to 65535";
	else if (*text == '\0')
		wrong = "must be [ADDRESS:]PORT";
	else
		wrong = split(text, default_port, &parsed);
	if (wrong) {
		cli_refuse(option, text, "%s", wrong);
		return false;
	}
	*endpoint = parsed;
	return true;
}

static const int stop_signals[] = { SIGINT, SIGTERM, SIGHUP };
enum { STOP_SIGNALS = sizeof stop_signals / sizeof *stop_signals };

static void on_stop_signal(int signal_number)
{
	(void)signal_number;
	atomic_store(&stop_flag, true);
	for (int i = 0; i < STOP_SIGNALS; i++) /* whoever asks twice does not want to wait */
		signal(stop_signals[i], SIG_DFL);
}

void cli_catch_signals(void)
{
	/* No SA_RESTART: waits are interrupted. */
	struct sigaction stop = { .sa_handler = on_stop_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;

	sigemptyset(&stop.sa_mask);
	for (int i = 0; i < STOP_SIGNALS; i++)
		if (stop_signals[i] != SIGHUP || sigaction(SIGHUP, NULL, &before) != 0 ||
			before.sa_handler != SIG_IGN) /* nohup(1) means it */
			sigaction(stop_signals[i], &stop, NULL);
	sigemptyset(&ignore.sa_mask);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
}

bool cli_stop_requested(void)
{
	return atomic_load(&stop_flag);
}
