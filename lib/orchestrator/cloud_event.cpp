#include "orchestrator/cloud_event.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/uri.hpp"
#include "core/utf8.hpp"
#include "domain/run_state.hpp"

namespace orchestrator {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_text = 2000;  // of a detail or a value: an event is a message, not the result

std::string short_text(std::string_view text) {
  auto shown = core::to_display(text.substr(0, longest_text));
  if (text.size() > longest_text) shown += "...";
  return shown;
}

json::value optional_text(std::string const& text) {
  return text.empty() ? json::value(nullptr) : json::value(short_text(text));
}
json::value time_of(std::optional<core::Wall> const& at) {
  return at ? json::value(core::to_rfc3339(*at)) : json::value(nullptr);
}

json::value value_of(domain::Value const& value, domain::ValueType type) {
  if (auto const* text = std::get_if<std::string>(&value)) {
    if (type != domain::ValueType::json || text->size() > longest_text) return json::value(short_text(*text));
    boost::system::error_code error;
    auto parsed = json::parse(*text, error);
    return error ? json::value(short_text(*text)) : std::move(parsed);
  }
  if (auto const* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (auto const* real = std::get_if<double>(&value)) return *real;
  if (auto const* flag = std::get_if<bool>(&value)) return *flag;
  return nullptr;
}

json::value link_of(Teller const& teller, std::string const& path) {
  return teller.public_url.empty() ? json::value(nullptr) : json::value(teller.public_url + path);
}

json::object about_pipeline(Teller const& teller, std::string const& pipeline) {
  json::object data;
  data["pipeline"] = pipeline;
  data["link"] = link_of(teller, "/pipelines/" + core::percent_encode(pipeline));
  return data;
}

json::object about_run(Teller const& teller, std::string const& pipeline, store::RunNo run,
                       store::RunFacts const& facts) {
  json::object data;
  data["pipeline"] = pipeline;
  data["run_no"] = run.value;
  data["run_id"] = facts.id;
  data["state"] = domain::to_string(facts.state);
  data["reason"] = domain::to_string(facts.reason);
  data["explanation"] = domain::explain(facts.reason);
  data["detail"] = optional_text(facts.detail);
  data["input"] = optional_text(facts.input_uri);
  data["started_at"] = time_of(facts.started);
  data["finished_at"] = time_of(facts.finished);
  json::object outputs;
  for (auto const& output : facts.outputs) outputs[short_text(output.name)] = value_of(output.value, output.type);
  data["outputs"] = std::move(outputs);
  data["link"] = link_of(teller, "/runs/" + std::to_string(run.value));
  return data;
}

constexpr char const* recovered_type = "io.tidewheel.pipeline.recovered.v1";

}  // namespace

News run_failed(Teller const& teller, std::string const& pipeline, store::RunNo run, store::RunFacts const& facts) {
  return {domain::NotifyEvent::failed, "io.tidewheel.run.failed.v1", about_run(teller, pipeline, run, facts)};
}

News run_recovered(Teller const& teller, std::string const& pipeline, store::RunNo run, store::RunFacts const& facts,
                   store::RunNo failing_run, core::Wall failing_since) {
  News news{domain::NotifyEvent::recovered, recovered_type, about_run(teller, pipeline, run, facts)};
  news.data["what"] = "run";
  news.data["failing_run_no"] = failing_run.value;
  news.data["failing_since_at"] = core::to_rfc3339(failing_since);
  return news;
}

News data_overdue(Teller const& teller, std::string const& pipeline, domain::ExpectSpec const& rule,
                  domain::Expectation const& state) {
  News news{domain::NotifyEvent::overdue, "io.tidewheel.pipeline.overdue.v1", about_pipeline(teller, pipeline)};
  news.data["rule"] = domain::to_text(rule);
  news.data["expected_at"] = core::to_rfc3339(state.expected);
  return news;
}

News data_recovered(Teller const& teller, std::string const& pipeline, domain::ExpectSpec const& rule,
                    domain::Expectation const& state, core::Wall overdue_since) {
  News news{domain::NotifyEvent::recovered, recovered_type, about_pipeline(teller, pipeline)};
  news.data["what"] = "data";
  news.data["rule"] = domain::to_text(rule);
  news.data["overdue_since_at"] = core::to_rfc3339(overdue_since);
  news.data["expected_at"] = core::to_rfc3339(state.expected);
  return news;
}

News output_crossed(Teller const& teller, std::string const& pipeline, store::RunNo run, store::RunFacts const& facts,
                    domain::Crossing const& crossing) {
  News news{domain::NotifyEvent::alert, "io.tidewheel.output.alert.v1", about_run(teller, pipeline, run, facts)};
  auto const& output = crossing.output;
  news.data["output"] = output.name;
  news.data["value"] = value_of(crossing.value, output.type);
  news.data["unit"] = optional_text(output.unit);
  if (crossing.bound) {
    auto const& limit = *crossing.bound == domain::Bound::above ? output.alert_above : output.alert_below;
    news.data["bound"] = domain::to_string(*crossing.bound);
    news.data["limit"] = limit ? json::value(*limit) : json::value(nullptr);
  } else {
    news.event = domain::NotifyEvent::recovered;
    news.type = recovered_type;
    news.data["what"] = "output";
  }
  return news;
}

News test_news(Teller const& teller, std::string const& webhook) {
  News news{domain::NotifyEvent::failed, "io.tidewheel.webhook.test.v1", {}};
  news.data["webhook"] = webhook;
  news.data["detail"] = "somebody asked for this with `tidewheel webhooks test`; nothing is wrong";
  news.data["link"] = link_of(teller, "/");
  return news;
}

std::string cloud_event(Teller const& teller, std::string const& id, std::string const& subject, News const& news,
                        core::Wall at, std::int64_t sequence) {
  json::object event;
  event["specversion"] = "1.0";
  event["id"] = id;
  event["source"] = "/instances/" + core::percent_encode(teller.instance);
  event["type"] = news.type;
  event["subject"] = subject;
  event["time"] = core::to_rfc3339(at);
  event["sequence"] = std::to_string(sequence);
  event["datacontenttype"] = "application/json";
  event["data"] = news.data;
  return json::serialize(event);
}

}  // namespace orchestrator
