#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "domain/init_format.h"
#include "init.h"

void complain(char const* a, char const* b) {
  char line[512];
  char* end = line;
  char const* const parts[] = {"tidewheel-init: ", a, b};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    size_t const room = (size_t)(line + sizeof line - 1 - end);
    size_t const length = strnlen(parts[i], room);
    end = mempcpy(end, parts[i], length);
  }
  *end++ = '\n';
  (void)!write(STDERR_FILENO, line, (size_t)(end - line));
}

/* ---- the command file ---- */

static uint64_t little_endian(unsigned char const* bytes, unsigned width) {
  uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) value |= (uint64_t)bytes[i] << (8U * i);
  return value;
}

struct reader {
  unsigned char* at;
  unsigned char* end;
};

static char* next_string(struct reader* reader) {
  if (reader->end - reader->at < 5) return NULL;
  uint64_t const length = little_endian(reader->at, 4);
  unsigned char* const text = reader->at + 4;
  if (length > TW_STRING_MAX_SIZE || (uint64_t)(reader->end - text) < length + 1) return NULL;
  if (memchr(text, '\0', (size_t)length + 1) != text + length) return NULL;
  reader->at = text + length + 1;
  return (char*)text;
}

static char** next_strings(struct reader* reader, uint64_t count) {
  if (count > TW_COMMAND_MAX_SIZE / 5) return NULL;
  char** const strings = calloc((size_t)count + 1, sizeof *strings);
  for (uint64_t i = 0; strings != NULL && i < count; ++i) {
    strings[i] = next_string(reader);
    if (strings[i] == NULL) return NULL;
  }
  return strings;
}

static unsigned char* load(char const* path, size_t* size) {
  int const fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0 || status.st_size < 0 || status.st_size > TW_COMMAND_MAX_SIZE) return NULL;
  unsigned char* const bytes = malloc((size_t)status.st_size + 1);
  *size = 0;
  while (bytes != NULL && *size < (size_t)status.st_size) {
    ssize_t const got = read(fd, bytes + *size, (size_t)status.st_size - *size);
    if (got <= 0 && !(got < 0 && errno == EINTR)) break;
    if (got > 0) *size += (size_t)got;
  }
  close(fd);
  return bytes;
}

char const* read_command(char const* path, struct command* command) {
  size_t size = 0;
  unsigned char* const bytes = load(path, &size);
  if (bytes == NULL) return "cannot be read, or is too large";
  if (size < TW_COMMAND_HEADER_SIZE || memcmp(bytes, TW_COMMAND_MAGIC, TW_COMMAND_MAGIC_SIZE) != 0)
    return "not of this version";
  if (little_endian(bytes + TW_COMMAND_CRC_OFFSET, 4) !=
      tw_crc32(bytes + TW_COMMAND_CRC_START, size - TW_COMMAND_CRC_START))
    return "damaged";
  command->file = path;
  command->timeout_ms = little_endian(bytes + 20, 8);
  command->grace_ms = little_endian(bytes + 28, 8);
  struct reader reader = {bytes + TW_COMMAND_HEADER_SIZE, bytes + size};
  uint64_t const argc = little_endian(bytes + 12, 4);
  command->out_dir = next_string(&reader);
  command->argv = argc == 0 ? NULL : next_strings(&reader, argc);
  command->environment = next_strings(&reader, little_endian(bytes + 16, 4));
  if (command->out_dir == NULL || command->argv == NULL || command->environment == NULL || reader.at != reader.end)
    return "malformed";
  return NULL;
}

/* ---- the record file ---- */

struct line {
  char text[TW_RECORD_LINE_MAX_SIZE];
  size_t start; /* of what the CRC covers */
  size_t size;
};

static void add(struct line* line, char const* text) {
  size_t const length = strlen(text);
  if (line->size + length > sizeof line->text) return; /* cannot be: every field is bounded */
  memcpy(line->text + line->size, text, length);
  line->size += length;
}

