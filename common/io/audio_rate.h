/* A device whose clock is not 48 kHz: its blocks are resampled by soxr within the device's
 * callback, so that the device's clock stays the only one. All memory is taken on opening, where
 * both ways are run through once: soxr's buffers do not grow any more then. Thread: open and
 * close belong to the owner of the stream, the rest to the device's callback. */
#ifndef HINDSIGHT_COMMON_IO_AUDIO_RATE_H
#define HINDSIGHT_COMMON_IO_AUDIO_RATE_H

#include "common/io/audio_io.h"

struct audio_rate; /* private to audio_rate.c */

/* config: of the stream, for whose process() blocks at 48 kHz are made, of n_channels. NULL: no
 * memory, or such a rate cannot be resampled. */
struct audio_rate *audio_rate_open(
	const struct audio_config *config, int n_channels, double device_hz);

/* NULL does nothing. */
void audio_rate_close(struct audio_rate *rate);

/* One block of the device, playout or capture, at its rate. */
void audio_rate_process(struct audio_rate *rate, const struct audio_block *block);

#endif
