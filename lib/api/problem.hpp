#pragma once

#include "core/result.hpp"
#include "http/reply.hpp"

namespace api {

/// HTTP status of an outcome.
[[nodiscard]] int status_of(core::Errc code) noexcept;

/// RFC 9457: type, title, status, detail, and `hint` where there is something to do. Bytes that JSON cannot carry are
/// shown.
[[nodiscard]] http::Reply problem(core::Error const& error);
[[nodiscard]] http::Reply problem(int status, core::Error const& error);

}  // namespace api
