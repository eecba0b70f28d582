#include "tools/sim/capture_file.h"

#include "common/base/serial.h"
#include "common/base/units.h"
#include "tools/sim/dissect.h"

#include <math.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

enum {
	STREAMS_MAX = 256, /* remembered; what comes beyond is small talk, or an attack */
	SEQ_SPAN_MAX = 50000000
};

/* Of timestamps: four months of the fastest clock, and far from what cannot be computed with. */
#define TIMESTAMP_SPAN_MAX INT64_C(1000000000000)

struct stream {
	uint32_t ssrc;
	uint16_t port;
	size_t n_packets;
};

/* A packet's first arrival. */
struct arrival {
	int64_t seq; /* both unwrapped */
	int64_t timestamp;
	int64_t at_us;
};

struct reader {
	pcap_t *pcap;
	enum dissect_link link;
};

static bool find_link(int type, enum dissect_link *link)
{
	switch (type) {
	case DLT_EN10MB:
		*link = DISSECT_ETHERNET;
		return true;
	case DLT_LINUX_SLL:
		*link = DISSECT_COOKED;
		return true;
	case DLT_LINUX_SLL2:
		*link = DISSECT_COOKED_2;
		return true;
	case DLT_NULL:
	case DLT_LOOP:
		*link = DISSECT_LOOPBACK;
		return true;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		*link = DISSECT_RAW;
		return true;
	default:
		return false;
	}
}

static bool open_reader(struct reader *r, const char *path, struct io_error *error)
{
	char text[PCAP_ERRBUF_SIZE];

	r->pcap = pcap_open_offline(path, text);
	if (!r->pcap) { /* libpcap often begins with the path, which the caller tells */
		const size_t n = strlen(path);
		const bool has_path = strncmp(text, path, n) == 0 && text[n] == ':';
		return io_error_set(error, "%s", has_path ? text + n + 2 : text);
	}
	const int type = pcap_datalink(r->pcap);
	if (find_link(type, &r->link))
		return true;
	const char *const name = pcap_datalink_val_to_name(type);
	io_error_set(error,
		"link type %s is not supported: Ethernet, Linux cooked, loopback and raw IP are "
		"read",
		name ? name : "without a name");
	pcap_close(r->pcap);
	return false;
}

/* The next RTP packet to the port; 1: there is one, 0: the end, -1: a broken file. */
static int next_packet(struct reader *r, uint16_t port, struct dissected *packet, int64_t *at_us)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	while ((result = pcap_next_ex(r->pcap, &header, &bytes)) == 1) {
		if (!dissect_rtp(packet, r->link, bytes, header->caplen) ||
			(port != 0 && packet->port != port))
			continue;
		*at_us = (int64_t)header->ts.tv_sec * US_PER_SECOND + (int64_t)header->ts.tv_usec;
		return 1;
	}
	return result == PCAP_ERROR_BREAK ? 0 : -1;
}

static bool refuse_broken(const struct reader *r, struct io_error *error)
{
	return io_error_set(error, "%s", pcap_geterr(r->pcap));
}

static void count_packet(struct stream *streams, size_t *n_streams, const struct dissected *p)
{
	size_t i = 0;

	while (i < *n_streams && (streams[i].ssrc != p->ssrc || streams[i].port != p->port))
		i++;
	if (i == STREAMS_MAX)
		return;
	if (i == *n_streams) {
		streams[i] = (struct stream){ .ssrc = p->ssrc, .port = p->port };
		++*n_streams;
	}
	streams[i].n_packets++;
}

static bool find_stream(
	struct stream *largest, const char *path, uint16_t port, struct io_error *error)
{
	struct stream streams[STREAMS_MAX];
	size_t n_streams = 0;
	struct reader reader;
	struct dissected packet;
	int64_t at_us;
	int result;

	if (!open_reader(&reader, path, error))
		return false;
	while ((result = next_packet(&reader, port, &packet, &at_us)) == 1)
		count_packet(streams, &n_streams, &packet);
	if (result < 0)
		refuse_broken(&reader, error);
	pcap_close(reader.pcap);
	*largest = (struct stream){ .n_packets = 0 };
	for (size_t i = 0; i < n_streams; i++)
		if (streams[i].n_packets > largest->n_packets)
			*largest = streams[i];
	if (result < 0)
		return false;
	return largest->n_packets >= 2 ||
	       io_error_set(error, "no RTP stream %s", port ? "to this port is in it" : "is in it");
}

