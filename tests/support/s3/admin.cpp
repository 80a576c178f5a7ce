#include <boost/json.hpp>

#include "core/utf8.hpp"
#include "support/s3/service.hpp"

namespace support::s3 {

using http::Reply;

namespace {

namespace json = boost::json;

std::string text_of(json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  if (value == nullptr) return {};
  return std::string(value->as_string());
}

double number_of(json::object const& object, std::string_view name, double otherwise) {
  auto const* const value = object.if_contains(name);
  return value == nullptr ? otherwise : value->to_number<double>();
}

/// Throws std::exception with what is wrong: a test with a slip in it must not pass.
Fault to_fault(json::value const& value) {
  auto const& object = value.as_object();
  for (auto const& member : object) {
    bool known = false;
    for (auto const* const name : {"fault", "operation", "after", "count", "probability", "value", "text"})
      known = known || member.key() == name;
    if (!known) throw std::invalid_argument("no member of a fault is called " + std::string(member.key()));
  }
  auto const kind = to_fault_kind(text_of(object, "fault"));
  if (!kind) throw std::invalid_argument("there is no fault '" + text_of(object, "fault") + "'");
  Fault fault;
  fault.kind = *kind;
  fault.operation = text_of(object, "operation");
  fault.after = static_cast<int>(number_of(object, "after", 0));
  if (object.contains("count")) fault.count = static_cast<int>(number_of(object, "count", 1));
  fault.probability = number_of(object, "probability", 1);
  fault.value = number_of(object, "value", 0);
  fault.text = text_of(object, "text");
  return fault;
}

json::object to_json(Fault const& fault) {
  json::object object;
  object["fault"] = to_string(fault.kind);
  object["operation"] = fault.operation;
  object["after"] = fault.after;
  if (fault.count) object["count"] = *fault.count;
  object["probability"] = fault.probability;
  object["value"] = fault.value;
  object["text"] = fault.text;
  return object;
}

json::object to_json(RequestRecord const& record) {
  json::object object;
  object["number"] = record.number;
  object["operation"] = record.operation;
  object["method"] = record.method;
  object["target"] = core::to_display(record.target);
  object["bucket"] = core::to_display(record.bucket);
  object["key"] = core::to_display(record.key);
  object["status"] = record.status;
  object["access_key"] = record.access_key;
  object["region"] = record.region;
  object["at_ms"] = record.at_ms;
  json::array faults;
  for (auto const& fault : record.faults) faults.emplace_back(fault);
  object["faults"] = std::move(faults);
  json::object headers;
  for (auto const& [name, value] : record.headers) headers[name] = core::to_display(value);
  object["headers"] = std::move(headers);
  return object;
}

Reply show_requests(RequestLog const& log) {
  json::object counts, statuses;
  for (auto const& [operation, count] : log.counts()) counts[operation] = count;
  for (auto const& [status, count] : log.statuses()) statuses[std::to_string(status)] = count;
  json::array last;
  for (auto const& record : log.last()) last.emplace_back(to_json(record));
  json::object all;
  all["counts"] = std::move(counts);
  all["statuses"] = std::move(statuses);
  all["connections"] = log.connections();
  all["most_at_once"] = log.most_at_once();
  all["log"] = std::move(last);
  return Reply::json(200, json::serialize(all));
}

Reply show_faults(FaultPlan const& plan) {
  json::array all;
  for (auto const& fault : plan.active()) all.emplace_back(to_json(fault));
  return Reply::json(200, json::serialize(all));
}

/// One fault, or a list of them: all or none.
Reply add_faults(FaultPlan& plan, std::string const& body) {
  std::vector<Fault> faults;
  try {
    auto const value = json::parse(body);
    if (!value.is_array()) faults.push_back(to_fault(value));
    if (value.is_array())
      for (auto const& one : value.as_array()) faults.push_back(to_fault(one));
  } catch (std::exception const& error) {
    return Reply::problem(400, error.what());
  }
  for (auto& fault : faults) plan.add(std::move(fault));
  return show_faults(plan);
}

}  // namespace

Reply answer_admin(World& world, http::RequestContext const& request) {
  std::scoped_lock const lock(world.mutex);
  std::string const call = request.method + " " + request.path;
  if (call == "GET /-/requests") return show_requests(world.log);
  if (call == "GET /-/faults") return show_faults(world.faults);
  if (call == "POST /-/faults") return add_faults(world.faults, request.body);
  if (call != "DELETE /-/faults" && call != "POST /-/reset") return Reply::problem(404, "There is no such call.");
  world.faults.clear();
  if (call == "POST /-/reset") world.log.clear();
  return show_faults(world.faults);
}

}  // namespace support::s3
