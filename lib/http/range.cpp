#include "http/range.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "http/date.hpp"

namespace http {

namespace {

/// Digits alone; what is beyond 64 bits is as large as can be.
std::optional<std::uint64_t> position(std::string_view digits) {
  std::uint64_t value = 0;
  auto const* const end = digits.data() + digits.size();
  auto const [at, error] = std::from_chars(digits.data(), end, value);
  if (at != end || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc() ? value : std::numeric_limits<std::uint64_t>::max();
}

ByteRange whole(std::uint64_t of) {
  ByteRange range;
  range.size = range.of = of;
  return range;
}

ByteRange part(std::uint64_t first, std::uint64_t last, std::uint64_t of) {
  ByteRange range;
  range.kind = ByteRange::Kind::part;
  range.first = first;
  range.size = last - first + 1;
  range.of = of;
  return range;
}

ByteRange unsatisfiable(std::uint64_t of) {
  ByteRange range;
  range.kind = ByteRange::Kind::unsatisfiable;
  range.of = of;
  return range;
}

bool holds(std::string_view if_range, Validators const& now) {
  if (if_range.starts_with('"')) return if_range == now.etag;
  return now.last_modified && if_range == to_http_date(*now.last_modified);
}

}  // namespace

ByteRange parse_range(std::string_view range, std::uint64_t of) {
  auto const equals = range.find('=');
  if (equals == std::string_view::npos || !same_name(range.substr(0, equals), "bytes")) return whole(of);
  auto const spec = range.substr(equals + 1);
  auto const dash = spec.find('-');
  if (dash == std::string_view::npos) return whole(of);
  auto const left = spec.substr(0, dash), right = spec.substr(dash + 1);
  if (left.empty()) {
    auto const suffix = position(right);
    if (!suffix || (of == 0 && *suffix > 0)) return whole(of);  // all of nothing has no first byte that 206 could name
    if (*suffix == 0) return unsatisfiable(of);
    return part(of - std::min(*suffix, of), of - 1, of);
  }
  auto const first = position(left);
  auto const last = right.empty() ? std::numeric_limits<std::uint64_t>::max() : position(right);
  if (!first || !last || *last < *first) return whole(of);
  if (*first >= of) return unsatisfiable(of);
  return part(*first, std::min(*last, of - 1), of);
}

ByteRange select_range(Headers const& request, std::uint64_t of, Validators const& now) {
  auto const range = request.find("Range");
  if (!range) return whole(of);
  auto const if_range = request.find("If-Range");
  if (if_range && !holds(*if_range, now)) return whole(of);
  return parse_range(*range, of);
}

void set_range(Reply& reply, ByteRange const& range) {
  reply.headers.set("Accept-Ranges", "bytes");
  reply.headers.set("Content-Length", std::to_string(range.size));
  auto const of = std::to_string(range.of);
  switch (range.kind) {
    case ByteRange::Kind::whole:
      reply.status = 200;
      return;
    case ByteRange::Kind::part:
      reply.status = 206;
      reply.headers.set("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                             std::to_string(range.first + range.size - 1) + "/" + of);
      return;
    case ByteRange::Kind::unsatisfiable:
      reply.status = 416;
      reply.headers.set("Content-Range", "bytes */" + of);
      return;
  }
}

}  // namespace http
