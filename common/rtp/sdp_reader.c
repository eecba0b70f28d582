#include "common/rtp/sdp_reader.h"

#include "common/base/bytes.h"
#include "common/base/units.h"

#include <assert.h>
#include <string.h>

/* Some editors put it in front of UTF-8. */
#define BYTE_ORDER_MARK	      "\xEF\xBB\xBF"
#define BYTE_ORDER_MARK_BYTES (sizeof BYTE_ORDER_MARK - 1)

/* A piece of the description, without an end mark. */
struct span {
	const char *at;
	size_t n_chars;
};

static bool span_is(struct span span, const char *word)
{
	return span.n_chars == strlen(word) && memcmp(span.at, word, span.n_chars) == 0;
}

/* The same for the name of an encoding, which is case-insensitive (RFC 4855, 3). word: lower
 * case. */
static bool span_names(struct span span, const char *word)
{
	if (span.n_chars != strlen(word))
		return false;
	for (size_t i = 0; i < span.n_chars; i++) {
		const char c = span.at[i];
		if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != word[i])
			return false;
	}
	return true;
}

/* Cuts off and returns the text before the separator, or all of it; removes the separator, too. */
static struct span take_until(struct span *rest, char separator)
{
	struct span taken = { rest->at, 0 };

	while (taken.n_chars < rest->n_chars && rest->at[taken.n_chars] != separator)
		taken.n_chars++;
	const size_t n_gone = taken.n_chars + (taken.n_chars < rest->n_chars);
	rest->at += n_gone;
	rest->n_chars -= n_gone;
	return taken;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Some write more blanks than the one that the RFC has. */
static struct span trimmed(struct span span)
{
	while (span.n_chars > 0 && is_blank(span.at[0])) {
		span.at++;
		span.n_chars--;
	}
	while (span.n_chars > 0 && is_blank(span.at[span.n_chars - 1]))
		span.n_chars--;
	return span;
}

/* Cuts off the first word, and the blanks around it. */
static struct span take_word(struct span *rest)
{
	*rest = trimmed(*rest);
	struct span word = { rest->at, 0 };

	while (word.n_chars < rest->n_chars && !is_blank(rest->at[word.n_chars]))
		word.n_chars++;
	rest->at += word.n_chars;
	rest->n_chars -= word.n_chars;
	*rest = trimmed(*rest);
	return word;
}

static bool span_number(struct span span, uint64_t max, uint64_t *number)
{
	uint64_t value = 0;

	for (size_t i = 0; i < span.n_chars; i++) {
		if (!sdp_is_digit(span.at[i]) || value > max)
			return false;
		value = value * 10 + (uint64_t)(span.at[i] - '0');
	}
	if (span.n_chars == 0 || value > max)
		return false;
	*number = value;
	return true;
}

enum { TYPES = 128 };

enum encoding { ENCODING_OTHER, ENCODING_OPUS, ENCODING_RED };

struct reading {
	size_t n_line; /* from 1 */
	bool is_v_seen;
	bool is_done;	    /* the stream is found: the rest is ignored */
	bool is_audio;	    /* in a media section that can be received */
	struct sdp session; /* address "" until a c= line has been read */
	struct sdp media;   /* of the present section */
	size_t media_line;
	uint8_t types[TYPES]; /* of the section, by preference */
	size_t n_types;
	enum encoding encodings[TYPES]; /* by payload type */
	uint8_t carried[TYPES];		/* the payload type inside a RED type; 0: not given */
	const char *refusal;		/* why the first audio section was refused, and where */
	size_t refusal_line;
};

/* A later section may still be usable: the refusal counts only if none is. */
static void refuse_section(struct reading *r, const char *refusal, size_t line)
{
	if (!r->refusal) {
		r->refusal = refusal;
		r->refusal_line = line;
	}
	r->is_audio = false;
}

/* c=IN IP4 group/ttl/number, c=IN IP6 group/number, or an address or a name without a slash. */
static const char *read_connection(struct reading *r, struct span value)
{
	static const char wrong[] = "must be c=IN IP4 ADDRESS or c=IN IP6 ADDRESS";
	struct sdp *const place = r->media_line > 0 ? &r->media : &r->session;
	const struct span network = take_word(&value);
	const struct span family = take_word(&value);
	const struct span address = take_until(&value, '/');

	if (!span_is(network, "IN") || (!span_is(family, "IP4") && !span_is(family, "IP6")))
		return wrong;
	if (address.n_chars == 0 || address.n_chars >= sizeof place->address)
		return wrong;
	for (size_t i = 0; i < address.n_chars; i++) {
		const char c = address.at[i];
		const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!is_letter && !sdp_is_digit(c) && c != '.' && c != ':' && c != '-')
			return wrong;
	}
	place->is_ipv6 = span_is(family, "IP6");
	memcpy(place->address, address.at, address.n_chars);
	place->address[address.n_chars] = '\0';
	return NULL;
}

