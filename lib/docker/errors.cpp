#include "docker/errors.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <initializer_list>

#include "core/utf8.hpp"
#include "docker/detail/json.hpp"

namespace docker {

namespace json = boost::json;
using core::Errc;
using core::Error;

namespace {

bool has_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::ranges::any_of(needles, [&](std::string_view needle) { return lower.find(needle) != lower.npos; });
}

Errc classify_server_error(std::string_view message) {
  if (has_any(message, {"no space left on device", "disk quota exceeded"})) return Errc::no_space;
  if (has_any(message, {"is already in use", "is already being used"})) return Errc::conflict;
  if (has_any(message, {"is marked read-only"})) return Errc::permission;
  // Start of a container that a killed dockerd left half started: containerd has its task.
  if (has_any(message, {"id already in use", ": already exists"})) return Errc::conflict;
  if (has_any(message, {"no such container", "no such image", "image not known", "no container with"}))
    return Errc::not_found;
  if (has_any(message, {"executable file not found", "exec format error"})) return Errc::invalid;
  return Errc::unavailable;
}

Errc classify(int status, std::string_view message) {
  switch (status) {
    case 400:
      return Errc::invalid;
    case 401:
    case 403:
      return Errc::permission;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case 501:
      return Errc::unsupported;
    default:
      break;
  }
  return status >= 500 ? classify_server_error(message) : Errc::protocol;
}

}  // namespace

std::string engine_message(std::string_view body) {
  boost::system::error_code error;
  json::value const value = json::parse(json::string_view(body.data(), body.size()), error);
  if (!error && value.is_object()) {
    std::string message = detail::string_at(value.get_object(), "message");
    if (!message.empty()) return message;
  }
  constexpr std::size_t enough = 300;
  auto const end = body.find_last_not_of(" \r\n");
  return core::to_display(body.substr(0, std::min(end == body.npos ? 0 : end + 1, enough)));
}

Error answer_error(int status, std::string_view body, std::string_view operation, std::string_view subject) {
  std::string message = engine_message(body);
  Errc const code = classify(status, message);
  if (message.empty()) message = "HTTP " + std::to_string(status);
  bool const no_gpu = has_any(message, {"could not select device driver"});
  return Error{
      code, std::string(operation) + ": " + message, std::string(subject),
      no_gpu ? "the engine can give no GPU: install nvidia-container-toolkit on its host, or take `gpus` out" : ""};
}

Error with_hint(Error error, std::string_view endpoint) {
  if (error.subject.empty()) error.subject = endpoint;
  if (!error.hint.empty()) return error;
  bool const is_unix = endpoint.starts_with("unix:");
  if (error.code == Errc::permission && is_unix) error.hint = "add the user to group docker";
  if (error.code == Errc::unavailable) error.hint = "start dockerd, or set engine.host to where it listens";
  return error;
}

}  // namespace docker
