/* Runs a fuzz target over files, where libFuzzer is not at hand: every compiler then tests the
 * corpus. Usage: <program> FILE... */
#include "tests/fuzz/fuzz.h"

enum { INPUT_BYTES_MAX = 1 << 20 };

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *const file = fopen(argv[i], "rb");
		uint8_t *const bytes = malloc(INPUT_BYTES_MAX);
		if (!file || !bytes) {
			fprintf(stderr, "%s: cannot be read\n", argv[i]);
			return 1;
		}
		const size_t n_bytes = fread(bytes, 1, INPUT_BYTES_MAX, file);
		fclose(file);
		/* Of the exact size, so that a sanitizer sees a read beyond the end. */
		uint8_t *const exact = realloc(bytes, n_bytes > 0 ? n_bytes : 1);
		if (!exact) {
			free(bytes);
			return 1;
		}
		LLVMFuzzerTestOneInput(exact, n_bytes);
		free(exact);
	}
	printf("%d inputs\n", argc - 1);
	return argc > 1 ? 0 : 1; /* an empty corpus tests nothing */
}
