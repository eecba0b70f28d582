/* HAS_SANITIZER: defined where this build watches its own memory or threads, by gcc or clang. */
#ifndef HINDSIGHT_COMMON_BASE_SANITIZER_H
#define HINDSIGHT_COMMON_BASE_SANITIZER_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

#endif
