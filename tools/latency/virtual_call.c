#include "tools/latency/virtual_call.h"

#include "common/app/cli.h"
#include "common/io/monotonic.h"
#include "common/io/udp.h"
#include "common/base/units.h"
#include "common/text/json_fields.h"
#include "tools/process/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program that starts for the first time on a slow machine. */
#define START_US    (60 * US_PER_SECOND)
#define QUESTION_US (5 * US_PER_SECOND)
#define LOOK_US	    (100 * US_PER_MS)

enum { PATH_BYTES = 512, CONNECT_TRIES = 10 };

/* ---- the server ---- */

/* The names of all ports, a line each; "" while the server does not answer. */
static void list_ports(char ports[VIRTUAL_CALL_PORTS_BYTES])
{
	char *const argv[] = { "jack_lsp", NULL };
	const int64_t until_us = monotonic_now_us() + QUESTION_US;
	const struct child_setup setup = { .output = CHILD_READ_STDOUT };
	struct child question;
	size_t n = 0, n_read = 0;

	ports[0] = '\0';
	if (!child_start(&question, argv, &setup, NULL))
		return;
	do {
		n_read = child_read(
			&question, ports + n, VIRTUAL_CALL_PORTS_BYTES - 1 - n, until_us);
		n += n_read;
	} while (n_read > 0);
	child_wait(&question, until_us);
	child_end(&question, SIGTERM);
	ports[question.status == 0 ? n : 0] = '\0';
}

/* The same, repeated until it answers: a busy server refuses now and then, and an empty list would
 * make every client look new. Its own ports are always there. */
static bool ask_ports(char ports[VIRTUAL_CALL_PORTS_BYTES], struct io_error *error)
{
	const int64_t until_us = monotonic_now_us() + START_US;

	do {
		list_ports(ports);
		if (strstr(ports, "system:"))
			return true;
		monotonic_sleep_until_us(monotonic_now_us() + LOOK_US);
	} while (monotonic_now_us() < until_us && !cli_stop_requested());
	return io_error_set(error, "JACK's dummy server does not answer");
}

static bool connect_once(const char *from, const char *to, struct io_error *error)
{
	char *const argv[] = { "jack_connect", (char *)from, (char *)to, NULL };
	const struct child_setup setup = { .output = CHILD_SILENT };
	struct child command;

	if (!child_start(&command, argv, &setup, error))
		return false;
	const bool is_done = child_wait(&command, monotonic_now_us() + QUESTION_US);
	child_end(&command, SIGTERM);
	return (is_done && command.status == 0) ||
	       io_error_set(error, "jack_connect %s %s failed", from, to);
}

/* Refused now and then, as above. */
static bool connect_ports(const char *from, const char *to, struct io_error *error)
{
	io_error_set(error, "interrupted");
	for (int i = 0; i < CONNECT_TRIES && !cli_stop_requested(); i++) {
		if (connect_once(from, to, error))
			return true;
		monotonic_sleep_until_us(monotonic_now_us() + LOOK_US);
	}
	return false;
}

bool virtual_call_open_server(
	struct virtual_call *call, const struct virtual_call_config *config, struct io_error *error)
{
	char name[64];
	const int64_t until_us = monotonic_now_us() + START_US;

	memset(call, 0, sizeof *call);
	call->config = *config;
	snprintf(name, sizeof name, "hindsight-latency-%ld", (long)getpid());
	setenv("JACK_DEFAULT_SERVER", name, 1);
	setenv("JACK_NO_START_SERVER", "1", 1);
	setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
	if (!jack_server_start(
		    &call->server, name, config->period_samples, config->is_verbose, error))
		return false;
	while (monotonic_now_us() < until_us && !cli_stop_requested() &&
		jack_server_is_running(&call->server)) {
		list_ports(call->ports);
		if (strstr(call->ports, "system:"))
			return true;
		monotonic_sleep_until_us(monotonic_now_us() + LOOK_US);
	}
	return io_error_set(error,
		cli_stop_requested() ? "interrupted"
				     : "JACK's dummy server does not start; -v shows its output");
}

/* ---- its clients ---- */

/* Of the ports that have come since the last look, the client of the first one called `port`. */
static bool new_client(
	const struct virtual_call *call, const char *ports, const char *port, char client[64])
{
	const size_t n_port = strlen(port);

	for (const char *line = ports; *line;) {
		const size_t n = strcspn(line, "\n");
		char name[128];
		snprintf(name, sizeof name, "%.*s\n", (int)n, line);
		const char *const colon = strchr(name, ':');
		if (colon && n < sizeof name - 1 && colon - name < 64 &&
			strncmp(colon + 1, port, n_port) == 0 && !strstr(call->ports, name)) {
			snprintf(client, 64, "%.*s", (int)(colon - name), name);
			return true;
		}
		line += n + (line[n] == '\n');
	}
	return false;
}

/* Starts a program and waits until it has its ports at the server. */
static bool start_client(struct virtual_call *call, struct child *child,
	const struct command *command, enum child_output output, const char *port, char client[64],
	struct io_error *error)
{
	const int64_t until_us = monotonic_now_us() + START_US;
	const struct child_setup setup = { .output = output };
	char ports[VIRTUAL_CALL_PORTS_BYTES];

