/* One value of sound between float (full scale -1.0 to 1.0) and 16 bits.
 * Thread: any; pure. */
#ifndef HINDSIGHT_COMMON_IO_PCM16_H
#define HINDSIGHT_COMMON_IO_PCM16_H

#include <math.h>
#include <stdint.h>

/* Rounded to the nearest; clipped beyond full scale, never wrapped; NAN is silence. */
static inline int16_t pcm16_from_float(float value)
{
	const float scaled = value * 32768.0f;
	if (!(scaled > -32768.0f)) /* NAN comes here too */
		return scaled <= -32768.0f ? INT16_MIN : 0;
	return scaled >= 32767.0f ? INT16_MAX : (int16_t)lrintf(scaled);
}

static inline float pcm16_to_float(int16_t value)
{
	return (float)value / 32768.0f;
}

#endif
