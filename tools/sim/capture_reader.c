#include "tools/sim/capture_reader.h"

#include "common/base/bytes.h"
#include "common/base/units.h"
#include "tools/sim/capture_ng.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_ROOM = 1024,
	LINKTYPE_RAW = 101,	   /* in files; libpcap's own number differs */
	PCAPNG_FIRST = 0x0a,	   /* of its magic number; no other file begins with a line end */
	RTPDUMP_LINE_BYTES = 200,  /* #!rtpplay1.0 ADDRESS/PORT */
	RTPDUMP_HEADER_BYTES = 16, /* start, source, port, padding */
	RTPDUMP_PACKET_BYTES = 8   /* length with this header, length of the RTP, offset in ms */
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
	case DLT_PPP:
	case DLT_PPP_SERIAL:
		*link = DISSECT_PPP;
		return true;
	case DLT_RAW:
	case LINKTYPE_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		*link = DISSECT_RAW;
		return true;
	default:
		return false;
	}
}

/* False: no memory. */
static bool add_packet(struct capture_packets *all, const struct dissected *rtp, int64_t at_us)
{
	if (all->n_packets == all->n_room) {
		const size_t n_room = all->n_room ? 2 * all->n_room : FIRST_ROOM;
		struct capture_packet *const larger =
			realloc(all->packets, n_room * sizeof *larger);
		if (!larger)
			return false;
		all->packets = larger;
		all->n_room = n_room;
	}
	all->packets[all->n_packets] =
		(struct capture_packet){ .at_us = at_us, .nth = all->n_packets, .rtp = *rtp };
	all->n_packets++;
	return true;
}

static bool refuse_link(const char *name, struct io_error *error)
{
	return io_error_set(error,
		"link type %s is not supported: Ethernet, Linux cooked, loopback, PPP and raw IP "
		"are read",
		name ? name : "without a name");
}

/* Packets of links that are not read are passed over, unless there are no others. */
static bool load_ng(struct capture_packets *all, FILE *file, uint16_t port, struct io_error *error)
{
	struct capture_ng ng = { .file = file };
	enum capture_ng_result result;
	enum dissect_link link;
	struct dissected rtp;
	int unread_type = -1;
	bool has_read = false, has_memory = true;

	while (has_memory && (result = capture_ng_next(&ng)) == CAPTURE_NG_PACKET) {
		if (!find_link(ng.link_type, &link)) {
			unread_type = ng.link_type;
			continue;
		}
		has_read = true;
		if (dissect_rtp(&rtp, link, ng.bytes, ng.n_bytes) &&
			(port == 0 || rtp.port == port))
			has_memory = add_packet(all, &rtp, ng.at_us);
	}
	capture_ng_end(&ng);
	if (!has_memory || result == CAPTURE_NG_NO_MEMORY)
		return io_error_set(error, "out of memory");
	if (unread_type >= 0 && !has_read)
		return refuse_link(pcap_datalink_val_to_name(unread_type), error);
	if (result == CAPTURE_NG_CUT)
		io_error_set(&all->end, "truncated within a block");
	return true;
}

static bool load_pcap(
	struct capture_packets *all, pcap_t *pcap, uint16_t port, struct io_error *error)
{
	const int type = pcap_datalink(pcap);
	enum dissect_link link;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	struct dissected rtp;
	int result;

	if (!find_link(type, &link))
		return refuse_link(pcap_datalink_val_to_name(type), error);
	while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1) {
		if (!dissect_rtp(&rtp, link, bytes, header->caplen) ||
			(port != 0 && rtp.port != port))
			continue;
		if (!add_packet(all, &rtp,
			    (int64_t)header->ts.tv_sec * US_PER_SECOND +
				    (int64_t)header->ts.tv_usec))
			return io_error_set(error, "out of memory");
	}
	if (result != PCAP_ERROR_BREAK)
		io_error_set(&all->end, "%s", pcap_geterr(pcap));
	return true;
}

/* The rest of rtpdump's first line, and its header. */
static bool skip_rtpdump_header(FILE *file)
{
	char line[RTPDUMP_LINE_BYTES];
	uint8_t header[RTPDUMP_HEADER_BYTES];

	return fgets(line, sizeof line, file) && strncmp(line, "#!rtpplay1.0 ", 13) == 0 &&
	       fread(header, sizeof header, 1, file) == 1;
}

static bool load_rtpdump(
	struct capture_packets *all, FILE *file, uint16_t port, struct io_error *error)
{
	uint8_t header[RTPDUMP_PACKET_BYTES], packet[UINT16_MAX];
	struct dissected rtp;

	if (!skip_rtpdump_header(file))
		return io_error_set(error, "begins neither as rtpdump does nor as a capture");
	if (port != 0)
		return io_error_set(error, "rtpdump has no ports: without --port");
	while (fread(header, sizeof header, 1, file) == 1) {
		struct byte_reader r = byte_reader_over(header, sizeof header);
		const uint16_t n_record = byte_reader_u16(&r);
		byte_reader_u16(&r); /* of the whole packet; 0: RTCP, which tells itself */
		const int64_t at_us = (int64_t)byte_reader_u32(&r) * US_PER_MS;
		const size_t n = n_record > sizeof header ? n_record - sizeof header : 0;
		if (fread(packet, 1, n, file) != n) {
			io_error_set(&all->end, "cut off within a packet");
			break;
		}
		if (dissect_rtp(&rtp, DISSECT_RTP, packet, n) && !add_packet(all, &rtp, at_us))
			return io_error_set(error, "out of memory");
	}
	return true;
}

/* Whether the first byte begins the magic number of gzip, xz, zstd or bzip2; no capture does. */
static bool is_compressed(int first)
{
	return first == 0x1f || first == 0xfd || first == 0x28 || first == 'B';
}

bool capture_reader_load(
	struct capture_packets *all, const char *path, uint16_t port, struct io_error *error)
{
	FILE *const file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	char text[PCAP_ERRBUF_SIZE];
	bool ok;

	if (!file)
		return io_error_set(error, "%s", strerror(errno));
	const int first = ungetc(fgetc(file), file);
	if (is_compressed(first)) {
		ok = io_error_set(error,
			"is compressed: unpack it, as in gunzip -c FILE | hindsight-sim --pcap -");
	} else if (first == '#') {
		ok = load_rtpdump(all, file, port, error);
	} else if (first == PCAPNG_FIRST) {
		ok = load_ng(all, file, port, error);
	} else {
		pcap_t *const pcap = pcap_fopen_offline(file, text);
		if (pcap) { /* which owns the file now */
			ok = load_pcap(all, pcap, port, error);
			pcap_close(pcap);
			return ok;
		}
		ok = io_error_set(error, "%s", text);
	}
	if (file != stdin)
		fclose(file);
	return ok;
}

void capture_reader_end(struct capture_packets *all)
{
	free(all->packets);
	*all = (struct capture_packets){ 0 };
}
