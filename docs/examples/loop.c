/* Ten seconds of a tone through a sender, a network that loses every tenth datagram, and a receiver,
 * into a WAV file: everything happens in virtual time, at once.
 *
 *     cc loop.c $(pkg-config --cflags --libs libhindsight) -lm -o loop && ./loop heard.wav */
#include <hindsight/recv.h>
#include <hindsight/send.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 500, FRAME_SAMPLES = 960, FRAME_US = 20000, NETWORK_US = 30000 };
enum { OUTPUT_SAMPLES = FRAME_SAMPLES * HINDSIGHT_RECV_CHANNELS };

int main(int argc, char *argv[])
{
	/* "RIFF", size, "WAVE", "fmt ", 16, PCM and 2 channels, rate, bytes a second, bytes a
	 * sample and bits, "data", size; on a little-endian machine. */
	const uint32_t n = FRAMES * OUTPUT_SAMPLES * 2;
	const uint32_t header[] = { 0x46464952, n + 36, 0x45564157, 0x20746d66, 16, 0x20001, 48000,
		192000, 0x100004, 0x61746164, n };
	FILE *const wav = argc == 2 ? fopen(argv[1], "wb") : NULL;
	struct hindsight_send_config sending;
	struct hindsight_recv_config receiving;
	struct hindsight_send *send;
	struct hindsight_recv *recv;
	struct hindsight_recv_stats stats;

	hindsight_send_defaults(&sending, sizeof sending);
	hindsight_identity_draw(&sending.identity, 1); /* in a real call: 64 random bits */
	hindsight_recv_defaults(&receiving, sizeof receiving);
	hindsight_identity_draw(&receiving.identity, 2);
	const size_t send_bytes = hindsight_send_bytes(&sending);
	const size_t recv_bytes = hindsight_recv_bytes(&receiving);
	void *const send_memory = malloc(send_bytes), *recv_memory = malloc(recv_bytes);
	if (!wav || hindsight_send_init(&send, send_memory, send_bytes, &sending) != HINDSIGHT_OK ||
		hindsight_recv_init(&recv, recv_memory, recv_bytes, &receiving) != HINDSIGHT_OK)
		return fputs("usage: loop FILE.wav\n", stderr), 2;
	fwrite(header, sizeof header, 1, wav);
	for (int i = 0; i < FRAMES; i++) {
		const int64_t captured_us = (int64_t)i * FRAME_US, sent_us = captured_us + FRAME_US;
		const int64_t arrival_us = sent_us + NETWORK_US;
		uint8_t datagram[HINDSIGHT_DATAGRAM_BYTES_MAX];
		float tone[FRAME_SAMPLES], heard[OUTPUT_SAMPLES];
		int16_t pcm[OUTPUT_SAMPLES];
		size_t n_bytes;

		for (int k = 0; k < FRAME_SAMPLES; k++) /* 440 Hz at -12 dB */
			tone[k] =
				0.25F * sinf(0.0575959F * (float)((i * FRAME_SAMPLES + k) % 1200));
		hindsight_send_push(send, tone, FRAME_SAMPLES, captured_us);
		n_bytes = hindsight_send_datagram(send, datagram, sent_us);
		if (n_bytes > 0 && i % 10 != 5) /* the network */
			hindsight_recv_push(recv, datagram, n_bytes, arrival_us);
		if ((n_bytes = hindsight_send_rtcp(send, datagram, sent_us)) > 0)
			hindsight_recv_push(recv, datagram, n_bytes, arrival_us);
		hindsight_recv_pull(recv, heard, FRAME_SAMPLES, arrival_us);
		if ((n_bytes = hindsight_recv_rtcp(recv, datagram, arrival_us)) > 0)
			hindsight_send_on_rtcp(send, datagram, n_bytes, arrival_us);
		for (int k = 0; k < OUTPUT_SAMPLES; k++)
			pcm[k] = (int16_t)(32767 * fmaxf(-1, fminf(1, heard[k])));
		fwrite(pcm, sizeof pcm, 1, wav);
	}
	hindsight_recv_read_stats(recv, &stats, sizeof stats);
	printf("lost %lld packets; frames: %lld primary, %lld redundant, %lld concealed; %.0f ms\n",
		(long long)stats.packets_lost, (long long)stats.frames_primary,
		(long long)stats.frames_redundant, (long long)stats.frames_concealed,
		stats.playout_delay_ms);
	free(recv_memory);
	free(send_memory);
	return fclose(wav) != 0;
}
