/* How a receiver fills a frame of which nothing came in time: it tells the sender, whose price of a
 * gap hangs on it. */
#ifndef HINDSIGHT_COMMON_BASE_CONCEALMENT_H
#define HINDSIGHT_COMMON_BASE_CONCEALMENT_H

enum concealment {
	CONCEALMENT_PLAIN, /* as every libopus does; whoever tells nothing is taken for this */
	CONCEALMENT_NEURAL /* by libopus's neural network, which sounds better */
};

/* libopus 1.5: the least decoder complexity with which it conceals by neural network. */
enum { CONCEALMENT_NEURAL_COMPLEXITY = 5 };

#endif
