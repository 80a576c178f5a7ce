#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/init_format.h"
#include "init.h"

#define TW_LOOK_EVERY_MS 2000 /* at the command's file, whether it was given up */

/* What the child tells through a close-on-exec pipe when execve did not happen. */
struct exec_failure {
  int error_number;
  bool exists; /* the file is there but cannot be run: interpreter missing, no permission, wrong format */
};

int64_t now_ms(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void block_signals(sigset_t* waited) {
  sigfillset(waited);
  int const faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
  for (size_t i = 0; i < sizeof faults / sizeof *faults; ++i) sigdelset(waited, faults[i]);
  sigprocmask(SIG_SETMASK, waited, NULL);
}

static void reset_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) sigaction(number, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static struct exec_failure try_exec(char const* path, char** argv) {
  execve(path, argv, environ);
  struct exec_failure failure = {.error_number = errno, .exists = false};
  failure.exists = faccessat(AT_FDCWD, path, F_OK, 0) == 0 || errno == EACCES;
  return failure;
}

/* As execvp(3), but a file that is no program is an error, as with docker run, and not handed to a shell. */
static struct exec_failure exec_command(char** argv) {
  char const* const name = argv[0];
  struct exec_failure found = {.error_number = ENOENT, .exists = false};
  size_t const length = strlen(name);
  if (length == 0) return found;
  if (strchr(name, '/') != NULL) return try_exec(name, argv);
  char const* path = getenv("PATH");
  if (path == NULL) path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char* const candidate = malloc(strlen(path) + length + 3);
  if (candidate == NULL) return (struct exec_failure){.error_number = ENOMEM, .exists = true};
  for (;;) {
    size_t const folder = strcspn(path, ":");
    memcpy(candidate, folder == 0 ? "." : path, folder == 0 ? 1 : folder);
    size_t const prefix = folder == 0 ? 1 : folder;
    candidate[prefix] = '/';
    memcpy(candidate + prefix + 1, name, length + 1);
    struct exec_failure const failure = try_exec(candidate, argv);
    bool const elsewhere = failure.error_number == EACCES || failure.error_number == ENOTDIR ||
                           (failure.error_number == ENOENT && !failure.exists);
    if (!elsewhere) return failure;
    /* A folder that may not be searched says nothing about the command; a file that may not be run does. */
    if (failure.error_number == EACCES && faccessat(AT_FDCWD, candidate, F_OK, 0) == 0) found = failure;
    if (path[folder] == '\0') return found;
    path += folder + 1;
  }
}

static pid_t start_child(struct command const* command, int pipe_ends[2]) {
  pid_t const child = fork();
  if (child != 0) return child;
  setsid();
  reset_signals();
  struct exec_failure const failure = exec_command(command->argv);
  (void)!write(pipe_ends[1], &failure, sizeof failure);
  _exit(TW_EXIT_NO_COMMAND);
}

static bool is_terminating(int number) {
  return number != SIGCONT && number != SIGWINCH && number != SIGURG && number != SIGTSTP && number != SIGTTIN &&
         number != SIGTTOU;
}

/* To the whole group; to the child alone in the moment before it has made its group. */
static void send(pid_t child, int number) {
  if (kill(-child, number) != 0 && errno == ESRCH) kill(child, number);
}

static bool reap(pid_t child, int* status) {
  bool ended = false;
  for (;;) {
    int one = 0;
    pid_t const reaped = waitpid(-1, &one, WNOHANG);
    if (reaped == -1 && errno == EINTR) continue;
    if (reaped <= 0) return ended;
    if (reaped == child) {
      ended = true;
      *status = one;
    }
  }
}

/* An engine that was killed in the middle of a start may believe that this container never ran; then nobody can send it
 * a signal. So the daemon says it here: it empties the file of a command that it gives up. */
static bool is_given_up(struct command const* command) {
  struct stat file;
  return stat(command->file, &file) == 0 && file.st_size == 0;
}

/* Waits for the child, passing signals on and keeping the timeout. Returns its wait status. */
static int watch_over(pid_t child, struct command const* command, sigset_t const* waited, struct outcome* outcome) {
  int status = 0;
  int64_t deadline = command->timeout_ms == 0 ? INT64_MAX : now_ms(CLOCK_MONOTONIC) + (int64_t)command->timeout_ms;
  bool ending = false; /* it was told to end and has its grace */
  while (!reap(child, &status)) {
    int64_t ms = deadline == INT64_MAX ? INT64_MAX : deadline - now_ms(CLOCK_MONOTONIC);
    bool const given_up = !ending && is_given_up(command);
    if (ms <= 0 && ending) {
      send(child, SIGKILL);
      deadline = INT64_MAX;
      continue;
    }
    if (ms <= 0 || given_up) {
      send(child, SIGTERM);
      send(child, SIGCONT); /* a stopped process could not act on SIGTERM */
      if (ms <= 0)
        outcome->timed_out = true;
      else
        outcome->forwarded = SIGTERM;
      ending = true;
      deadline = now_ms(CLOCK_MONOTONIC) + (int64_t)command->grace_ms;
      continue;
    }
    if (ms > TW_LOOK_EVERY_MS) ms = TW_LOOK_EVERY_MS;
    struct timespec const left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    int const number = sigtimedwait(waited, NULL, &left);
    if (number <= 0 || number == SIGCHLD) continue;
    send(child, number);
    if (is_terminating(number)) outcome->forwarded = number;
  }
  return status;
}

static void tell_exec_failure(struct exec_failure failure, char const* name, struct outcome* outcome) {
  outcome->kind = failure.exists || failure.error_number == EACCES ? "not_executable" : "no_command";
  if (failure.error_number != ENOENT && failure.error_number != ENOTDIR) outcome->kind = "not_executable";
  bool const missing = strcmp(outcome->kind, "no_command") == 0;
  outcome->code = missing ? TW_EXIT_NO_COMMAND : TW_EXIT_NOT_EXECUTABLE;
  outcome->error_number = failure.error_number;
  complain(missing ? "no such command: " : "cannot be executed: ", name);
}

void supervise(struct command const* command, sigset_t const* waited, struct outcome* outcome) {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* PID 1 is one anyway */
  int pipe_ends[2];
  pid_t const child = pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) == 0 ? start_child(command, pipe_ends) : -1;
  if (child < 0) {
    outcome->error_number = errno;
    complain("cannot start a process: ", strerrordesc_np(errno));
    return;
  }
  int const status = watch_over(child, command, waited, outcome);
  struct exec_failure failure;
  /* The pipe is read only after the child has ended, so nothing waits for a child that hangs in execve. */
  if (read(pipe_ends[0], &failure, sizeof failure) == (ssize_t)sizeof failure) {
    tell_exec_failure(failure, command->argv[0], outcome);
  } else if (WIFSIGNALED(status)) {
    outcome->kind = "signalled";
    outcome->signal = WTERMSIG(status);
    outcome->code = 128 + outcome->signal;
  } else {
    outcome->kind = "exited";
    outcome->code = WEXITSTATUS(status);
  }
}
