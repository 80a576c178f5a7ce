#include "orchestrator/object_input.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "aio/event.hpp"
#include "aio/task_group.hpp"
#include "core/sha256.hpp"
#include "core/units.hpp"
#include "domain/source_root.hpp"
#include "inputs/object.hpp"
#include "orchestrator/attempt_files.hpp"
#include "orchestrator/buckets.hpp"

namespace orchestrator {

namespace {

using namespace std::chrono_literals;
using domain::Reason;
using domain::RunState;
using Outcome = inputs::Fetched::Outcome;

/// Between the signing and the command's start lies the wait for a start slot.
constexpr auto url_margin = 15min;
constexpr auto longest_url = std::chrono::seconds(std::chrono::days(7));  // SigV4 knows no longer one
constexpr auto longest_second_look = 10s;

Ends gone() {
  return Ends{RunState::skipped, Reason::input_gone, "the object was gone before the run started"};
}
Ends cancelled() {
  return Ends{RunState::cancelled, Reason::cancelled_by_user, {}};
}

/// Into `located`, whatever is not `matches`.
void refuse(LocatedInput& located, inputs::Fetched const& fetched) {
  switch (fetched.outcome) {
    case Outcome::gone:
      located.ends = gone();
      break;
    case Outcome::changed:
      located.waits = Waits{Reason::input_changed, input_changed_detail};
      break;
    case Outcome::unreadable:
      located.waits = Waits{Reason::input_unreadable, fetched.error->message()};
      break;
    case Outcome::no_room:
      located.waits = Waits{Reason::disk_low, fetched.error->message()};
      break;
    case Outcome::given_up:
      located.ends = cancelled();
      break;
    case Outcome::matches:
      break;
  }
}

std::chrono::seconds url_life(domain::PipelineSpec const& pipeline) {
  if (pipeline.timeout.count() == 0) return longest_url;
  auto const wanted = pipeline.timeout + pipeline.stop_grace_period + url_margin;
  return std::min(std::chrono::ceil<std::chrono::seconds>(wanted), longest_url);
}

}  // namespace

void ObjectInput::note(LocatedInput& located, inputs::Fetched const& fetched) const {
  auto& mounted = located.mounted;
  located.facts.version = fetched.version;
  mounted.key = input_.key;
  mounted.uri = input_.uri;
  mounted.size = fetched.version.size;
  if (fetched.version.etag != domain::unknown_etag) mounted.etag = fetched.version.etag;
}

awaitable<std::optional<Waits>> ObjectInput::make_room(std::int64_t bytes) {
  // This one is among the expected ones already.
  auto make = [this, expected = staging_.expected()]() -> core::Result<bool> {
    if (services_.state_dir.free_bytes() - expected < services_.config.min_free) return false;
    if (auto made = make_attempt_folder(attempt_dir_); !made) return made.error();
    return true;
  };
  auto const room = co_await services_.pool.run(std::move(make));
  if (!room) co_return Waits{Reason::disk_low, room.error().message()};
  if (*room) co_return std::nullopt;
  co_return Waits{Reason::disk_low,
                  "the object has " + core::format_bytes(bytes) +
                      ", and storage.min_free would not stay free beside it and what else is fetched"};
}

awaitable<LocatedInput> ObjectInput::fetch(s3::Client& client, domain::Version expected) {
  LocatedInput located;
  auto const bytes = expected.size;
  if (!staging_.can_hold(bytes)) {
    located.ends = Ends{RunState::failed, Reason::input_too_large,
                        "the object has " + core::format_bytes(bytes) + ", and staging.max_bytes is " +
                            core::format_bytes(services_.config.staging_max)};
    co_return located;
  }
  auto place = co_await staging_.enter(control_, bytes);
  if (!place) {
    located.ends = cancelled();
    co_return located;
  }
  located.waits = co_await make_room(bytes);
  if (located.waits) co_return located;
  // Under a name that no key can have: what it is called in the container is the mount's affair.
  inputs::FetchRequest request(input_.key, std::move(expected), attempt_dir_ / "object");
  auto const file = request.file;
  request.arrived = [this, &place](std::int64_t here) {
    place.arrived(here);
    return !control_.cancel;
  };
  auto const fetched = co_await inputs::fetch_object(client, services_.pool, std::move(request));
  place.downloaded();
  refuse(located, fetched);
  if (fetched.outcome != Outcome::matches) co_return located;
  note(located, fetched);
  located.facts.hash = fetched.hash;
  located.facts.place = std::move(place);
  located.mounted.sha256 = core::to_hex(fetched.hash);
  located.mounted.host_path = file;
  located.mounted.mount_target = located.mounted.path = "/in/" + inputs::mount_name(input_.key);
  co_return located;
}

awaitable<LocatedInput> ObjectInput::presign(s3::Client& client, domain::Version expected) {
  LocatedInput located;
  // First: the time for which the URL is good begins now.
  auto const admitted = co_await control_.admission();
  if (!admitted) {
    located.ends = cancelled();
    co_return located;
  }
  auto const seen = co_await inputs::look_at_object(client, input_.key, expected);
  refuse(located, seen);
  if (seen.outcome != Outcome::matches) co_return located;
  auto url = co_await client.presign_get(input_.key, seen.version.version_id, url_life(pipeline_));
  if (!url) {
    located.waits = Waits{Reason::input_unreadable, url.error().message()};
    co_return located;
  }
  auto const file = attempt_dir_ / "input-url";
  auto lay = [file, secret = std::move(url->url)] { return lay_secret(file, secret.reveal()); };
  auto const laid = co_await services_.pool.run(std::move(lay));
  if (!laid) {
    located.waits = Waits{Reason::disk_low, laid.error().message()};
    co_return located;
  }
  if (pipeline_.timeout.count() > 0 && url->expires < services_.clock.wall() + pipeline_.timeout)
    spdlog::warn("run {}: the URL of its input is good until {} only, which its timeout of {} may outlast",
                 control_.no.value, core::to_rfc3339(url->expires), core::format_duration(pipeline_.timeout));
  note(located, seen);
  // The bytes are not read; another pipeline may have read this very version.
  bool const same = input_.version.etag != domain::unknown_etag && input_.version.etag == seen.version.etag &&
                    input_.version.size == seen.version.size;
  if (same) located.facts.hash = input_.hash;
  located.facts.url_expires = url->expires;
  located.mounted.host_path = file;
  located.mounted.mount_target = located.mounted.url_file = url_path;
  co_return located;
}

awaitable<LocatedInput> ObjectInput::take(s3::Client& client, domain::Version expected) {
  if (domain::gets_url(pipeline_)) co_return co_await presign(client, std::move(expected));
  co_return co_await fetch(client, std::move(expected));
}

awaitable<LocatedInput> ObjectInput::locate(bool any_version) {
  LocatedInput located;
  auto const where = domain::parse_s3_root(input_.root).value();
  if (services_.buckets == nullptr) {
    located.waits = Waits{Reason::input_unreadable, "this daemon has no S3 connections"};
    co_return located;
  }
  auto const client = services_.buckets->client(where.connection, where.bucket);
  if (!client) {
    located.waits = Waits{Reason::input_unreadable, client.error().message()};
    co_return located;
  }
  located = co_await take(**client, input_.version);
  bool const is_other =
      (located.waits && located.waits->reason == Reason::input_changed) ||
      (located.ends && located.ends->reason == Reason::input_gone && !input_.version.version_id.empty());
  if (!is_other) co_return located;
  // The one that the row names is not there, so what is?
  std::string const newest;
  auto const info = co_await (*client)->head(input_.key, newest);
  located.waits.reset();
  located.ends.reset();
  if (!info && info.error().code == core::Errc::not_found) {
    located.ends = gone();
  } else if (!info) {
    located.waits = Waits{Reason::input_unreadable, info.error().message()};
  } else if (any_version) {
    auto version = inputs::version_of(*info);
    co_return co_await take(**client, std::move(version));
  } else {
    located.waits = Waits{Reason::input_changed, input_changed_detail};
    // Its listing may be a while away; one look makes the successor now.
    if (services_.look_at) services_.look_at(input_.root, input_.key);
  }
  co_return located;
}

awaitable<std::optional<bool>> object_drifted(Services& services, store::RunInput const& input) {
  auto const where = domain::parse_s3_root(input.root);
  if (!where || services.buckets == nullptr) co_return std::nullopt;
  if (!input.version.version_id.empty()) co_return false;
  auto const client = services.buckets->client(where->connection, where->bucket);
  if (!client) co_return std::nullopt;
  std::optional<Outcome> seen;
  aio::Event looked(co_await boost::asio::this_coro::executor);
  auto const deadline = services.clock.steady() + longest_second_look;
  // The result is there and must not wait for a server that is away.
  auto body = [&](aio::TaskGroup& children) -> awaitable<void> {
    auto look = [&]() -> awaitable<void> {
      auto const found = co_await inputs::look_at_object(**client, input.key, input.version);
      seen = found.outcome;
      looked.set();
    };
    children.spawn(std::move(look));
    (void)co_await looked.wait_until(deadline);
  };
  co_await aio::with_task_group(std::move(body));
  if (seen == Outcome::changed || seen == Outcome::gone) co_return true;
  if (seen == Outcome::matches) co_return false;
  co_return std::nullopt;
}

}  // namespace orchestrator
