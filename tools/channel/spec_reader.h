/* Reads a channel's specification word by word: times, percentages, rates and numbers as tc
 * writes them, and the one line of complaint about what is none.
 * Pure. Owner: channel_spec_parse(). Every function that returns false has written the complaint,
 * and has left its result untouched. */
#ifndef HINDSIGHT_TOOLS_CHANNEL_SPEC_READER_H
#define HINDSIGHT_TOOLS_CHANNEL_SPEC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPEC_WORD_BYTES = 40 }; /* longer than any word that has a meaning */

struct spec_reader {
	const char *at;		    /* the rest of the text */
	char word[SPEC_WORD_BYTES]; /* the word in hand */
	const char *keyword;	    /* whose arguments are being read */
	char *message;		    /* where the complaint goes */
	size_t message_bytes;
};

/* Writes the complaint, cut to fit. Returns false always. */
bool spec_reader_refuse(struct spec_reader *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the next word in hand, made printable, and cut with "..." (which nothing matches) if it is
 * too long. False at the end, without a complaint. */
bool spec_reader_take_word(struct spec_reader *r);

/* The same for a word that must be there; wanted: what it is. */
bool spec_reader_take_argument(struct spec_reader *r, const char *wanted);

/* Takes the next word as it is, which must be there and fit; wanted: what it is. */
bool spec_reader_take_name(
	struct spec_reader *r, const char *wanted, char *name, size_t name_bytes);

/* Takes the next word if it is this one, or as much of its beginning as tc asks for: a letter. */
bool spec_reader_take_if(struct spec_reader *r, const char *word);

/* Whether the next word begins as a number does: so tc tells an argument that may be left out from
 * the next keyword. */
bool spec_reader_next_is_number(const struct spec_reader *r);
bool spec_reader_next_is_signed_number(const struct spec_reader *r);
bool spec_reader_next_is_digit(const struct spec_reader *r);

/* The word in hand as a time: "20ms", "1.5s", "500us"; a bare number is in us. 0..max_us. */
bool spec_reader_time(struct spec_reader *r, int64_t max_us, int64_t *time_us);

/* Takes a word as a percentage, "2.5%" or "2.5", into netem's fixed point: UINT32_MAX is 100 %. */
bool spec_reader_take_percent(struct spec_reader *r, uint32_t *probability);

/* The same where the next word is a number, else nothing. */
bool spec_reader_take_optional_percent(struct spec_reader *r, uint32_t *probability);

/* The word in hand as a rate: "100kbit", "12.5kbps" (bytes), "1mibit"; a bare number is in bit. */
bool spec_reader_rate(struct spec_reader *r, uint64_t *bytes_per_second);

/* The word in hand as a count, which tc reads as a size: "1k" is 1024. */
bool spec_reader_count(struct spec_reader *r, uint32_t *count);

/* The word in hand as a whole number in min..max; what: its name in the complaint. */
bool spec_reader_integer(
	struct spec_reader *r, const char *what, int64_t min, int64_t max, int64_t *number);

#endif
