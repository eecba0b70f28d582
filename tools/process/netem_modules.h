/* The kernel loads its modules for netem and veth by itself when they are first asked for. Those that
 * were not there before are unloaded again when this process has ended, however that happens, unless
 * somebody else uses them by then. Thread: main(), before there are others. Linux, root. */
#ifndef HINDSIGHT_TOOLS_PROCESS_NETEM_MODULES_H
#define HINDSIGHT_TOOLS_PROCESS_NETEM_MODULES_H

#include "tools/process/keeper.h"

/* Before the first link is opened. False: errno says why. */
bool netem_modules_keep(struct keeper *keeper);

#endif
