#include <algorithm>
#include <array>

#include "core/units.hpp"
#include "docker/errors.hpp"
#include "docker/reference.hpp"

namespace docker {

using core::Errc;
using core::Error;

namespace {

/// What engines say of a fault, in small letters (dockerd 20.10 to 27, podman), and what can be done about it.
struct PullFault {
  Errc code;
  std::string_view hint;
  std::array<std::string_view, 10> words;
};

// The first that has a word of the message holds.
constexpr auto faults = std::to_array<PullFault>({
    {Errc::no_space,
     "make room where the engine keeps images, e.g. docker system prune",
     {"no space left on device", "disk quota exceeded"}},
    {Errc::unavailable,
     "the engine does not trust the registry's certificate: put its authority into "
     "/etc/docker/certs.d/HOST:PORT/ca.crt",
     {"x509:", "certificate signed by unknown", "certificate has expired"}},
    {Errc::unavailable,
     "the registry has no TLS: give it a certificate, or name it under insecure-registries in /etc/docker/daemon.json",
     {"gave http response to https client", "first record does not look like a tls"}},
    {Errc::unavailable,
     "the registry bounds how often one may pull: give it a login, or pull from a mirror",
     {"toomanyrequests", "too many requests", "rate limit"}},
    {Errc::unavailable,
     "check that the registry runs and that the engine's host can reach it",
     {"dial tcp", "no such host", "connection refused", "connection reset", "timeout", "timed out", "deadline exceeded",
      "unreachable", "unexpected eof", ": eof"}},
    {Errc::unsupported,
     "build the image for the engine's architecture",
     {"no matching manifest", "does not match the specified platform", "image operating system"}},
    {Errc::protocol,
     "the registry, or a proxy on the way, has damaged the image: push it again",
     {"verification failed", "failed to verify", "digest mismatch", "does not match digest", "manifest verification",
      "invalid checksum", "blob unknown"}},
    {Errc::not_found,
     "check the name; a private image looks like one that is not there to whoever has no login",
     {"pull access denied", "repository does not exist", "name unknown"}},
    {Errc::not_found, "", {"manifest unknown", "not found", "http 404"}},
    {Errc::permission,
     "the registry wants a login, or another one",
     {"unauthorized", "denied", "authentication required", "no basic auth", "forbidden", "http 401", "http 403",
      "status: 401", "status: 403"}},
    {Errc::invalid, "write [registry[:port]/]name[:tag][@sha256:...]", {"invalid reference format"}},
    {Errc::unavailable,
     "the registry has a fault of its own: its log says more",
     {"internal server error", "bad gateway", "service unavailable", "http status: 5", "status code 5", "http 50",
      "unknown: unknown"}},
});
constexpr PullFault unknown{Errc::unavailable, "check the registry, and the engine's log", {}};

/// In small letters and without the image's name, which may have such words itself.
std::string searched(std::string_view message, std::string_view reference) {
  std::string text(message);
  auto const parsed = Reference::parse(reference);
  auto const name = parsed ? std::string_view(parsed->repository) : reference;
  if (!name.empty())
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at)) text.erase(at, name.size());
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

PullFault const& fault_of(std::string_view message, std::string_view reference) {
  auto const text = searched(message, reference);
  auto const fits = [&](PullFault const& fault) {
    return std::ranges::any_of(fault.words,
                               [&](std::string_view word) { return !word.empty() && text.find(word) != text.npos; });
  };
  auto const found = std::ranges::find_if(faults, fits);
  return found == faults.end() ? unknown : *found;
}

std::string_view missing_hint(std::string_view reference) {
  auto const parsed = Reference::parse(reference);
  return parsed && !parsed->digest.empty()
             ? "the registry has no image with this digest: check it, or push the image again"
             : "the registry has no such tag: check the name and the tag, or push the image";
}

}  // namespace

Error pull_error(std::string_view message, std::string_view reference) {
  auto const& fault = fault_of(message, reference);
  bool const is_missing = fault.code == Errc::not_found && fault.hint.empty();
  return Error{fault.code, "pull: " + std::string(message), std::string(reference),
               std::string(is_missing ? missing_hint(reference) : fault.hint)};
}

Error pull_stalled(std::chrono::milliseconds silence, std::string_view reference) {
  return Error{Errc::timeout, "pull: nothing came for " + core::format_duration(silence), std::string(reference),
               "the registry or something before it stopped sending; engine.pull_silence is how long to wait"};
}

Error pull_answer_error(int status, std::string_view body, std::string_view operation, std::string_view reference) {
  if (status == 400) return answer_error(status, body, operation, reference);
  return pull_error(engine_message(body), reference);
}

}  // namespace docker