	if (command->is_too_long)
		return io_error_set(error, "too many options for %s", command->words[0]);
	if (!ask_ports(call->ports, error) || !child_start(child, command->words, &setup, error))
		return false;
	while (child_is_running(child) && monotonic_now_us() < until_us && !cli_stop_requested()) {
		list_ports(ports);
		if (new_client(call, ports, port, client))
			return true;
		if (child == &call->receiver)
			virtual_call_poll(call, monotonic_now_us() + LOOK_US, NULL);
		else
			monotonic_sleep_until_us(monotonic_now_us() + LOOK_US);
	}
	while (child == &call->receiver && child->pid == 0 && virtual_call_poll(call, 0, NULL))
		; /* log why */
	return io_error_set(error, "%s %s", command->words[0],
		child->pid == 0 ? "ended by itself" : "does not open its device");
}

/* The program's options from us, the user's, the address. */
static void make_command(
	struct command *c, const struct virtual_call_config *config, bool is_sender, uint16_t port)
{
	char path[PATH_BYTES], address[32], period[32];

	snprintf(period, sizeof period, "%ds", config->period_samples);
	snprintf(path, sizeof path, "%s/hindsight-%s", config->programs,
		is_sender ? "send" : "recv");
	snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
	command_begin(c, path);
	if (is_sender)
		command_add(c, "-q");
	else
		command_add_pair(c, "--stats", "json");
	command_add_pair(c, is_sender ? "--input" : "--output", VIRTUAL_CALL_DEVICE);
	command_add_pair(c, "--buffer", period);
	command_add_options(c, is_sender ? config->send_options : config->recv_options);
	command_add(c, address);
}

static bool join(const char *from, const char *from_port, const char *to, const char *to_port,
	struct io_error *error)
{
	char from_name[96], to_name[96];

	snprintf(from_name, sizeof from_name, "%s:%s", from, from_port);
	snprintf(to_name, sizeof to_name, "%s:%s", to, to_port);
	return connect_ports(from_name, to_name, error);
}

/* The sender has a second port where it was asked for two channels. */
static bool join_all(
	struct virtual_call *call, const char *receiver, const char *sender, struct io_error *error)
{
	char second[96];

	if (!ask_ports(call->ports, error))
		return false;
	snprintf(second, sizeof second, "%s:in_1\n", sender);
	return join(call->own_client, "out_0", sender, "in_0", error) &&
	       (!strstr(call->ports, second) ||
		       join(call->own_client, "out_1", sender, "in_1", error)) &&
	       join(receiver, "out_0", call->own_client, "in_0", error) &&
	       join(receiver, "out_1", call->own_client, "in_1", error);
}

bool virtual_call_start(struct virtual_call *call, struct io_error *error)
{
	struct command command;
	char ports[VIRTUAL_CALL_PORTS_BYTES];
	char receiver[64], sender[64];
	uint16_t port;

	if (!ask_ports(ports, error))
		return false;
	call->ports[0] = '\0';
	if (!new_client(call, ports, "out_", call->own_client))
		return io_error_set(error, "no output at JACK's dummy server");
	if (!udp_free_port(&port, error))
		return false;
	make_command(&command, &call->config, false, port);
	if (!start_client(
		    call, &call->receiver, &command, CHILD_READ_STDERR, "out_0", receiver, error))
		return false;
	make_command(&command, &call->config, true, port);
	call->has_sender =
		start_client(call, &call->sender, &command, CHILD_SHOWN, "in_0", sender, error);
	return call->has_sender && join_all(call, receiver, sender, error);
}

/* ---- while it runs ---- */

/* A line of statistics, or a complaint. */
static void take_line(struct virtual_call *call)
{
	double ms;

	if (call->line[0] != '{') {
		cli_log(CLI_NOTICE, "%s", call->line);
		return;
	}
	if (json_fields_summary(call->line) ||
		!json_fields_number(call->line, "mouth_to_ear_ms", &ms))
		return;
	call->mouth_to_ear_sum_ms += ms;
	call->n_mouth_to_ear++;
}

bool virtual_call_poll(struct virtual_call *call, int64_t until_us, struct io_error *error)
{
	char bytes[1024];
	const size_t n = child_read(&call->receiver, bytes, sizeof bytes, until_us);

	for (size_t i = 0; i < n; i++) {
		const bool is_end = bytes[i] == '\n';
		if (is_end || call->n_line == sizeof call->line - 1) {
			call->line[call->n_line] = '\0';
			take_line(call);
			call->n_line = 0;
		}
		if (!is_end)
			call->line[call->n_line++] = bytes[i];
	}
	if (n > 0)
		return true;
	const char *const ended = !jack_server_is_running(&call->server) ? "JACK's server"
				  : !child_is_running(&call->receiver)	 ? "hindsight-recv"
				  : call->has_sender && !child_is_running(&call->sender)
					  ? "hindsight-send"
					  : NULL;
	return !ended || io_error_set(error, "%s ended by itself", ended);
}

void virtual_call_forget(struct virtual_call *call)
{
	call->mouth_to_ear_sum_ms = 0;
	call->n_mouth_to_ear = 0;
}

void virtual_call_end(struct virtual_call *call)
{
	child_end(&call->sender, SIGINT);
	child_end(&call->receiver, SIGINT);
}

void virtual_call_close_server(struct virtual_call *call)
{
	jack_server_end(&call->server);
}
