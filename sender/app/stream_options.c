#include "sender/app/stream_options.h"

#include "common/app/cli.h"
#include "common/app/run_options.h"
#include "common/base/units.h"
#include "common/rtp/rtp.h"
#include "common/text/decimal.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fec_choice { FEC_AUTO, FEC_ON, FEC_OFF };

static int refuse_redundancy(const char *text)
{
	return cli_refuse("--redundancy", text,
		"must be auto, off, 1 to %d copies, or ascending distances such as 1,3,6",
		REDUNDANCY_COPIES_MAX);
}

/* "3": the three frames before; "1,3,6": those that far back; "3,": the one that far back. */
static bool parse_redundancy(struct redundancy *r, const char *text)
{
	int values[REDUNDANCY_COPIES_MAX];
	int n_values = 0;
	bool is_list = false;
	const char *at = text;

	for (;;) {
		char *end;
		const long value = *at >= '0' && *at <= '9' ? strtol(at, &end, 10) : 0;
		if (value < 1 || value > PACKETIZER_DISTANCE_MAX ||
			n_values == REDUNDANCY_COPIES_MAX ||
			(n_values > 0 && value <= values[n_values - 1]))
			return false;
		values[n_values++] = (int)value;
		if (*end == '\0')
			break;
		if (*end != ',')
			return false;
		at = end + 1;
		is_list = true;
		if (*at == '\0')
			break;
	}
	if (!is_list) { /* a number of copies */
		if (values[0] > REDUNDANCY_COPIES_MAX)
			return false;
		r->n_copies = values[0];
		for (int i = 0; i < r->n_copies; i++)
			r->distances[i] = i + 1;
		return true;
	}
	r->n_copies = n_values;
	memcpy(r->distances, values, sizeof values);
	return true;
}

static int explain_fault(const struct stream_options *o, enum redundancy_fault fault, int limit)
{
	char bitrate[32];

	snprintf(bitrate, sizeof bitrate, "%g", o->bitrate_kbps);
	switch (fault) {
	case REDUNDANCY_TOO_FAR:
		return cli_refuse("--redundancy", o->redundancy,
			"a copy may be at most 341 ms late: at most %d frames back at %g ms", limit,
			o->frame_ms);
	case REDUNDANCY_TOO_BIG:
		return cli_refuse("--bitrate", bitrate,
			"at most %d kbit/s at %g ms: a datagram carries %d bytes", limit / 1000,
			o->frame_ms, RTP_PAYLOAD_BYTES_MAX);
	case REDUNDANCY_COPY_SMALL:
		return cli_refuse("--copy-bitrate", o->copy_text, "at least %.1f kbit/s at %g ms",
			limit / 1000.0, o->frame_ms);
	default:
		return cli_refuse("--bitrate", bitrate,
			"at least %.1f kbit/s with --redundancy %s at %g ms",
			(limit + 99) / 100 / 10.0, o->redundancy, o->frame_ms);
	}
}

/* "14": for every copy; "16,12,8": for the nearest, the next, and all others. */
static bool parse_rates(struct stream_options *o, const char *text)
{
	const char *at = text;

	o->n_rates = 0;
	for (;;) {
		char number[32];
		const size_t n_chars = strcspn(at, ",");
		double *const kbps = &o->copy_kbps[o->n_rates];
		if (o->n_rates == REDUNDANCY_COPIES_MAX || n_chars >= sizeof number)
			return false;
		memcpy(number, at, n_chars);
		number[n_chars] = '\0';
		if (!decimal_parse(number, kbps) || *kbps < BUDGET_BPS_MIN / 1000.0 || *kbps > 128)
			return false;
		o->n_rates++;
		if (at[n_chars] == '\0')
			return true;
		at += n_chars + 1;
	}
}

static int take_rates(struct stream_options *o, const char *text)
{
	o->copy_text = text;
	if (parse_rates(o, text))
		return OPTION_TAKEN;
	return cli_refuse("--copy-bitrate", text,
		"must be 6 to 128 kbit/s, or the rate of each copy, as in 16,12,8");
}

