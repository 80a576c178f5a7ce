#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "core/time.hpp"
#include "domain/health.hpp"
#include "domain/notify.hpp"
#include "store/signals.hpp"

namespace orchestrator {

/// Who tells: what stands in every event.
struct Teller {
  std::string instance;    ///< its name for people
  std::string public_url;  ///< where its page is, without a slash at the end; empty: no links
};

/// What is told, before it has a number. Pure.
struct News {
  domain::NotifyEvent event = domain::NotifyEvent::failed;
  std::string type;  ///< "io.tidewheel.run.failed.v1"
  boost::json::object data;
};
[[nodiscard]] News run_failed(Teller const& teller, std::string const& pipeline, store::RunNo run,
                              store::RunFacts const& facts);
[[nodiscard]] News run_recovered(Teller const& teller, std::string const& pipeline, store::RunNo run,
                                 store::RunFacts const& facts, store::RunNo failing_run, core::Wall failing_since);
[[nodiscard]] News data_overdue(Teller const& teller, std::string const& pipeline, domain::ExpectSpec const& rule,
                                domain::Expectation const& state);
[[nodiscard]] News data_recovered(Teller const& teller, std::string const& pipeline, domain::ExpectSpec const& rule,
                                  domain::Expectation const& state, core::Wall overdue_since);
/// An alert, or its end.
[[nodiscard]] News output_crossed(Teller const& teller, std::string const& pipeline, store::RunNo run,
                                  store::RunFacts const& facts, domain::Crossing const& crossing);
/// What `tidewheel webhooks test` sends.
[[nodiscard]] News test_news(Teller const& teller, std::string const& webhook);

/// CloudEvents 1.0.2, structured JSON (application/cloudevents+json). `sequence` is the feed's number at that time.
[[nodiscard]] std::string cloud_event(Teller const& teller, std::string const& id, std::string const& subject,
                                      News const& news, core::Wall at, std::int64_t sequence);

}  // namespace orchestrator
