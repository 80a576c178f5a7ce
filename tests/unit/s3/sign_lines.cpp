// Signs requests: one JSON object a line in, one out. Driven by sigv4_oracle.py.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iostream>
#include <string>

#include "core/base64.hpp"
#include "s3/addressing.hpp"
#include "s3/sigv4.hpp"

namespace {

namespace json = boost::json;

std::string text(json::object const& object, char const* name) {
  return std::string(object.at(name).as_string());
}

std::string bytes(json::value const& value) {
  return core::from_base64(value.as_string()).value();
}

json::object answer(json::object const& asked) {
  auto const endpoint = http::Endpoint::parse(text(asked, "endpoint")).value();
  auto const addressing = text(asked, "addressing") == "virtual" ? s3::Addressing::virtual_host : s3::Addressing::path;
  auto const address = s3::address_of(endpoint, text(asked, "bucket"), addressing).value();
  s3::SigningRequest request;
  request.method = text(asked, "method");
  request.host = address.endpoint.authority();
  request.path = address.path_of(bytes(asked.at("key")));
  request.payload_hash = text(asked, "payload_hash");
  for (auto const& pair : asked.at("query").as_array())
    request.query.emplace_back(bytes(pair.as_array().at(0)), bytes(pair.as_array().at(1)));
  for (auto const& pair : asked.at("headers").as_array())
    request.headers.add(pair.as_array().at(0).as_string(), pair.as_array().at(1).as_string());
  s3::Credentials credentials;
  credentials.access_key_id = text(asked, "access_key");
  credentials.secret_access_key = s3::Secret(text(asked, "secret_key"));
  credentials.session_token = s3::Secret(text(asked, "token"));
  s3::SigningScope const scope{text(asked, "region"), core::from_ms(asked.at("at_ms").as_int64())};
  json::object said;
  said["host"] = request.host;
  if (auto const seconds = asked.at("expires").as_int64(); seconds > 0) {
    said["target"] = s3::presign(request, credentials, scope, std::chrono::seconds(seconds)).reveal();
    return said;
  }
  auto const signed_request = s3::sign(request, credentials, scope);
  said["target"] = signed_request.target;
  said["authorization"] = signed_request.headers.find("Authorization").value();
  return said;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << json::serialize(answer(json::parse(line).as_object())) << "\n";
}
