/* A call of 20 s in virtual time, and the score of what was heard. The sound that is said is one for
 * the whole test program: made words, or recordings. Fails as cmocka does. */
#ifndef HINDSIGHT_TESTS_SIM_SCORED_CALL_H
#define HINDSIGHT_TESTS_SIM_SCORED_CALL_H

#include "tools/score/score.h"
#include "tools/sim/simulation.h"

enum { SCORED_CALL_SECONDS = 20 };

void scored_call_say_words(void);
void scored_call_say_recordings(char *const *paths); /* one after the other, up to NULL */

/* channel: as tc netem says it. */
struct channel_spec scored_call_channel(const char *channel);

struct score_result scored_call(const struct simulation_config *config);

#endif