/* m=audio port[/number] profile type... */
static const char *read_media(struct reading *r, struct span value)
{
	const struct span kind = take_word(&value);
	struct span ports = take_word(&value);
	const struct span profile = take_word(&value);
	uint64_t port, type;

	r->media = r->session;
	r->media_line = r->n_line;
	r->n_types = 0;
	memset(r->encodings, 0, sizeof r->encodings);
	memset(r->carried, 0, sizeof r->carried);
	if (!span_number(take_until(&ports, '/'), UINT16_MAX, &port))
		return "the port must be 1 to 65535";
	r->is_audio = span_is(kind, "audio") && port > 0; /* RFC 3264, 6: 0 is a stream refused */
	if (!r->is_audio)
		return NULL;
	if (!span_is(profile, "RTP/AVP") && !span_is(profile, "RTP/AVPF")) {
		refuse_section(r, "the profile must be RTP/AVP or RTP/AVPF", r->n_line);
		return NULL;
	}
	r->media.port = (uint16_t)port;
	while (value.n_chars > 0 && r->n_types < TYPES) {
		if (!span_number(take_word(&value), TYPES - 1, &type))
			return "a payload type must be 0 to 127";
		r->types[r->n_types++] = (uint8_t)type;
	}
	return r->n_types > 0 ? NULL : "a payload type is missing";
}

/* a=rtpmap:type name/clock[/channels] */
static const char *read_rtpmap(struct reading *r, struct span value)
{
	const struct span type_text = take_word(&value);
	const struct span name = trimmed(take_until(&value, '/'));
	const struct span clock_text = trimmed(take_until(&value, '/'));
	uint64_t type, clock_hz;

	if (!span_number(type_text, TYPES - 1, &type) || name.n_chars == 0 ||
		!span_number(clock_text, UINT32_MAX, &clock_hz))
		return "must be a=rtpmap:TYPE NAME/CLOCK";
	const bool is_opus = span_names(name, "opus");
	if (!is_opus && !span_names(name, "red"))
		return NULL;
	if (!sdp_is_free_type(type)) {
		refuse_section(r, "the payload type must be 35 to 63 or 96 to 127", r->n_line);
	} else if (is_opus && clock_hz != SAMPLES_PER_SECOND) {
		refuse_section(r, "the clock of Opus must be 48000", r->n_line);
	} else if (clock_hz == SAMPLES_PER_SECOND) {
		r->encodings[type] = is_opus ? ENCODING_OPUS : ENCODING_RED;
	}
	return NULL;
}

/* a=fmtp:type type/type/..., the form that RED uses; other parameters are ignored. */
static const char *read_fmtp(struct reading *r, struct span value)
{
	const struct span type_text = take_word(&value);
	uint64_t type, carried;

	if (!span_number(type_text, TYPES - 1, &type))
		return "must be a=fmtp:TYPE PARAMETERS";
	if (span_number(take_until(&value, '/'), TYPES - 1, &carried))
		r->carried[type] = (uint8_t)carried;
	return NULL;
}

static const char *read_attribute(struct reading *r, struct span value)
{
	const struct span name = take_until(&value, ':');

	if (!r->is_audio)
		return NULL;
	if (span_is(name, "rtpmap"))
		return read_rtpmap(r, value);
	return span_is(name, "fmtp") ? read_fmtp(r, value) : NULL;
}

