#include "http/router.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "core/utf8.hpp"

namespace http {

std::vector<Router::Segment> Router::parse(std::string_view pattern) {
  if (!pattern.starts_with('/')) throw std::logic_error("a route starts with '/': " + std::string(pattern));
  std::vector<Segment> segments;
  for (std::string const& part : split_path(pattern)) {
    if (!segments.empty() && segments.back().kind == Kind::rest)
      throw std::logic_error("{name...} must come last: " + std::string(pattern));
    if (part.size() < 3 || part.front() != '{' || part.back() != '}')
      segments.push_back(Segment{Kind::literal, part});
    else if (part.ends_with("...}"))
      segments.push_back(Segment{Kind::rest, part.substr(1, part.size() - 5)});
    else
      segments.push_back(Segment{Kind::parameter, part.substr(1, part.size() - 2)});
  }
  return segments;
}

bool Router::same_shape(std::vector<Segment> const& left, std::vector<Segment> const& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](Segment const& a, Segment const& b) { return a.kind == b.kind && a.text == b.text; });
}

bool Router::goes_before(Route const& left, Route const& right) {
  return std::lexicographical_compare(left.segments.begin(), left.segments.end(), right.segments.begin(),
                                      right.segments.end(),
                                      [](Segment const& a, Segment const& b) { return a.kind < b.kind; });
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler) {
  auto segments = parse(pattern);
  auto route = std::find_if(routes_.begin(), routes_.end(),
                            [&](Route const& known) { return same_shape(known.segments, segments); });
  if (route == routes_.end()) {
    Route fresh{std::move(segments), {}};
    route = routes_.insert(std::upper_bound(routes_.begin(), routes_.end(), fresh, goes_before), std::move(fresh));
  }
  if (!route->handlers.emplace(std::string(method), std::move(handler)).second)
    throw std::logic_error("route added twice: " + std::string(method) + " " + std::string(pattern));
}

bool Router::matches(Route const& route, std::vector<std::string> const& path, Match& match) {
  match.params.clear();
  for (std::size_t i = 0; i < route.segments.size(); ++i) {
    Segment const& segment = route.segments[i];
    if (i >= path.size()) return false;
    if (segment.kind == Kind::rest) {
      std::string rest = path[i];
      for (std::size_t j = i + 1; j < path.size(); ++j) rest += "/" + path[j];
      match.params[segment.text] = rest;
      return true;
    }
    if (segment.kind == Kind::literal && segment.text != path[i]) return false;
    if (segment.kind == Kind::parameter && path[i].empty()) return false;
    if (segment.kind == Kind::parameter) match.params[segment.text] = path[i];
  }
  return route.segments.size() == path.size();
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  auto const segments = split_path(path);
  std::set<std::string> allowed;
  for (Route const& route : routes_) {
    Match match;
    if (!matches(route, segments, match)) continue;
    auto handler = route.handlers.find(method);
    if (handler == route.handlers.end() && method == "HEAD") handler = route.handlers.find("GET");
    if (handler != route.handlers.end()) {
      match.handler = &handler->second;
      return match;
    }
    for (auto const& [name, unused] : route.handlers) allowed.insert(name);
  }
  if (allowed.contains("GET")) allowed.insert("HEAD");
  Match nothing;
  for (std::string const& name : allowed) nothing.allowed += (nothing.allowed.empty() ? "" : ", ") + name;
  return nothing;
}

std::vector<std::string> Router::routes() const {
  std::vector<std::string> list;
  for (Route const& route : routes_) {
    std::string path;
    for (Segment const& segment : route.segments) path += "/" + (segment.kind == Kind::literal ? segment.text : "{}");
    for (auto const& [method, handler] : route.handlers) list.push_back(method + " " + path);
  }
  return list;
}

awaitable<Reply> Router::route(RequestContext request) const {
  Match found = match(request.method, request.path);
  if (found.handler != nullptr) {
    request.params = std::move(found.params);
    co_return co_await (*found.handler)(std::move(request));
  }
  if (found.allowed.empty()) co_return Reply::problem(404, "There is nothing at " + core::to_display(request.path));
  Reply reply = Reply::problem(405, core::to_display(request.path) + " does not know " + request.method);
  reply.headers.set("Allow", found.allowed);
  co_return reply;
}

}  // namespace http
