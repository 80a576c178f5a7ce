/// LD_PRELOAD into a daemon of a test: it dies, as by kill -9, at the nth of its durable steps: what SQLite, the
/// collector and all others do by fsync, fdatasync, syncfs or rename, and the first write of a transaction. The program
/// itself is the one that is shipped.
///
/// DIE_AT=N       which step; 0 or unset: none, they are only counted
/// DIE_AFTER=1    dies when the step is done, not before it
/// DIE_COUNT=FILE gets a letter a step: w, d, f, s or r
/// DIE_ARMED=FILE nothing counts before this file exists
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_long steps;

/// True: this step is the last thing that the process does.
static int is_last(char kind) {
  int const before = errno;
  char const* const armed = getenv("DIE_ARMED");
  int last = 0;
  if (armed == NULL || access(armed, F_OK) == 0) {
    char const* const at = getenv("DIE_AT");
    char const* const count = getenv("DIE_COUNT");
    last = at != NULL && ++steps == atol(at);
    if (count != NULL) {
      int const file = open(count, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
      if (file >= 0) {
        if (write(file, &kind, 1) != 1) abort();
        close(file);
      }
    }
  }
  errno = before;
  return last;
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/// The real function of this name, between the two moments at which the process may die.
#define STEP(kind, type, ...)                                     \
  __typeof__(type)* const real = dlsym(RTLD_NEXT, __func__);      \
  int const last = is_last(kind);                                 \
  int const after = last && getenv("DIE_AFTER") != NULL;          \
  if (last && !after) die();                                      \
  __typeof__(real(__VA_ARGS__)) const result = real(__VA_ARGS__); \
  if (after) die();                                               \
  return result

static atomic_int written;  // since the last fdatasync

int fsync(int fd) {
  STEP('f', int(int), fd);
}
int fdatasync(int fd) {
  written = 0;
  STEP('d', int(int), fd);
}
int syncfs(int fd) {
  STEP('s', int(int), fd);
}
int rename(char const* from, char const* to) {
  STEP('r', int(char const*, char const*), from, to);
}
/// Of SQLite's writes the first of each transaction: before it nothing is committed, once all are through it is.
ssize_t pwrite64(int fd, void const* bytes, size_t size, off64_t offset) {
  typedef ssize_t Pwrite(int, void const*, size_t, off64_t);
  if (atomic_exchange(&written, 1) != 0) return ((Pwrite*)dlsym(RTLD_NEXT, "pwrite64"))(fd, bytes, size, offset);
  STEP('w', Pwrite, fd, bytes, size, offset);
}
