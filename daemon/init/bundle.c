/* After the end: all that is in the out directory as one tar in a file that the daemon has laid there, so that it need
 * not ask dockerd for it. POSIX ustar, with GNU's 'L' entries for long names. Whatever does not fit, cannot be read or
 * changes meanwhile leaves the bundle without its seal; the daemon then fetches the folder through the engine. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain/init_format.h"
#include "init.h"

enum { block_size = 512, depth_limit = 40, name_field = 100 };

static struct {
  int fd;
  int64_t size; /* with what is still in the buffer */
  int entries;
  size_t buffered;
  unsigned char buffer[1 << 16];
  char path[4096]; /* of the entry at hand, "out/..." */
} bundle;

static bool flush(void) {
  for (size_t done = 0; done < bundle.buffered;) {
    ssize_t const wrote = write(bundle.fd, bundle.buffer + done, bundle.buffered - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += (size_t)wrote;
  }
  bundle.buffered = 0;
  return true;
}

static bool put(void const* bytes, size_t size) {
  if (bundle.size + (int64_t)size > TW_BUNDLE_MAX_SIZE) return false;
  bundle.size += (int64_t)size;
  for (unsigned char const* at = bytes; size > 0;) {
    if (bundle.buffered == sizeof bundle.buffer && !flush()) return false;
    size_t const room = sizeof bundle.buffer - bundle.buffered;
    size_t const piece = size < room ? size : room;
    memcpy(bundle.buffer + bundle.buffered, at, piece);
    bundle.buffered += piece;
    at += piece;
    size -= piece;
  }
  return true;
}

static bool pad(void) {
  static unsigned char const zeros[block_size];
  return put(zeros, (size_t)(-bundle.size & (block_size - 1)));
}

/* `width` digits with a NUL behind them. */
static void put_octal(char* field, int width, uint64_t value) {
  for (int i = width; i-- > 0; value >>= 3) field[i] = (char)('0' + (value & 7));
}

static bool put_header(char const* name, size_t length, char type, int64_t size) {
  char header[block_size] = {0};
  memcpy(header, name, length < name_field ? length : name_field);
  put_octal(header + 100, 7, type == '5' ? 0755 : 0644);
  put_octal(header + 108, 7, 0);
  put_octal(header + 116, 7, 0);
  put_octal(header + 124, 11, (uint64_t)size);
  put_octal(header + 136, 11, 0);
  memset(header + 148, ' ', 8);
  header[156] = type;
  memcpy(header + 257,
         "ustar\0"
         "00",
         8);
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof header; ++i) sum += (unsigned char)header[i];
  put_octal(header + 148, 6, sum);
  header[154] = '\0';
  return put(header, sizeof header);
}

static bool put_entry(size_t length, char type, int64_t size) {
  if (++bundle.entries > TW_BUNDLE_MAX_ENTRIES) return false;
  bool const is_long = length > name_field;
  if (is_long && !(put_header("././@LongLink", 13, 'L', (int64_t)length + 1) && put(bundle.path, length + 1) && pad()))
    return false;
  return put_header(bundle.path, length, type, size);
}

static bool put_file(int fd, size_t length) {
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if (status.st_size > TW_BUNDLE_MAX_SIZE || !put_entry(length, '0', status.st_size)) return false;
  static unsigned char piece[1 << 16];
  for (int64_t left = status.st_size; left > 0;) {
    ssize_t const got = read(fd, piece, left < (int64_t)sizeof piece ? (size_t)left : sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || !put(piece, (size_t)got)) return false;
    left -= got;
  }
  return pad();
}

static bool put_folder(int fd, size_t length, int depth);

static bool put_one(int folder, char const* name, size_t length, int depth) {
  struct stat status;
  if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (S_ISREG(status.st_mode)) {
    int const fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool const done = fd >= 0 && put_file(fd, length);
    if (fd >= 0) close(fd);
    return done;
  }
  if (S_ISDIR(status.st_mode)) {
    if (depth == depth_limit || length + 2 > sizeof bundle.path) return false;
    memcpy(bundle.path + length, "/", 2);
    int const fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && put_entry(length + 1, '5', 0) && put_folder(fd, length, depth + 1);
  }
  /* Without content: the daemon says that it leaves them out. */
  if (S_ISLNK(status.st_mode)) return put_entry(length, '2', 0);
  if (S_ISFIFO(status.st_mode)) return put_entry(length, '6', 0);
  return S_ISSOCK(status.st_mode) || put_entry(length, '3', 0);
}

/* Takes `fd`; `length` is that of the folder's path, without a slash. */
static bool put_folder(int fd, size_t length, int depth) {
  DIR* const folder = fdopendir(fd);
  if (folder == NULL) return close(fd), false;
  bool done = true;
  while (done) {
    errno = 0;
    struct dirent const* const entry = readdir(folder);
    if (entry == NULL) {
      done = errno == 0;
      break;
    }
    char const* const name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    size_t const size = strlen(name);
    if (length + 1 + size + 1 > sizeof bundle.path) {
      done = false;
      break;
    }
    bundle.path[length] = '/';
    memcpy(bundle.path + length + 1, name, size + 1);
    done = put_one(dirfd(folder), name, length + 1 + size, depth);
  }
  closedir(folder);
  return done;
}

/* Nobody may change the folder any more. Only PID 1 of a container has a world of its own to end. */
static void end_all_others(void) {
  if (getpid() != 1) return;
  kill(-1, SIGKILL);
  while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) continue;
}

int64_t write_bundle(char const* path, char const* out_dir) {
  static unsigned char const end[2 * block_size];
  if (path == NULL || *out_dir == '\0') return -1;
  end_all_others();
  bundle.fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
  if (bundle.fd < 0) return -1;
  int const out = open(out_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  memcpy(bundle.path, "out", 4);
  bool const whole = out >= 0 && put_folder(out, 3, 0) && put(end, sizeof end) && flush() &&
                     (bundle.entries == 0 || fdatasync(bundle.fd) == 0);
  if (!whole) (void)!ftruncate(bundle.fd, 0);
  close(bundle.fd);
  return whole ? bundle.size : -1;
}
