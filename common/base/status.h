/* Result codes of the pure core.
 * Thread: any. Nothing here allocates, and no code means "exit". */
#ifndef HINDSIGHT_COMMON_BASE_STATUS_H
#define HINDSIGHT_COMMON_BASE_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_TRUNCATED, /* fewer bytes than the format requires */
	STATUS_MALFORMED, /* the bytes contradict the format */
	/* well-formed, but not a format that we support (payload type, control) */
	STATUS_UNSUPPORTED,
	STATUS_DUPLICATE,     /* this sequence number has been received before */
	STATUS_WITHOUT_SOUND, /* of the played stream, but there is nothing to play in it */
	STATUS_LATE,	      /* too late to be played */
	STATUS_OUT_OF_WINDOW, /* too far from where the stream is: a restart, or an attack */
	STATUS_FOREIGN,	      /* another source's packet, on probation or refused */
	STATUS_NO_ROOM,	      /* the caller's buffer is too small */
	STATUS_BAD_CONFIG,    /* a value of the configuration is out of its stated range */
	STATUS_CODEC	      /* libopus refused what it was given */
};

#endif
