/* The interposers. malloc() and its kin forward to glibc's other names for them, because dlsym()
 * itself may allocate; the rest forward to what dlsym() finds behind us. printf() and its kin are
 * here by name: what the C library calls inside itself does not pass our write(). */
#undef _FORTIFY_SOURCE	/* whose headers define inline what is defined here, */
#define __NO_INLINE__ 1 /* and so do the others when they may */

#include "tests/rt/rt_guard.h"

#include "common/base/sanitizer.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h> /* tells whether this is glibc, too */

static _Thread_local int callback_depth;
static atomic_uint n_violations;
static _Atomic(const char *) first_caught;

void rt_guard_enter(void)
{
	callback_depth++;
}

void rt_guard_leave(void)
{
	callback_depth--;
}

unsigned rt_guard_violations(void)
{
	return atomic_load(&n_violations);
}

const char *rt_guard_first(void)
{
	return atomic_load(&first_caught);
}

void rt_guard_reset(void)
{
	atomic_store(&n_violations, 0);
	atomic_store(&first_caught, NULL);
}

bool rt_guard_works(void)
{
#if defined(HAS_SANITIZER) || !defined(__GLIBC__)
	return false;
#else
	return true;
#endif
}

#if !defined(HAS_SANITIZER) && defined(__GLIBC__)

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static void catch_call(const char *name)
{
	const char *none = NULL;
	if (callback_depth == 0)
		return;
	atomic_fetch_add(&n_violations, 1);
	atomic_compare_exchange_strong(&first_caught, &none, name);
}

/* The C library's own function of that name, looked up once. */
static void *real_function(_Atomic(void *) *known, const char *name)
{
	void *function = atomic_load(known);
	if (!function) {
		const int depth = callback_depth;
		callback_depth = 0; /* what dlsym() does is not the callback's fault */
		function = dlsym(RTLD_NEXT, name);
		callback_depth = depth;
		if (!function)
			abort();
		atomic_store(known, function);
	}
	return function;
}

