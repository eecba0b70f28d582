/* What an Opus packet says of itself in its first bytes; no decoder is needed for it (RFC 6716, 3).
 * Pure; the packet stays the caller's. Thread: any. */
#ifndef HINDSIGHT_RECEIVER_ARRIVAL_PACKET_INFO_H
#define HINDSIGHT_RECEIVER_ARRIVAL_PACKET_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long the Opus packet is, 120..5760 samples; 0 where the bytes are no Opus packet. Reads the
 * framing wholly (RFC 6716, 3.4), so that what passes here will decode. */
int packet_info_samples(const uint8_t *packet, size_t n_bytes);

/* How long each frame in it is, and whether it carries two channels. The packet is valid. */
int packet_info_frame_samples(const uint8_t *packet);
bool packet_info_is_stereo(const uint8_t *packet);

/* Whether the packet carries its predecessor at low rate (in-band FEC, RFC 6716, 4.2.4). */
bool packet_info_has_fec(const uint8_t *packet, size_t n_bytes);

#endif
