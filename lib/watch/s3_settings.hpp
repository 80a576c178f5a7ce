#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace watch {

/// How an S3 source behaves. The defaults are for production; tests shorten the waits.
struct S3Settings {
  using Wait = std::chrono::milliseconds;
  Wait every{30'000};          ///< from the beginning of one pass to that of the next
  Wait full_every{3'600'000};  ///< no part of the keys is left alone for longer, where the budget forbids to list all
  bool append = false;         ///< keys only grow: look at their end `every`, and list everything `full_every`
  std::int64_t lists_per_minute = 0;     ///< what passes may cost; 0: any
  std::vector<std::string> files{"**"};  ///< globs below the prefix: keys that none can match may be left out
  Wait retry_first{1000};                ///< after a page that did not come or broke the rules, with doubling waits
  Wait retry_last{300'000};
  Wait silence{10'000};  ///< without an answer, after which health() tells

  std::int64_t shard_keys = 50'000;  ///< objects of a stretch that is listed by itself
  int first_parallel = 4;            ///< shards that a pass begins with side by side
  int most_parallel = 16;            ///< each has a page of objects and one of rows in memory
  std::int64_t tail = 2000;          ///< append: known keys before the end that are looked at again

  std::size_t commit_at = 1000;    ///< differences that are committed together, about
  int unchanged_pages = 16;        ///< pages without any difference between two commits of the cursor
  int empty_pages = 100;           ///< truncated pages without a key in a row, before the listing is not believed
  std::size_t head_budget = 1000;  ///< removals that are proven after one pass; the rest waits for the next one
  int parallel_heads = 8;
  Wait breaker_hold{60'000};          ///< a mass removal must still be one after this
  std::int64_t breaker_floor = 1000;  ///< missing objects that are never a mass removal
  std::int64_t breaker_percent = 20;  ///< of all objects
  std::size_t most_looks = 1000;      ///< keys that wait to be looked at by themselves
  std::size_t most_aside = 10'000;    ///< keys looked at by themselves while one pass is under way
};

}  // namespace watch
