/* Two network namespaces joined by a pair of veth devices, and the kernel's tc netem on the path
 * from the first to the second. Nothing has a name outside: the namespaces are held by two
 * processes of ours, which die with us, and devices and queues go with the namespaces. So nothing
 * stays behind, however the program ends. Needs root, and the programs ip and tc. Owner: the
 * caller, who closes what was opened. */
#ifndef HINDSIGHT_TOOLS_PROCESS_NETEM_LINK_H
#define HINDSIGHT_TOOLS_PROCESS_NETEM_LINK_H

#include "tools/process/child.h"

#include <stdbool.h>

#define NETEM_LINK_FROM "10.97.0.1" /* of the first; the other is the target */
#define NETEM_LINK_TO	"10.97.0.2"

struct netem_link {	   /* {0} is closed */
	struct child from; /* what runs in their namespaces: struct child_setup's network_of */
	struct child to;
};

/* spec: as channel_spec_parse() takes it; "" is a perfect link. errors: a file for what ip and tc
 * complain of, written over. False: *error says why in a line, and nothing is left. */
bool netem_link_open(
	struct netem_link *link, const char *spec, const char *errors, struct io_error *error);

/* Whatever still runs in them goes on without a network. Closing twice does nothing. */
void netem_link_close(struct netem_link *link);

#endif
