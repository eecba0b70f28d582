/* Any text as a plan: what is taken is in range and named so that it can be a file; a complaint is
 * one line that names the line. */
#include "tests/fuzz/fuzz.h"
#include "tools/experiment/plan.h"

#include <string.h>

static void require_name(const char *name)
{
	REQUIRE(*name != '\0' && *name != '.' && *name != '-');
	REQUIRE(strlen(name) < PLAN_NAME_BYTES && !strpbrk(name, "/'\" \t\n,"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static struct experiment_plan plan;
	struct io_error error = { "" };

	memset(&plan, 0, sizeof plan);
	if (!plan_parse(&plan, (const char *)data, n_bytes, &error)) {
		REQUIRE(strncmp(error.text, "line ", 5) == 0);
		REQUIRE(!strpbrk(error.text, "\n\r\033"));
	}
	REQUIRE(plan.n_channels <= PLAN_CHANNELS_MAX && plan.n_settings <= PLAN_SETTINGS_MAX);
	REQUIRE(plan.n_seeds <= PLAN_SEEDS_MAX);
	REQUIRE(plan.seconds >= 0 && plan.seconds <= PLAN_SECONDS_MAX);
	REQUIRE(memchr(plan.title, '\0', sizeof plan.title) &&
		memchr(plan.recording, '\0', sizeof plan.recording));
	for (size_t i = 0; i < plan.n_channels; i++)
		require_name(plan.channels[i].name);
	for (size_t i = 0; i < plan.n_settings; i++)
		require_name(plan.settings[i].name);
	if (plan_settle(&plan, &error))
		REQUIRE(plan.n_channels > 0 && plan.n_settings > 0 && plan.n_seeds > 0);
	return 0;
}
