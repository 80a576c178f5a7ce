#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/s3/call.hpp"
#include "support/s3/fault.hpp"

namespace support::s3 {

/// What a server remembers of one request.
struct RequestRecord {
  std::uint64_t number = 0;  ///< from 1
  std::int64_t at_ms = 0;    ///< when it came, by a clock that only goes forward
  std::string operation, method, target, bucket, key;
  std::vector<std::string> faults;                           ///< the names of those that hit it
  int status = 0;                                            ///< 0: not answered (yet)
  std::string access_key, region;                            ///< of its signature, empty without one
  std::vector<std::pair<std::string, std::string>> headers;  ///< without Authorization and the session token
};

/// Counts all requests and remembers the last ones. Not thread-safe.
class RequestLog {
 public:
  explicit RequestLog(std::size_t size) : size_(size) {}

  /// Gives the request's number. Each begin() wants its end().
  std::uint64_t begin(Call const& call, Hits const& hits);
  /// `status` 0: the connection ended without an answer.
  void end(std::uint64_t number, int status);
  void clear();

  [[nodiscard]] std::map<std::string, std::uint64_t> const& counts() const noexcept {
    return counts_;
  }  ///< by operation
  [[nodiscard]] std::map<int, std::uint64_t> const& statuses() const noexcept { return statuses_; }
  [[nodiscard]] std::deque<RequestRecord> const& last() const noexcept { return last_; }  ///< oldest first
  [[nodiscard]] std::size_t connections() const noexcept { return remotes_.size(); }      ///< that brought a request
  [[nodiscard]] int most_at_once() const noexcept { return most_at_once_; }

 private:
  std::size_t size_;
  std::uint64_t number_ = 0;
  int at_once_ = 0, most_at_once_ = 0;
  std::map<std::string, std::uint64_t> counts_;
  std::map<int, std::uint64_t> statuses_;
  std::deque<RequestRecord> last_;
  std::set<std::string> remotes_;
};

}  // namespace support::s3