/* What the section that ends here has described. */
static void end_section(struct reading *r)
{
	struct sdp *const media = &r->media;

	for (size_t i = r->n_types; r->is_audio && i-- > 0;)
		if (r->encodings[r->types[i]] == ENCODING_OPUS)
			media->opus_type = r->types[i];
	if (!r->is_audio || media->opus_type == 0)
		return;
	for (size_t i = r->n_types; i-- > 0;) {
		const uint8_t type = r->types[i];
		if (r->encodings[type] == ENCODING_RED &&
			(r->carried[type] == 0 || r->carried[type] == media->opus_type))
			media->red_type = type;
	}
	if (media->address[0] == '\0') {
		refuse_section(r, "no c= line with the address", r->media_line);
		return;
	}
	r->session = *media;
	r->is_done = true;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct reading *r, struct span line)
{
	for (size_t i = 0; i < line.n_chars; i++)
		if ((unsigned char)line.at[i] < ' ' && line.at[i] != '\t')
			return "is not text";
	if (!r->is_v_seen && span_is(line, "SDP:")) /* FFmpeg prints it before */
		return NULL;
	if (line.n_chars < 2 || line.at[0] < 'a' || line.at[0] > 'z' || line.at[1] != '=')
		return "must be a letter, = and a value";
	const char letter = line.at[0];
	const struct span value = trimmed((struct span){ line.at + 2, line.n_chars - 2 });
	if (!r->is_v_seen) {
		r->is_v_seen = true;
		return letter == 'v' && span_is(value, "0") ? NULL : "must be v=0";
	}
	if (letter == 'm' && !r->is_done)
		end_section(r);
	if (r->is_done)
		return NULL;
	return letter == 'm'   ? read_media(r, value)
	       : letter == 'c' ? read_connection(r, value)
	       : letter == 'a' ? read_attribute(r, value)
			       : NULL;
}

/* The line number has at most five digits: SDP_BYTES_MAX. */
static bool give_reason(char reason[SDP_REASON_BYTES], size_t n_line, const char *wrong)
{
	struct byte_writer w = byte_writer_over((uint8_t *)reason, SDP_REASON_BYTES);

	if (n_line > 0) {
		byte_writer_put(&w, "line ", 5);
		for (size_t unit = 10000; unit > 0; unit /= 10)
			if (n_line >= unit)
				byte_writer_u8(&w, (uint8_t)('0' + n_line / unit % 10));
		byte_writer_put(&w, ": ", 2);
	}
	byte_writer_put(&w, wrong, strlen(wrong) + 1);
	assert(!w.failed); /* all of them are ours */
	return false;
}

bool sdp_read(struct sdp *session, const char *text, size_t n_chars, char reason[SDP_REASON_BYTES])
{
	struct reading r = { 0 };
	struct span rest = { text, n_chars };

	if (n_chars >= BYTE_ORDER_MARK_BYTES &&
		memcmp(text, BYTE_ORDER_MARK, BYTE_ORDER_MARK_BYTES) == 0) {
		rest.at += BYTE_ORDER_MARK_BYTES;
		rest.n_chars -= BYTE_ORDER_MARK_BYTES;
	}
	if (n_chars > SDP_BYTES_MAX)
		return give_reason(reason, 0, "is too long for a session description");
	while (rest.n_chars > 0) {
		struct span line = take_until(&rest, '\n');
		r.n_line++;
		if (line.n_chars > 0 && line.at[line.n_chars - 1] == '\r')
			line.n_chars--;
		line = trimmed(line);
		const char *const wrong = line.n_chars > 0 ? read_line(&r, line) : NULL;
		if (wrong)
			return give_reason(reason, r.n_line, wrong);
	}
	if (!r.is_done)
		end_section(&r);
	if (!r.is_done)
		return give_reason(reason, r.refusal_line,
			r.refusal ? r.refusal : "describes no audio stream with Opus");
	*session = r.session;
	return true;
}
