#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <set>

#include "api/static_files.hpp"
#include "integration/api_world.hpp"

namespace {

using boost::asio::awaitable;

/// "/runs/{run}/log" -> "/runs/{}/log".
std::string without_names(std::string path) {
  for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 2))
    path.erase(open + 1, path.find('}', open) - open - 1);
  return path;
}

TEST(ApiDocument, names_every_route_and_no_other) {
  integration::ApiWorld world;
  world.run([&world]() -> awaitable<void> {
    auto const document = co_await world.get("/openapi.json");
    std::set<std::string> documented;
    for (auto const& path : document.body.at("paths").as_object())
      for (auto const& operation : path.value().as_object()) {
        std::string method(operation.key());
        std::ranges::transform(method, method.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
        documented.insert(method + " " + without_names(std::string(path.key())));
      }
    constexpr std::array<api::Asset, 1> page{{{"index.html", "<!doctype html>", {}}}};
    http::Router addresses;
    api::add_static_routes(addresses, nullptr, page);
    auto const for_people = addresses.routes();
    std::set<std::string> real;
    for (auto const& route : world.router().routes())
      if (std::ranges::find(for_people, route) == for_people.end()) real.insert(route);
    real.erase("GET /a/{}/{}/{}");  // links, which only the daemon makes
    EXPECT_EQ(documented, real);
  });
}

}  // namespace
