#include "support/s3/service.hpp"

#include <chrono>
#include <cmath>

#include "aio/sleep.hpp"
#include "support/s3/transport.hpp"
#include "support/s3/xml.hpp"

namespace support::s3 {

using http::awaitable;
using http::Reply;
using std::chrono::milliseconds;

World::World(Settings with_settings)
    : settings(std::move(with_settings)), faults(settings.seed), log(settings.log_size) {
  if (settings.synthetic > 0) buckets.emplace(settings.bucket, Bucket(Keyspace(settings.synthetic, settings.seed)));
}

awaitable<Reply> Service::handle(http::RequestContext request) {
  if (request.path.starts_with("/-/")) co_return answer_admin(world_, request);
  Call call(std::move(request), world_.settings.domain);
  Hits hits;
  RequestRecord record;
  {
    std::scoped_lock const lock(world_.mutex);
    hits = world_.faults.hit(call.operation);
    world_.log.begin(call, hits);
    record = world_.log.last().back();
  }
  int status = 0;
  std::exception_ptr failure;
  Reply reply;
  try {
    if (before_) before_(record);
    reply = co_await serve(call, hits);
    status = reply.status;
  } catch (...) {
    failure = std::current_exception();
  }
  std::scoped_lock const lock(world_.mutex);
  world_.log.end(record.number, status);
  if (failure) std::rethrow_exception(failure);
  co_return reply;
}

awaitable<Reply> Service::serve(Call& call, Hits const& hits) {
  co_await wait_as_told(hits);
  if (hits.has(FaultKind::close)) hang_up();
  if (hits.has(FaultKind::reset)) {
    reset_when_closed(call.request.remote);
    hang_up();
  }
  Reply reply = answer(call, hits);
  auto const* const skew = hits.find(FaultKind::clock_skew);
  reply.headers.set("Date", http_date(now_ms() + (skew ? std::llround(skew->value * 1000) : 0)));
  reply.headers.set("x-amz-request-id", "0000000000000000");
  co_return bend_body(std::move(reply), hits, call.request.remote);
}

awaitable<void> Service::wait_as_told(Hits const& hits) {
  if (world_.settings.latency_ms > 0) co_await aio::sleep_for(milliseconds(world_.settings.latency_ms));
  if (auto const* const stall = hits.find(FaultKind::stall))
    co_await aio::sleep_for(milliseconds(std::llround(stall->value * 1000)));
  if (!hits.has(FaultKind::hold)) co_return;
  auto const generation = [this] {
    std::scoped_lock const lock(world_.mutex);
    return world_.faults.generation();
  };
  while (generation() == hits.generation()) co_await aio::sleep_for(milliseconds(5));
}

Reply Service::answer(Call& call, Hits const& hits) {
  std::scoped_lock const lock(world_.mutex);
  if (auto refused = refuse(world_.settings, call)) return std::move(*refused);
  if (auto instead = answer_instead(call, hits)) return std::move(*instead);
  return answer_bucket(world_, call, hits);
}

}  // namespace support::s3
