#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace docker {

/// The engine's own words from an error body: {"message": "..."}, podman's too; else the body's beginning.
[[nodiscard]] std::string engine_message(std::string_view body);

/// An answer with an error status as our Error; the engine's message is in Error.operation after `operation`.
/// Some engines answer 500 where others say 404 or 409 (dockerd 20.10, podman), so 5xx are read by their message.
[[nodiscard]] core::Error answer_error(int status, std::string_view body, std::string_view operation,
                                       std::string_view subject);

/// What a message of a failed pull means, in an error answer or in an errorDetail record inside 200, and what to do.
/// not_found: no such image, tag or digest; permission: the registry wants a login, or another one; unavailable: it
/// cannot be reached, or has a fault; protocol: it gives other bytes than its digests say; unsupported, no_space.
[[nodiscard]] core::Error pull_error(std::string_view message, std::string_view reference);
/// Nothing came for so long.
[[nodiscard]] core::Error pull_stalled(std::chrono::milliseconds silence, std::string_view reference);

/// pull_error for an error answer: dockerd 20.10 says 500 to a missing tag and to a refused login, so only the message
/// tells.
[[nodiscard]] core::Error pull_answer_error(int status, std::string_view body, std::string_view operation,
                                            std::string_view reference);

/// Adds what to do to an error of the connection itself.
[[nodiscard]] core::Error with_hint(core::Error error, std::string_view endpoint);

}  // namespace docker
