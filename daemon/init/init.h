#pragma once
/* What the parts of the init share. No stdio, no heap but for the command: it has to work in an empty image. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct command {
  char const* file; /* where it was read; the daemon empties it when nobody waits for the command any more */
  uint64_t timeout_ms, grace_ms;
  char const* out_dir; /* empty: none */
  char** argv;         /* NULL-terminated, points into the file's bytes */
  char** environment;  /* NULL-terminated NAME=value */
};

struct outcome {
  char const* kind; /* exited signalled no_command not_executable not_started */
  int code;         /* what the init exits with */
  int signal;
  int error_number;
  bool timed_out;
  int forwarded; /* last terminating signal passed on, 0 for none */
};

int64_t now_ms(clockid_t clock);
/* One line on stderr: "tidewheel-init: A B". */
void complain(char const* a, char const* b);

/* NULL, or what is wrong with the file. */
char const* read_command(char const* path, struct command* command);

/* Opens the record and appends a durable start mark; the descriptor, or -1 with the problem on stderr. */
int open_record(char const* path, bool make);
/* Number of processes of this cgroup that the kernel killed for memory so far, -1 if it does not tell. */
int64_t oom_kills(void);
/* Appends the exit line; a failure is told on stderr and otherwise ignored, the command has run after all. */
void write_exit(int record, struct outcome const* outcome, int64_t started_mono_ms, int64_t oom_kills_at_start);

/* Packs the out directory into the file; its size, or -1: the engine has to be asked for the folder. Before that it
 * ends every other process of the container. */
int64_t write_bundle(char const* path, char const* out_dir);
/* Appends the bundle's seal. */
void write_seal(int record, int64_t bundle_size);

/* Blocked signals wait for sigtimedwait, so none can slip in between a check and a wait. Faults of our own stay lethal.
 */
void block_signals(sigset_t* waited);
/* Runs the command to its end as a child and reaps everything that is handed to us meanwhile. */
void supervise(struct command const* command, sigset_t const* waited, struct outcome* outcome);
