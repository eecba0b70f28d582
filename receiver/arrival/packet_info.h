/* What the first bytes of an Opus packet say about it; no decoder is needed (RFC 6716, 3). Pure;
 * the packet stays the caller's.
 * Thread: any. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_PACKET_INFO_H
#define HINDSIGHT_RECEIVER_ARRIVAL_PACKET_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Duration of the Opus packet, 120..5760 samples; 0 where the bytes are not an Opus packet. Checks
 * the whole framing (RFC 6716, 3.4), so that a packet that passes can be decoded. */
int packet_info_samples(const uint8_t *packet, size_t n_bytes);

/* Duration of each frame in it, and whether it has two channels. The packet must be valid. */
int packet_info_frame_samples(const uint8_t *packet);
bool packet_info_is_stereo(const uint8_t *packet);

/* Whether the packet carries its predecessor at low rate (in-band FEC, RFC 6716, 4.2.4). */
bool packet_info_has_fec(const uint8_t *packet, size_t n_bytes);

#endif
