/* tidewheel-init: PID 1 of a run's container (DESIGN 6.2). Usage: init COMMAND_FILE RECORD_FILE [BUNDLE_FILE | -]
 *
 * It runs the command at most once per record file, keeps the timeout by CLOCK_MONOTONIC while the daemon may be down,
 * passes signals on, reaps, leaves a durable record of how the command ended, and packs what it put out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/init_format.h"
#include "init.h"

static void make_out_dir(char const* path) {
  if (*path == '\0') return;
  /* Both may fail (not root, read-only root): then the daemon has made it, or the command will say what it misses. */
  if (mkdir(path, 0777) == 0 || errno == EEXIST) (void)!chmod(path, 0777);
}

int main(int argc, char** argv) {
  struct command command;
  sigset_t waited;
  struct outcome outcome = {.kind = "not_started", .code = TW_EXIT_NOT_RUN};
  /* First of all: a signal that comes early must wait for the command, and a full file must be an error (SIGXFSZ). */
  block_signals(&waited);
  if (argc != 3 && argc != 4) {
    complain("usage: init COMMAND_FILE RECORD_FILE [BUNDLE_FILE | -]", "");
    return TW_EXIT_NOT_RUN;
  }
  char const* const problem = read_command(argv[1], &command);
  if (problem != NULL) {
    complain("command file: ", problem);
    return TW_EXIT_NOT_RUN;
  }
  /* "-": the daemon is on another host, could not lay the record here and takes /out through the engine. */
  bool const is_remote = argc == 4 && strcmp(argv[3], "-") == 0;
  int const record = open_record(argv[2], is_remote);
  if (record < 0) return TW_EXIT_NOT_RUN;

  int64_t const started = now_ms(CLOCK_MONOTONIC);
  int64_t const oom_kills_before = oom_kills();
  make_out_dir(command.out_dir);
  for (char** entry = command.environment; *entry != NULL; ++entry) putenv(*entry);
  supervise(&command, &waited, &outcome);
  write_exit(record, &outcome, started, oom_kills_before);
  int64_t const bundle_size = is_remote ? -1 : write_bundle(argv[3], command.out_dir);
  if (bundle_size >= 0) write_seal(record, bundle_size);
  _exit(outcome.code);
}
