/* Real-time priority and locked memory, each with a line for -v that says whether it was
 * granted. */
#ifndef HINDSIGHT_COMMON_APP_REALTIME_LOG_H
#define HINDSIGHT_COMMON_APP_REALTIME_LOG_H

/* For the calling thread. name: "send" for the send thread. */
void realtime_begin_thread(const char *name);

/* For the process: in main(), once everything is open. */
void realtime_begin_process(void);

#endif