/* Refuses a --copy-bitrate that the other options exclude. */
static int check_rates(const struct stream_options *o, const struct send_stream_config *c)
{
	const struct redundancy *const r = &c->redundancy;
	int n_forms = 0;

	if (c->adaptive)
		return cli_refuse("--copy-bitrate", o->copy_text,
			"is chosen by --redundancy auto; give a number of copies, as in -r 2");
	if (r->n_copies == 0)
		return cli_refuse("--copy-bitrate", o->copy_text,
			"there are no copies with "
			"--redundancy off");
	if (o->n_rates > r->n_copies)
		return cli_refuse("--copy-bitrate", o->copy_text,
			"at most one rate for each of the %d copies", r->n_copies);
	for (int i = 0; i < o->n_rates; i++) {
		int k = 0;
		while (o->copy_kbps[k] != o->copy_kbps[i])
			k++;
		n_forms += k == i;
	}
	const int n_max = coding_is_speech(c->profile, c->frame_samples) ? REDUNDANCY_FORMS_MAX : 1;
	if (n_forms > n_max)
		return cli_refuse("--copy-bitrate", o->copy_text,
			"at most %d rates; only one unless voice in frames of 10 ms or more",
			REDUNDANCY_FORMS_MAX);
	return OPTION_TAKEN;
}

static enum redundancy_fault share(
	const struct stream_options *o, struct send_stream_config *c, int *limit)
{
	int copy_bps[REDUNDANCY_COPIES_MAX];

	if (o->n_rates == 0)
		return redundancy_share(&c->redundancy, c->frame_samples, c->budget_bps, 0, limit);
	for (int i = 0; i < REDUNDANCY_COPIES_MAX; i++)
		copy_bps[i] = (int)(o->copy_kbps[i < o->n_rates ? i : o->n_rates - 1] * 1000);
	return redundancy_share_rates(
		&c->redundancy, c->frame_samples, c->budget_bps, copy_bps, limit);
}

int stream_options_settle(const struct stream_options *o, struct send_stream_config *c)
{
	const bool is_auto = strcmp(o->redundancy, "auto") == 0;
	int limit = 0;

	c->profile = (enum profile)o->profile;
	c->frame_samples = (int)(o->frame_ms * SAMPLES_PER_MS);
	c->budget_bps = (int)(o->bitrate_kbps * 1000);
	c->dtx = o->dtx;
	c->no_breaker = o->no_breaker;
	c->n_channels = o->n_channels ? o->n_channels : c->profile == PROFILE_MUSIC ? 2 : 1;
	c->adaptive = is_auto;
	c->fec = o->fec == FEC_ON;
	if (is_auto && o->fec != FEC_AUTO)
		return cli_refuse("--fec", c->fec ? "on" : "off",
			"is chosen by --redundancy auto; give a number of copies, as in -r 2");
	if (!is_auto && strcmp(o->redundancy, "off") != 0 &&
		!parse_redundancy(&c->redundancy, o->redundancy))
		return refuse_redundancy(o->redundancy);
	if (o->n_rates > 0) {
		const int code = check_rates(o, c);
		if (code != OPTION_TAKEN)
			return code;
	}
	const enum redundancy_fault fault = share(o, c, &limit);
	return fault == REDUNDANCY_OK ? OPTION_TAKEN : explain_fault(o, fault, limit);
}

struct stream_options stream_options_default(void)
{
	return (struct stream_options){
		.bitrate_kbps = 48,
		.frame_ms = 20,
		.redundancy = "auto",
	};
}

int stream_options_take(struct stream_options *o, int option)
{
	static const double frames_ms[] = { 2.5, 5, 10, 20, 40, 60 };
	static const char *const fec_choices[] = {
		[FEC_AUTO] = "auto", [FEC_ON] = "on", [FEC_OFF] = "off"
	};
	static const char *const profiles[] = { "voice", "music", "lowdelay" };
	int64_t number = 0;
	bool ok = true;

	switch (option) {
	case 'b':
		ok = cli_number("--bitrate", optarg, BUDGET_BPS_MIN / 1000.0,
			BUDGET_BPS_MAX / 1000.0, "kbit/s", &o->bitrate_kbps);
		break;
	case 'f':
		ok = cli_number_among("--frame", optarg, frames_ms,
			sizeof frames_ms / sizeof *frames_ms, "ms", &o->frame_ms);
		break;
	case 'r':
		o->redundancy = optarg;
		break;
	case SEND_OPTION_COPY_BITRATE:
		return take_rates(o, optarg);
	case SEND_OPTION_FEC:
		ok = cli_choice("--fec", optarg, fec_choices, 3, &o->fec);
		break;
	case SEND_OPTION_PROFILE:
		ok = cli_choice("--profile", optarg, profiles, 3, &o->profile);
		break;
	case 'c':
		ok = cli_integer("--channels", optarg, 1, 2, "", &number);
		o->n_channels = (int)number;
		break;
	case SEND_OPTION_NO_BREAKER:
		o->no_breaker = true;
		break;
	case SEND_OPTION_DTX:
		o->dtx = true;
		break;
	default:
		return OPTION_UNKNOWN;
	}
	return ok ? OPTION_TAKEN : EXIT_USAGE;
}