#define GUARD(type, name, parameters, arguments)                                                   \
	type name parameters                                                                       \
	{                                                                                          \
		static _Atomic(void *) known;                                                      \
		type(*real) parameters;                                                            \
		void *const function = real_function(&known, #name);                               \
		memcpy(&real, &function, sizeof real); /* ISO C has no cast */                     \
		catch_call(#name);                                                                 \
		return real arguments;                                                             \
	}

/* Memory */
void *__libc_malloc(size_t n_bytes);
void *__libc_calloc(size_t n, size_t n_bytes);
void *__libc_realloc(void *memory, size_t n_bytes);
void *__libc_memalign(size_t alignment, size_t n_bytes);
void __libc_free(void *memory);

void *malloc(size_t n_bytes)
{
	catch_call("malloc");
	return __libc_malloc(n_bytes);
}

void *calloc(size_t n, size_t n_bytes)
{
	catch_call("calloc");
	return __libc_calloc(n, n_bytes);
}

void *realloc(void *memory, size_t n_bytes)
{
	catch_call("realloc");
	return __libc_realloc(memory, n_bytes);
}

void *aligned_alloc(size_t alignment, size_t n_bytes)
{
	catch_call("aligned_alloc");
	return __libc_memalign(alignment, n_bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t n_bytes)
{
	catch_call("posix_memalign");
	*memory = __libc_memalign(alignment, n_bytes);
	return *memory ? 0 : ENOMEM;
}

void free(void *memory)
{
	catch_call("free");
	__libc_free(memory);
}

/* Locks and waiting for other threads */
GUARD(int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
GUARD(int, pthread_mutex_timedlock, (pthread_mutex_t * m, const struct timespec *t), (m, t))
GUARD(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l))
GUARD(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
GUARD(int, pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
GUARD(int, pthread_cond_timedwait,
	(pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t), (c, m, t))
GUARD(int, pthread_cond_signal, (pthread_cond_t * c), (c))
GUARD(int, pthread_cond_broadcast, (pthread_cond_t * c), (c))
GUARD(int, pthread_create, (pthread_t * p, const pthread_attr_t *a, void *(*f)(void *), void *x),
	(p, a, f, x))
GUARD(int, pthread_join, (pthread_t p, void **x), (p, x))
GUARD(int, sem_wait, (sem_t * s), (s))
GUARD(int, sem_timedwait, (sem_t * s, const struct timespec *t), (s, t))

/* Files */
GUARD(ssize_t, read, (int fd, void *b, size_t n), (fd, b, n))
GUARD(ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n))
GUARD(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n))
GUARD(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
GUARD(int, close, (int fd), (fd))
GUARD(FILE *, fopen, (const char *path, const char *mode), (path, mode))
GUARD(int, fclose, (FILE * f), (f))
GUARD(int, fflush, (FILE * f), (f))
GUARD(size_t, fread, (void *b, size_t n, size_t m, FILE *f), (b, n, m, f))

#define GUARD_OPEN(name)                                                                           \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		static _Atomic(void *) known;                                                      \
		int (*real)(const char *, int, ...);                                               \
		void *const function = real_function(&known, #name);                               \
		va_list arguments;                                                                 \
		va_start(arguments, flags);                                                        \
		const bool has_mode = flags & (O_CREAT | O_TMPFILE);                               \
		const mode_t mode = has_mode ? va_arg(arguments, mode_t) : 0;                      \
		va_end(arguments);                                                                 \
		memcpy(&real, &function, sizeof real);                                             \
		catch_call(#name);                                                                 \
		return real(path, flags, mode);                                                    \
	}
GUARD_OPEN(open)
GUARD_OPEN(open64)

/* Sockets */
GUARD(int, socket, (int d, int t, int p), (d, t, p))
GUARD(ssize_t, send, (int fd, const void *b, size_t n, int f), (fd, b, n, f))
GUARD(ssize_t, sendmsg, (int fd, const struct msghdr *m, int f), (fd, m, f))
GUARD(ssize_t, sendto,
	(int fd, const void *b, size_t n, int f, __CONST_SOCKADDR_ARG a, socklen_t l),
	(fd, b, n, f, a, l))
GUARD(ssize_t, recv, (int fd, void *b, size_t n, int f), (fd, b, n, f))
GUARD(ssize_t, recvmsg, (int fd, struct msghdr *m, int f), (fd, m, f))
GUARD(ssize_t, recvfrom, (int fd, void *b, size_t n, int f, __SOCKADDR_ARG a, socklen_t *l),
	(fd, b, n, f, a, l))

/* Waiting and sleeping */
GUARD(int, poll, (struct pollfd * p, nfds_t n, int t), (p, n, t))
GUARD(int, ppoll, (struct pollfd * p, nfds_t n, const struct timespec *t, const sigset_t *s),
	(p, n, t, s))
GUARD(int, select, (int n, fd_set *r, fd_set *w, fd_set *e, struct timeval *t), (n, r, w, e, t))
GUARD(int, epoll_wait, (int fd, struct epoll_event *e, int n, int t), (fd, e, n, t))
GUARD(int, nanosleep, (const struct timespec *t, struct timespec *r), (t, r))
GUARD(int, clock_nanosleep, (clockid_t c, int f, const struct timespec *t, struct timespec *r),
	(c, f, t, r))
GUARD(int, usleep, (useconds_t t), (t))
GUARD(unsigned, sleep, (unsigned t), (t))

/* Printing: all forms end in one of these, also those that the compiler makes of printf(). */
GUARD(int, puts, (const char *s), (s))
GUARD(int, putchar, (int c), (c))
GUARD(int, fputc, (int c, FILE *f), (c, f))
GUARD(int, putc, (int c, FILE *f), (c, f))
GUARD(int, fputs, (const char *s, FILE *f), (s, f))
GUARD(size_t, fwrite, (const void *b, size_t n, size_t m, FILE *f), (b, n, m, f))
GUARD(int, vfprintf, (FILE * f, const char *s, va_list a), (f, s, a))
GUARD(int, vprintf, (const char *s, va_list a), (s, a))
GUARD(int, vdprintf, (int fd, const char *s, va_list a), (fd, s, a))

/* What _FORTIFY_SOURCE makes of them. */
int __vfprintf_chk(FILE *f, int level, const char *s, va_list a);
int __vprintf_chk(int level, const char *s, va_list a);
int __printf_chk(int level, const char *s, ...);
int __fprintf_chk(FILE *f, int level, const char *s, ...);
GUARD(int, __vfprintf_chk, (FILE * f, int level, const char *s, va_list a), (f, level, s, a))
GUARD(int, __vprintf_chk, (int level, const char *s, va_list a), (level, s, a))

/* The forms with "..." hand on to ours with a list, which count them. */
#define GUARD_VARIADIC(name, parameters, last, call)                                               \
	int name parameters                                                                        \
	{                                                                                          \
		va_list arguments;                                                                 \
		va_start(arguments, last);                                                         \
		const int n_chars = call;                                                          \
		va_end(arguments);                                                                 \
		return n_chars;                                                                    \
	}
GUARD_VARIADIC(printf, (const char *s, ...), s, vfprintf(stdout, s, arguments))
GUARD_VARIADIC(fprintf, (FILE * f, const char *s, ...), s, vfprintf(f, s, arguments))
GUARD_VARIADIC(dprintf, (int fd, const char *s, ...), s, vdprintf(fd, s, arguments))
GUARD_VARIADIC(__printf_chk, (int level, const char *s, ...), s,
	__vfprintf_chk(stdout, level, s, arguments))
GUARD_VARIADIC(__fprintf_chk, (FILE * f, int level, const char *s, ...), s,
	__vfprintf_chk(f, level, s, arguments))

#endif
