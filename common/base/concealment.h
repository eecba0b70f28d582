/* How a receiver conceals a missing frame. It tells the sender, whose price of a gap depends on
 * it. */
#ifndef HINDSIGHT_COMMON_BASE_CONCEALMENT_H
#define HINDSIGHT_COMMON_BASE_CONCEALMENT_H

enum concealment {
	CONCEALMENT_PLAIN, /* as every libopus does; assumed where the receiver does not say */
	CONCEALMENT_NEURAL /* by libopus's neural network, which sounds better */
};

/* libopus 1.5: the lowest decoder complexity at which it conceals by neural network. */
enum { CONCEALMENT_NEURAL_COMPLEXITY = 5 };

#endif
