/* Result codes of the core: what a step of the pure part may answer.
 * Thread: any. Nothing here allocates, and no code means "exit". */
#ifndef HINDSIGHT_COMMON_BASE_STATUS_H
#define HINDSIGHT_COMMON_BASE_STATUS_H

enum status {
	STATUS_OK = 0,
	STATUS_TRUNCATED,   /* fewer bytes than the format promises */
	STATUS_MALFORMED,   /* the bytes contradict the format */
	STATUS_UNSUPPORTED, /* well-formed, but not a format that we speak (payload type, control) */
	STATUS_DUPLICATE,   /* this sequence number has been taken before */
	STATUS_WITHOUT_SOUND, /* of the stream heard, and nothing in it to be played */
	STATUS_LATE,	    /* its turn to be played is over */
	STATUS_OUT_OF_WINDOW, /* too far from where the stream is: a restart, or an attack */
	STATUS_FOREIGN,	      /* another source's packet, on probation or refused */
	STATUS_NO_ROOM,	      /* the caller's buffer is too small */
	STATUS_BAD_CONFIG,    /* a value of the configuration is out of its stated range */
	STATUS_CODEC	      /* libopus refused what it was given */
};

#endif
