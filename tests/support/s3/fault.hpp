#pragma once

#include <cstdint>
#include <limits>
#include <list>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace support::s3 {

/// What can go wrong. The names in JSON are these with '-' for '_'. `value` and `text` are members of Fault.
enum class FaultKind : std::uint8_t {
  // an answer in place of the right one, for any operation
  slow_down,       ///< 503 SlowDown; value > 0: Retry-After in seconds
  internal_error,  ///< 500 InternalError
  error_200,       ///< 200 with an <Error> body
  html_504,        ///< a proxy's HTML page
  access_denied,   ///< 403 AccessDenied
  expired_token,   ///< 400 ExpiredToken
  no_such_bucket,  ///< 404 NoSuchBucket
  redirect_301,    ///< 301 PermanentRedirect without Location, as long as the request is signed for another region than
                   ///< text; x-amz-bucket-region says it, unless text is "none"
  wrong_region,    ///< 400 AuthorizationHeaderMalformed with <Region>, as long as ... (the same)
  clock_skew,      ///< the server's clock goes value seconds ahead: its Date says so, and a request whose x-amz-date is
                   ///< more than 15 minutes off gets 403 RequestTimeTooSkewed
  // the connection
  hold,           ///< no answer until the faults are cleared
  stall,          ///< the answer comes value seconds late
  close,          ///< the connection ends without an answer
  reset,          ///< the same, with a TCP reset
  reset_in_body,  ///< reset after half of the body
  stall_in_body,  ///< half of the body, nothing for value seconds, the rest
  slow_body,      ///< the body comes at value bytes a second
  short_body,     ///< half of the bytes that Content-Length promises, then the end
  truncated_xml,  ///< the first half of the body, and a Content-Length that says so
  // listings (the default operation is then ListObjectsV2)
  v1_answer,                ///< the shape of ListObjects
  truncated_without_token,  ///< IsTruncated true, no NextContinuationToken
  empty_token,              ///< IsTruncated true, an empty one
  same_token,               ///< IsTruncated true, the token that the request brought
  lost_keys,                ///< IsTruncated false, and the second half of the page is missing
  wrong_bucket,             ///< <Name> of another bucket
  wrong_prefix,             ///< <Prefix> of another listing
  wrong_key_count,          ///< <KeyCount> one too high
  ignore_start_after,       ///< lists from the beginning
  ignore_encoding,          ///< raw keys in XML, no <EncodingType>
  space_as_plus,            ///< encoding-type=url writes a blank as '+': AWS
  space_as_percent,         ///< ... as %20
  unsorted,                 ///< the second half of the page comes first
  duplicate_key,            ///< one key twice
  phantom_key,              ///< a key (text, or one made up) that no other operation knows
  // objects
  change_after_head,  ///< each object that HEAD answered for gets other bytes at once
};

[[nodiscard]] std::string_view to_string(FaultKind kind) noexcept;
[[nodiscard]] std::optional<FaultKind> to_fault_kind(std::string_view name) noexcept;

/// A fault and when it happens. Give either a count or a probability; neither: always.
struct Fault {
  FaultKind kind = FaultKind::internal_error;
  std::string operation;     ///< "GetObject"; empty: the kind's default, see FaultKind; "*": all
  int after = 0;             ///< so many matching requests are let through first
  std::optional<int> count;  ///< then so many are hit
  double probability = 1;    ///< of each, from the plan's seed
  double value = 0;          ///< seconds, bytes a second, ... see FaultKind
  std::string text;          ///< a region, a key, ... see FaultKind
};

/// The faults that hit one request.
class Hits {
 public:
  explicit Hits(std::uint64_t generation = 0) : generation_(generation) {}
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  /// Null if that kind does not hit; valid as long as this is.
  [[nodiscard]] Fault const* find(FaultKind kind) const noexcept;
  [[nodiscard]] bool has(FaultKind kind) const noexcept { return find(kind) != nullptr; }
  [[nodiscard]] std::vector<Fault> const& all() const noexcept { return faults_; }
  /// The plan's, when it decided.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

 private:
  std::uint64_t generation_;
  std::vector<Fault> faults_;
};

/// Which faults are on. Decides for each request, in order; the same seed and requests give the same faults.
/// Not thread-safe.
class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed) : seed_(seed), random_(seed) {}

  void add(Fault fault);
  /// Switches everything off and starts the seed anew.
  void clear();
  [[nodiscard]] Hits hit(std::string_view operation);
  [[nodiscard]] std::list<Fault> const& active() const noexcept { return faults_; }
  /// Grows with every clear(): what hold waits for.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

 private:
  std::uint64_t seed_, generation_ = 0;
  std::mt19937_64 random_;
  std::list<Fault> faults_;
};

}  // namespace support::s3
