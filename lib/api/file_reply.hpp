#pragma once

#include <filesystem>
#include <string>

#include "http/conditional.hpp"
#include "http/reply.hpp"
#include "orchestrator/services.hpp"

namespace api {

using boost::asio::awaitable;

/// Answers with a file's bytes, or a range of them, or 304, or 416. It is read in pieces of 64 KiB on the pool while
/// the peer takes them. The file is opened without following a symbolic link and must have `size` bytes, as was
/// recorded when it was published. Errors (as problems): not_found where retention took it, corrupt where the size
/// differs.
[[nodiscard]] awaitable<http::Reply> file_reply(orchestrator::Services& services, http::RequestContext const& request,
                                                std::filesystem::path file, std::int64_t size, std::string media_type,
                                                http::Validators now);

}  // namespace api
