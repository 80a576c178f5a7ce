#pragma once
/* The two files shared by the daemon (C++) and the init in the container (C11), see daemon/init. Plain C on purpose.
 *
 * Command file, written by the daemon, all integers little-endian:
 *   offset  0  magic, 8 bytes
 *           8  u32 CRC-32 of everything from offset 12 on
 *          12  u32 argc, at least 1
 *          16  u32 number of environment entries
 *          20  u64 timeout in ms, 0 for none
 *          28  u64 grace between SIGTERM and SIGKILL in ms
 *          36  strings: the out directory (may be empty), argv, environment; each a u32 length, that many raw bytes, a
 * NUL
 *
 * Record file, appended by the init, one text line per event, read by the daemon:
 *   start v1 wall_ms=N mono_ms=N CRC
 *   exit v1 kind=WORD code=N signal=N errno=N timed_out=0|1 forwarded=N max_rss=BYTES user_us=N system_us=N oom_kills=N
 *        wall_ms=N duration_ms=N CRC                                     (one line; -1 where a number is not known)
 *   bundle v1 size=BYTES CRC          (behind the exit line: the bundle file holds the whole out directory, BYTES long)
 * CRC is the CRC-32 of the line's bytes before the blank in front of it, as 8 lower-case hex digits. The exit line is
 * preceded by an empty line, so that half a line left by someone else cannot swallow it.
 *
 * Bundle file, written by the init after the exit line: a tar whose names begin with "out/". Without the seal above it
 * says nothing.
 */
#include <stddef.h>
#include <stdint.h>

#define TW_COMMAND_MAGIC "TWINIT1\n"
#define TW_COMMAND_MAGIC_SIZE 8U
#define TW_COMMAND_CRC_OFFSET 8U
#define TW_COMMAND_CRC_START 12U
#define TW_COMMAND_HEADER_SIZE 36U
#define TW_COMMAND_MAX_SIZE (4U << 20)
/* MAX_ARG_STRLEN of execve(2) is 128 KiB with the NUL. */
#define TW_STRING_MAX_SIZE 131071U
#define TW_RECORD_MAX_SIZE 65536U
#define TW_RECORD_LINE_MAX_SIZE 512U
#define TW_BUNDLE_MAX_SIZE (64 << 20)
#define TW_BUNDLE_MAX_ENTRIES 10000
/* Exit codes of the init itself, as docker run uses them. */
#define TW_EXIT_NOT_RUN 125
#define TW_EXIT_NOT_EXECUTABLE 126
#define TW_EXIT_NO_COMMAND 127

/* CRC-32 as in zlib and IEEE 802.3. */
static inline uint32_t tw_crc32(unsigned char const* bytes, size_t size) {
  static uint32_t const table[16] = {0x00000000U, 0x1db71064U, 0x3b6e20c8U, 0x26d930acU, 0x76dc4190U, 0x6b6b51f4U,
                                     0x4db26158U, 0x5005713cU, 0xedb88320U, 0xf00f9344U, 0xd6d6a3e8U, 0xcb61b38cU,
                                     0x9b64c2b0U, 0x86d3d2d4U, 0xa00ae278U, 0xbdbdf21cU};
  uint32_t crc = 0xffffffffU;
  for (size_t i = 0; i < size; ++i) {
    crc = table[(crc ^ bytes[i]) & 15U] ^ (crc >> 4);
    crc = table[(crc ^ (bytes[i] >> 4U)) & 15U] ^ (crc >> 4);
  }
  return ~crc;
}
