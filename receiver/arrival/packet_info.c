#include "receiver/arrival/packet_info.h"

#include "common/base/units.h"

#include <opus/opus.h>

int packet_info_samples(const uint8_t *packet, size_t n_bytes)
{
	const unsigned char *frames[48]; /* RFC 6716, 3.2.5: at most 48 frames of 2.5 ms */
	opus_int16 sizes[48];

	if (n_bytes == 0 || n_bytes > INT32_MAX ||
		opus_packet_parse(packet, (opus_int32)n_bytes, NULL, frames, sizes, NULL) < 1)
		return 0;
	const int n_samples =
		opus_packet_get_nb_samples(packet, (opus_int32)n_bytes, SAMPLES_PER_SECOND);
	return n_samples >= FRAME_SAMPLES_MIN && n_samples <= PACKET_SAMPLES_MAX ? n_samples : 0;
}

int packet_info_frame_samples(const uint8_t *packet)
{
	return opus_packet_get_samples_per_frame(packet, SAMPLES_PER_SECOND);
}

bool packet_info_is_stereo(const uint8_t *packet)
{
	return opus_packet_get_nb_channels(packet) == 2;
}

bool packet_info_has_fec(const uint8_t *packet, size_t n_bytes)
{
	const unsigned char *frames[48];
	opus_int16 sizes[48];
	const int config = packet[0] >> 3;

	if (config >= 16) /* RFC 6716, table 2: CELT only */
		return false;
	if (opus_packet_parse(packet, (opus_int32)n_bytes, NULL, frames, sizes, NULL) < 1 ||
		sizes[0] == 0)
		return false;
	/* RFC 6716, 4.2.3: for each channel a voice flag per 20 ms and then one LBRR flag, all at
	 * even odds, hence the first bits as they are. */
	const int frame_samples = packet_info_frame_samples(packet);
	const int n_voice_flags = frame_samples > 960 ? frame_samples / 960 : 1;
	const bool mid = frames[0][0] >> (7 - n_voice_flags) & 1;
	const bool side =
		packet_info_is_stereo(packet) && (frames[0][0] >> (6 - 2 * n_voice_flags) & 1);
	return mid || side;
}
