#include "common/io/audio_devices.h"

#include <glob.h>
#include <portaudio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int audio_devices_channels(int index, enum audio_direction direction)
{
	const PaDeviceInfo *const device = Pa_GetDeviceInfo(index);

	return direction == AUDIO_CAPTURE ? device->maxInputChannels : device->maxOutputChannels;
}

const char *audio_devices_direction_text(enum audio_direction direction)
{
	static const char *const texts[] = { "capture", "playout", "capture and playout" };

	return texts[direction];
}

static PaDeviceIndex default_device(enum audio_direction direction)
{
	return direction == AUDIO_CAPTURE ? Pa_GetDefaultInputDevice()
					  : Pa_GetDefaultOutputDevice();
}

void audio_devices_list(FILE *file)
{
	const PaDeviceIndex n_devices = Pa_GetDeviceCount();
	if (n_devices <= 0) {
		fprintf(file, "no sound device\n");
		return;
	}
	fprintf(file, "%5s  %-32s %-32s %3s %3s %9s %9s\n", "index", "name", "host API", "in",
		"out", "in ms", "out ms");
	for (PaDeviceIndex i = 0; i < n_devices; i++) {
		const PaDeviceInfo *const device = Pa_GetDeviceInfo(i);
		const bool is_input = i == Pa_GetDefaultInputDevice();
		const bool is_output = i == Pa_GetDefaultOutputDevice();
		fprintf(file, "%5d  %-32s %-32s %3d %3d %9.1f %9.1f%s\n", i, device->name,
			Pa_GetHostApiInfo(device->hostApi)->name, device->maxInputChannels,
			device->maxOutputChannels, 1e3 * device->defaultLowInputLatency,
			1e3 * device->defaultLowOutputLatency,
			is_input && is_output ? "  default"
			: is_input	      ? "  default input"
			: is_output	      ? "  default output"
					      : "");
	}
}

/* "0 ALSA: hw:0, 3 JACK: system", as much as fits, of those whose name contains `part`. */
static void list_names(char *text, size_t n_bytes, enum audio_direction direction, const char *part)
{
	size_t used = 0;
	text[0] = '\0';
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *const device = Pa_GetDeviceInfo(i);
		if (audio_devices_channels(i, direction) <= 0 || !strcasestr(device->name, part))
			continue;
		const int n_chars = snprintf(
			text + used, n_bytes - used, "%s%d %s", used ? ", " : "", i, device->name);
		if (n_chars < 0 || (size_t)n_chars >= n_bytes - used) {
			text[used] = '\0';
			return;
		}
		used += (size_t)n_chars;
	}
}

static PaDeviceIndex find_by_index(
	const char *text, enum audio_direction direction, struct io_error *error)
{
	char names[IO_ERROR_TEXT_BYTES / 2];
	const long index = strtol(text, NULL, 10); /* LONG_MAX where it is too large */

	list_names(names, sizeof names, direction, "");
	if (index < 0 || index >= Pa_GetDeviceCount()) {
		io_error_set(error, "device %s: no such index; available: %s", text, names);
		return paNoDevice;
	}
	const PaDeviceInfo *const device = Pa_GetDeviceInfo((PaDeviceIndex)index);
	if (audio_devices_channels((int)index, direction) <= 0) {
		io_error_set(error, "device %s: %s has no %s; available: %s", text, device->name,
			audio_devices_direction_text(direction), names);
		return paNoDevice;
	}
	return (PaDeviceIndex)index;
}

static PaDeviceIndex find_by_name(
	const char *name, enum audio_direction direction, struct io_error *error)
{
	PaDeviceIndex found = paNoDevice;
	int n_found = 0;
	char names[IO_ERROR_TEXT_BYTES / 2];

	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++) {
		const PaDeviceInfo *const device = Pa_GetDeviceInfo(i);
		if (audio_devices_channels(i, direction) <= 0)
			continue;
		/* An exact name is never ambiguous: the first host API's device. */
		if (strcasecmp(device->name, name) == 0)
			return i;
		if (strcasestr(device->name, name)) {
			found = i;
			n_found++;
		}
	}
	if (n_found == 1)
		return found;
	list_names(names, sizeof names, direction, n_found ? name : "");
	io_error_set(error,
		n_found ? "device %s: ambiguous: %s" : "device %s: unknown; available: %s", name,
		names);
	return paNoDevice;
}

/* Whether there are cards whose files belong to the group audio, or somebody else. */
static bool may_not_open_cards(void)
{
	glob_t cards;
	bool is_forbidden = false;

	if (glob("/dev/snd/pcm*", 0, NULL, &cards) != 0)
		return false;
	for (size_t i = 0; i < cards.gl_pathc; i++)
		is_forbidden = is_forbidden || access(cards.gl_pathv[i], R_OK | W_OK) != 0;
	globfree(&cards);
	return is_forbidden;
}

int audio_devices_find(const char *device, enum audio_direction direction, struct io_error *error)
{
	bool is_any = false;
	for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount(); i++)
		is_any = is_any || audio_devices_channels(i, direction) > 0;
	if (!is_any) {
		io_error_set(error, "device %s: this machine has no sound device for %s%s", device,
			audio_devices_direction_text(direction),
			may_not_open_cards()
				? " that this user may open; is the user in the group audio?"
				: "");
		return -1;
	}

	PaDeviceIndex found = paNoDevice;
	if (strcmp(device, "default") == 0) {
		found = default_device(direction);
		if (found == paNoDevice)
			io_error_set(error,
				"device default: none is set for %s; see "
				"--list-devices",
				audio_devices_direction_text(direction));
	} else if (*device && device[strspn(device, "0123456789")] == '\0') {
		found = find_by_index(device, direction, error);
	} else {
		found = find_by_name(device, direction, error);
	}
	return found == paNoDevice ? -1 : found;
}
