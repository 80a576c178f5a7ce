#include "orchestrator/find_object.hpp"

#include <utility>

#include "core/uri.hpp"
#include "inputs/object.hpp"
#include "orchestrator/buckets.hpp"

namespace orchestrator {

awaitable<core::Result<FoundObject>> find_object(Services& services, domain::S3Watch const& where,
                                                 std::string written) {
  if (services.buckets == nullptr)
    co_return core::Error{core::Errc::invalid, "this daemon has no S3 connections", where.connection, {}};
  auto const client = services.buckets->client(where.connection, where.bucket);
  if (!client) co_return client.error();
  std::string const newest;
  auto info = co_await (*client)->head(written, newest);
  auto decoded = core::percent_decode(written);
  if (!info && info.error().code == core::Errc::not_found && decoded != written) {
    auto second = co_await (*client)->head(decoded, newest);
    if (second) {
      info = std::move(second);
      written = std::move(decoded);
    }
  }
  if (!info) co_return info.error();
  FoundObject found;
  found.version = inputs::version_of(*info);
  found.key = std::move(written);
  co_return found;
}

}  // namespace orchestrator
