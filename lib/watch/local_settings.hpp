#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace watch {

/// How a local source behaves. The defaults are for production; tests shorten the waits.
struct LocalSettings {
  using Wait = std::chrono::milliseconds;
  Wait settle{2000};            ///< quiet time before a change is committed; 0: at CLOSE_WRITE or MOVED_TO
  Wait writer_quiet{2000};      ///< quiet time of a file that was written to and not closed yet, at least
  Wait short_quiet{50};         ///< with settle 0: quiet time of a file that came without CLOSE_WRITE (ln, linkat)
  Wait delete_delay{2000};      ///< between the two proofs of an absence
  Wait look_retry_first{1000};  ///< a path that cannot be read is looked at again, with doubling waits
  Wait look_retry_last{300'000};
  std::size_t max_settling = 100'000;  ///< paths in memory; above it a scan finds the rest

  Wait reconcile_every{3'600'000};  ///< a full comparison even when nothing was heard; plus up to a tenth of jitter
  Wait overflow_quiet{1000};        ///< after an overflow a scan starts when the queue was quiet for this long
  Wait overflow_latest{10'000};     ///< ... or at the latest after this
  Wait overflow_gap{10'000};    ///< between two scans that overflows made, at least (and twice the last scan's time)
  Wait scan_retry_first{5000};  ///< after a scan with errors, with doubling waits
  Wait scan_retry_last{300'000};
  Wait unwatched_every{10'000};       ///< scans while inotify's limits leave directories unwatched
  Wait breaker_hold{60'000};          ///< a mass removal must still be one after this
  std::int64_t breaker_floor = 1000;  ///< missing files in one scan that are never a mass removal
  std::int64_t breaker_percent = 20;  ///< of the known files

  Wait root_retry_first{1000};  ///< a root that is not there is looked for again, with doubling waits
  Wait root_retry_last{30'000};
};

}  // namespace watch