static void add_number(struct line* line, char const* key, int64_t value) {
  char digits[24];
  char* at = digits + sizeof digits - 1;
  *at = '\0';
  uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  do *--at = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (value < 0) *--at = '-';
  add(line, key);
  add(line, at);
}

/* True when the whole line is in the file. */
static bool append(int record, struct line* line) {
  uint32_t const crc = tw_crc32((unsigned char const*)line->text + line->start, line->size - line->start);
  char hex[11] = " ";
  for (unsigned i = 0; i < 8; ++i) hex[i + 1] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15U];
  hex[9] = '\n';
  add(line, hex);
  for (size_t done = 0; done < line->size;) {
    ssize_t const wrote = write(record, line->text + done, line->size - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += (size_t)wrote;
  }
  return true;
}

int open_record(char const* path, bool make) {
  int const record = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | (make ? O_CREAT : 0), 0644);
  char first;
  if (record < 0) {
    complain("not run: the record cannot be opened: ", strerrordesc_np(errno));
    return -1;
  }
  /* Any byte counts, half a mark too: better a run that is tried again elsewhere than one that happens twice here. */
  if (pread(record, &first, 1, 0) == 1) {
    complain("already started once: ", "this container does not run its command again");
    return -1;
  }
  struct line line = {.size = 0};
  add(&line, "start v1");
  add_number(&line, " wall_ms=", now_ms(CLOCK_REALTIME));
  add_number(&line, " mono_ms=", now_ms(CLOCK_MONOTONIC));
  if (append(record, &line) && fsync(record) == 0) return record;
  complain("not run: the start mark cannot be written: ", strerrordesc_np(errno));
  return -1;
}

int64_t oom_kills(void) {
  char const* const files[] = {"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"};
  for (size_t i = 0; i < sizeof files / sizeof *files; ++i) {
    char text[1024];
    int const fd = open(files[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ssize_t const got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= 0) continue;
    text[got] = '\0';
    char const* const found = strstr(text, "oom_kill ");
    if (found != NULL) return strtoll(found + strlen("oom_kill "), NULL, 10);
  }
  return -1;
}

static int64_t to_us(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

void write_exit(int record, struct outcome const* outcome, int64_t started_mono_ms, int64_t oom_kills_at_start) {
  struct rusage usage;
  memset(&usage, 0, sizeof usage);
  getrusage(RUSAGE_CHILDREN, &usage);
  int64_t const oom_kills_now = oom_kills();
  bool const counted = oom_kills_at_start >= 0 && oom_kills_now >= oom_kills_at_start;
  struct line line = {.start = 1, .size = 0};
  add(&line, "\nexit v1 kind=");
  add(&line, outcome->kind);
  add_number(&line, " code=", outcome->code);
  add_number(&line, " signal=", outcome->signal);
  add_number(&line, " errno=", outcome->error_number);
  add_number(&line, " timed_out=", outcome->timed_out);
  add_number(&line, " forwarded=", outcome->forwarded);
  add_number(&line, " max_rss=", (int64_t)usage.ru_maxrss * 1024);
  add_number(&line, " user_us=", to_us(usage.ru_utime));
  add_number(&line, " system_us=", to_us(usage.ru_stime));
  add_number(&line, " oom_kills=", counted ? oom_kills_now - oom_kills_at_start : -1);
  add_number(&line, " wall_ms=", now_ms(CLOCK_REALTIME));
  add_number(&line, " duration_ms=", now_ms(CLOCK_MONOTONIC) - started_mono_ms);
  if (!append(record, &line) || fsync(record) != 0)
    complain("the exit record cannot be written: ", strerrordesc_np(errno));
}

/* Not fsynced: where it is lost, the engine is asked. */
void write_seal(int record, int64_t bundle_size) {
  struct line line = {.start = 0, .size = 0};
  add(&line, "bundle v1");
  add_number(&line, " size=", bundle_size);
  (void)append(record, &line);
}
