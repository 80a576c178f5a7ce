#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http/reply.hpp"

namespace http {

/// Finds the handler for a method and a path. Patterns: "/runs/{id}/logs", and "{rest...}" as the last segment for
/// all that follows, slashes included. Of several that match, the one that is literal first wins, whatever the order
/// of add(). Parameters come percent-decoded. Matching is a pure function of the table.
class Router {
 public:
  struct Match {
    Handler const* handler = nullptr;  ///< null: nothing matched
    std::map<std::string, std::string, std::less<>> params;
    std::string allowed;  ///< for a path that is known with other methods: "GET, HEAD, POST"
  };

  /// `pattern` starts with '/'; the same method and pattern twice is a programming error (std::logic_error).
  void add(std::string_view method, std::string_view pattern, Handler handler);
  /// HEAD finds the handler of GET if it has none of its own.
  [[nodiscard]] Match match(std::string_view method, std::string_view path) const;
  /// "GET /runs/{}/logs" for each, parameters without their names: for a test that compares them with a document.
  [[nodiscard]] std::vector<std::string> routes() const;
  /// Calls the handler, or answers 404 or 405 with Allow.
  [[nodiscard]] awaitable<Reply> route(RequestContext request) const;

 private:
  enum class Kind { literal, parameter, rest };
  struct Segment {
    Kind kind;
    std::string text;  ///< literal text or parameter name
  };
  struct Route {
    std::vector<Segment> segments;
    std::map<std::string, Handler, std::less<>> handlers;  ///< by method
  };

  [[nodiscard]] static std::vector<Segment> parse(std::string_view pattern);
  [[nodiscard]] static bool same_shape(std::vector<Segment> const& left, std::vector<Segment> const& right);
  [[nodiscard]] static bool goes_before(Route const& left, Route const& right);
  [[nodiscard]] static bool matches(Route const& route, std::vector<std::string> const& path, Match& match);

  std::vector<Route> routes_;  ///< most literal first
};

}  // namespace http
