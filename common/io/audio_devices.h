/* The sound devices of this machine: listing them, and finding one by what the user types. After
 * audio_io_init(). Thread: the one that owns PortAudio, see audio_io.h. */
#ifndef HINDSIGHT_COMMON_IO_AUDIO_DEVICES_H
#define HINDSIGHT_COMMON_IO_AUDIO_DEVICES_H

#include "common/io/io_error.h"

#include <stdio.h>

/* Duplex: both in one process(), so that sample n of input and output belong to the same moment of
 * the device's clock. */
enum audio_direction { AUDIO_CAPTURE, AUDIO_PLAYOUT, AUDIO_DUPLEX };

/* "capture", "playout", "capture and playout". */
const char *audio_devices_direction_text(enum audio_direction direction);

/* One line for each device: index, name, host API, channels in and out, which is the default,
 * latency. A machine without a device gets one line that says so. */
void audio_devices_list(FILE *file);

/* The index of the device for that direction, capture or playout. device: "default", an index, or
 * part of a name in any case. -1: unknown or ambiguous name, index out of range, or a device
 * without that direction; *error lists the available devices. */
int audio_devices_find(const char *device, enum audio_direction direction, struct io_error *error);

/* How many channels a device has in that direction; 0: none. Of a duplex stream, the output's. */
int audio_devices_channels(int index, enum audio_direction direction);

#endif