/* Fills arrivals, which have room for the stream's packets; returns how many. */
static size_t read_arrivals(struct arrival *arrivals, const struct stream *stream, const char *path,
	struct io_error *error)
{
	struct reader reader;
	struct dissected packet;
	int64_t seq = 0, timestamp = 0, at_us;
	size_t n = 0;

	if (!open_reader(&reader, path, error))
		return 0;
	while (n < stream->n_packets && next_packet(&reader, stream->port, &packet, &at_us) == 1) {
		if (packet.ssrc != stream->ssrc)
			continue;
		seq = n ? seq_unwrap(packet.seq, seq) : packet.seq;
		timestamp = n ? timestamp_unwrap(packet.timestamp, timestamp) : packet.timestamp;
		arrivals[n++] = (struct arrival){ seq, timestamp, at_us };
	}
	pcap_close(reader.pcap);
	return n;
}

/* By number, and of one number's the first that came. */
static int compare_arrivals(const void *a, const void *b)
{
	const struct arrival *const x = a, *const y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->at_us > y->at_us) - (x->at_us < y->at_us);
}

/* The stream's clock: the usual rate nearest to what timestamps and arrivals show, by ratio. */
static int64_t find_clock_rate(const struct arrival *first, const struct arrival *last)
{
	static const int64_t rates[] = { 8000, 16000, 32000, 48000, 90000 };
	const double ticks = (double)(last->timestamp - first->timestamp);
	const double us = (double)(last->at_us - first->at_us);
	int64_t best = SAMPLES_PER_SECOND;
	double best_distance = INFINITY;

	if (ticks <= 0 || us <= 0)
		return best;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		const double distance = fabs(log(ticks / us * US_PER_SECOND / (double)rates[i]));
		if (distance < best_distance) {
			best = rates[i];
			best_distance = distance;
		}
	}
	return best;
}

static int64_t transit_us(const struct arrival *a, int64_t first_timestamp, int64_t clock_rate)
{
	return a->at_us - (a->timestamp - first_timestamp) * US_PER_SECOND / clock_rate;
}

/* From arrivals by number to delays by number. */
static bool fill_trace(
	struct trace *trace, const struct arrival *a, size_t n, struct io_error *error)
{
	const int64_t first_timestamp = a[0].timestamp;
	const int64_t clock_rate = find_clock_rate(&a[0], &a[n - 1]);
	int64_t fastest_us = INT64_MAX;

	if (a[n - 1].seq - a[0].seq > SEQ_SPAN_MAX)
		return io_error_set(error, "its sequence numbers jump");
	for (size_t i = 0; i < n; i++) {
		const int64_t ticks = a[i].timestamp - first_timestamp;
		if (ticks > TIMESTAMP_SPAN_MAX || ticks < -TIMESTAMP_SPAN_MAX)
			return io_error_set(error, "its timestamps jump");
		const int64_t us = transit_us(&a[i], first_timestamp, clock_rate);
		fastest_us = us < fastest_us ? us : fastest_us;
	}
	for (size_t i = 0; i < n; i++) {
		const int64_t delay_us =
			transit_us(&a[i], first_timestamp, clock_rate) - fastest_us;
		int64_t n_lost = i > 0 ? a[i].seq - a[i - 1].seq - 1 : 0;
		if (n_lost < 0)
			continue; /* a duplicate */
		if (delay_us > CHANNEL_TIME_MAX_US)
			return io_error_set(error, "its timestamps jump: a delay of %lld s",
				(long long)(delay_us / US_PER_SECOND));
		for (; n_lost > 0; n_lost--)
			if (!trace_add(trace, TRACE_LOST))
				return io_error_set(error, "out of memory");
		if (!trace_add(trace, delay_us))
			return io_error_set(error, "out of memory");
	}
	return true;
}

bool capture_file_trace(
	struct trace *trace, const char *path, uint16_t port, struct io_error *error)
{
	struct stream stream;

	if (!find_stream(&stream, path, port, error))
		return false;
	struct arrival *const arrivals = malloc(stream.n_packets * sizeof *arrivals);
	if (!arrivals)
		return io_error_set(error, "out of memory");
	const size_t n = read_arrivals(arrivals, &stream, path, error);
	bool ok = false;
	if (n > 0) {
		qsort(arrivals, n, sizeof *arrivals, compare_arrivals);
		ok = fill_trace(trace, arrivals, n, error);
	}
	free(arrivals);
	return ok;
}
