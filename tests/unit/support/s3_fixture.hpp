#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/uri.hpp"
#include "http/client.hpp"
#include "support/run_coro.hpp"
#include "support/s3_fault_server.hpp"

namespace s3_test {

using http::Request;
using http::Response;
using support::s3::Fault;
using support::s3::FaultKind;
using support::s3::PutOptions;
using support::s3::Settings;
using support::s3::Versioning;
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The texts of every <name>...</name>, as they stand.
inline std::vector<std::string> elements(std::string_view xml, std::string_view name) {
  std::vector<std::string> texts;
  std::string const open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  for (std::size_t at = xml.find(open); at != xml.npos; at = xml.find(open, at)) {
    at += open.size();
    texts.emplace_back(xml.substr(at, xml.find(close, at) - at));
  }
  return texts;
}

/// The text of the one <name>; "(none)" without it, "(several)" of more.
inline std::string element(std::string_view xml, std::string_view name) {
  auto const all = elements(xml, name);
  return all.empty() ? "(none)" : all.size() > 1 ? "(several)" : all.front();
}

/// A running server with the bucket "b", and plain HTTP calls to it.
class S3Test : public testing::Test {
 protected:
  explicit S3Test(Settings settings = Settings()) : server(std::move(settings)) {
    server.make_bucket("b");
    server.start();
    client = std::make_unique<http::Client>(http::Endpoint::tcp("127.0.0.1", server.port()));
  }

  core::Result<Response> try_send(std::string method, std::string target, Headers const& headers = {},
                                  std::string body = "") {
    Request request(std::move(method), std::move(target));
    for (auto const& [name, value] : headers) request.headers.set(name, value);
    request.body = std::move(body);
    request.deadline = std::chrono::seconds(20);
    return support::run_coro(io, [&] { return client->send(std::move(request)); });
  }
  Response send(std::string method, std::string target, Headers const& headers = {}, std::string body = "") {
    return try_send(std::move(method), std::move(target), headers, std::move(body)).value();
  }
  Response get(std::string target, Headers const& headers = {}) { return send("GET", std::move(target), headers); }
  /// ListObjectsV2 with encoding-type=url; `more` is "&name=value".
  Response list(std::string const& more = "", std::string const& bucket = "b") {
    return get("/" + bucket + "?list-type=2&encoding-type=url" + more);
  }
  static std::string header(Response const& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or("(none)"));
  }

  boost::asio::io_context io{1};
  support::S3FaultServer server;
  std::unique_ptr<http::Client> client;
};

}  // namespace s3_test
