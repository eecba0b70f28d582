#include "tools/sim/capture_file.h"

#include "common/base/units.h"
#include "tools/sim/capture_reader.h"
#include "tools/sim/capture_streams.h"
#include "tools/sim/capture_timing.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { STREAMS_MAX = 256, ADDRESS_TEXT_BYTES = INET6_ADDRSTRLEN + 8 };

struct capture {
	struct capture_packets all;
	struct capture_stream streams[STREAMS_MAX];
	size_t n_streams;
};

/* What a trace says of itself. */
struct figures {
	size_t n_lost;
	int32_t least_us, median_us, most_us;
};

static bool open_capture(struct capture *c, const char *path, uint16_t port, struct io_error *error)
{
	*c = (struct capture){ .n_streams = 0 };
	if (!capture_reader_load(&c->all, path, port, error))
		return false;
	if (!capture_streams_find(
		    c->all.packets, c->all.n_packets, c->streams, STREAMS_MAX, &c->n_streams))
		return io_error_set(error, "out of memory");
	if (c->n_streams > 0)
		return true;
	return io_error_set(error, "no RTP stream %s%s%s",
		port ? "to this port is in it" : "is in it", *c->all.end.text ? "; " : "",
		c->all.end.text);
}

static int compare_delays(const void *a, const void *b)
{
	const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* The trace holds at least one delay: the fastest packet's. False: no memory. */
static bool fill_figures(struct figures *f, const struct trace *trace)
{
	int32_t *const delays_us = malloc(trace->n_packets * sizeof *delays_us);
	size_t n = 0;

	if (!delays_us)
		return false;
	for (size_t i = 0; i < trace->n_packets; i++)
		if (trace->delays_us[i] != TRACE_LOST)
			delays_us[n++] = trace->delays_us[i];
	qsort(delays_us, n, sizeof *delays_us, compare_delays);
	*f = (struct figures){ trace->n_packets - n, delays_us[0], delays_us[n / 2],
		delays_us[n - 1] };
	free(delays_us);
	return true;
}

static void put_address(
	char text[ADDRESS_TEXT_BYTES], int ip_version, const uint8_t *address, uint16_t port)
{
	char host[INET6_ADDRSTRLEN] = "";

	inet_ntop(ip_version == 6 ? AF_INET6 : AF_INET, address, host, sizeof host);
	snprintf(text, ADDRESS_TEXT_BYTES, ip_version == 6 ? "[%s]:%u" : "%s:%u", host, port);
}

static void put_stream(char line[CAPTURE_LINE_BYTES], const struct capture_stream *s,
	const struct trace *trace, const struct figures *f, size_t n_baselines)
{
	static const char *const kinds[] = { "voice", "video", "keys", "comfort noise" };
	const struct dissected *const rtp = &s->flow->rtp;
	char from[ADDRESS_TEXT_BYTES], to[ADDRESS_TEXT_BYTES];
	int n = 0;

	if (rtp->ip_version != 0) { /* rtpdump has none */
		put_address(from, rtp->ip_version, rtp->from, rtp->from_port);
		put_address(to, rtp->ip_version, rtp->to, rtp->port);
		n = snprintf(line, CAPTURE_LINE_BYTES, "%s to %s, ", from, to);
	}
	n += snprintf(line + n, CAPTURE_LINE_BYTES - (size_t)n, "SSRC 0x%08x, type %u, %s",
		(unsigned)rtp->ssrc, s->type, kinds[s->kind]);
	if (!trace) {
		snprintf(line + n, CAPTURE_LINE_BYTES - (size_t)n, ": %zu packets", s->n_packets);
		return;
	}
	n += snprintf(line + n, CAPTURE_LINE_BYTES - (size_t)n,
		" of %lld Hz: %zu packets, %.1f %% lost, delays of %.1f to %.1f ms, median %.1f",
		(long long)s->clock_rate, trace->n_packets,
		100.0 * (double)f->n_lost / (double)trace->n_packets, f->least_us / 1e3,
		f->most_us / 1e3, f->median_us / 1e3);
	if (n_baselines > 1)
		snprintf(line + n, CAPTURE_LINE_BYTES - (size_t)n, ", %zu leap%s of its timestamps",
			n_baselines - 1, n_baselines > 2 ? "s" : "");
}

/* Fills an empty trace with a stream that has a pace, and the line about it. */
static bool take_stream(struct trace *trace, const struct capture_stream *s,
	char line[CAPTURE_LINE_BYTES], struct io_error *error)
{
	struct capture_beat *const beats = malloc(s->n_packets * sizeof *beats);
	struct figures figures;
	size_t n_baselines;

	if (!beats)
		return io_error_set(error, "out of memory");
	const size_t n = capture_streams_beats(s, beats);
	bool ok = capture_timing_trace(trace, beats, n, s->clock_rate, &n_baselines, error);
	free(beats);
	if (ok && !fill_figures(&figures, trace))
		ok = io_error_set(error, "out of memory");
	if (ok)
		put_stream(line, s, trace, &figures, n_baselines);
	return ok;
}

/* NULL: there is none such. Voice comes before video, then more packets before fewer. */
static const struct capture_stream *choose(
	const struct capture *c, const struct capture_choice *choice)
{
	const struct capture_stream *best = NULL;

	for (size_t i = 0; i < c->n_streams; i++) {
		const struct capture_stream *const s = &c->streams[i];
		if ((choice->number > 0 && choice->number != i + 1) ||
			(choice->has_ssrc && choice->ssrc != s->flow->rtp.ssrc) ||
			s->clock_rate == 0)
			continue;
		if (!best || s->kind < best->kind ||
			(s->kind == best->kind && s->n_packets > best->n_packets))
			best = s;
	}
	return best;
}

bool capture_file_trace(struct trace *trace, const char *path, const struct capture_choice *choice,
	char line[CAPTURE_LINE_BYTES], struct io_error *error)
{
	struct capture *const c = malloc(sizeof *c);

	if (!c)
		return io_error_set(error, "out of memory");
	bool ok = open_capture(c, path, choice->port, error);
	const struct capture_stream *const stream = ok ? choose(c, choice) : NULL;
	if (ok && !stream)
		ok = io_error_set(error, "%s; --streams lists what is in it",
			choice->number > 0 || choice->has_ssrc ? "no such stream of voice or video"
							       : "no voice and no video");
	ok = ok && take_stream(trace, stream, line, error);
	if (ok && *c->all.end.text) {
		const size_t n = strlen(line);
		snprintf(line + n, CAPTURE_LINE_BYTES - n, "; the file ends early: %s",
			c->all.end.text);
	}
	capture_reader_end(&c->all);
	free(c);
	return ok;
}

static bool list_stream(
	FILE *list, const struct capture_stream *s, size_t number, struct io_error *error)
{
	char line[CAPTURE_LINE_BYTES];
	struct io_error why;
	struct trace trace = { 0 };

	if (s->clock_rate == 0)
		put_stream(line, s, NULL, NULL, 0);
	else if (!take_stream(&trace, s, line, &why))
		snprintf(line, sizeof line, "SSRC 0x%08x: %s", (unsigned)s->flow->rtp.ssrc,
			why.text);
	trace_end(&trace);
	return fprintf(list, "%zu: %s\n", number, line) > 0 ||
	       io_error_set(error, "the list could not be written");
}

bool capture_file_list(FILE *list, const char *path, uint16_t port, struct io_error *error)
{
	struct capture *const c = malloc(sizeof *c);

	if (!c)
		return io_error_set(error, "out of memory");
	bool ok = open_capture(c, path, port, error);
	for (size_t i = 0; ok && i < c->n_streams; i++)
		ok = list_stream(list, &c->streams[i], i + 1, error);
	if (ok && *c->all.end.text)
		fprintf(list, "the file ends early: %s\n", c->all.end.text);
	capture_reader_end(&c->all);
	free(c);
	return ok;
}
