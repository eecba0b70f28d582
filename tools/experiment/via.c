#include "tools/experiment/via.h"

const struct via *const vias[N_VIAS] = { &via_sim, &via_relay, &via_netem };
