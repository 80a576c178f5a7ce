#include <gmock/gmock.h>

#include <array>

#include "integration/api_world.hpp"

namespace {

using boost::asio::awaitable;
using integration::ApiWorld;
using support::FakeContainer;
using support::FakeEngine;
using ::testing::HasSubstr;

void succeed(FakeEngine& engine, FakeContainer& container) {
  container.out["outputs.json"] = R"({"n": 3})";
  container.out["report.html"] = "<p>good</p>";
  container.out["lib/plot.js"] = "draw()";
  container.out["table.csv"] = "a,b\n1,2\n3,4\n";
  engine.exit(container, 0);
}
void fail(FakeEngine& engine, FakeContainer& container) {
  engine.exit(container, 3);
}

/// Results as people and programs get them.
class ApiResults : public ::testing::Test {
 protected:
  awaitable<ApiWorld::Answer> get(std::string target, std::string name = {}, std::string value = {}) {
    http::Request request("GET", std::move(target));
    if (!name.empty()) request.headers.set(name, value);
    auto const response = (co_await world.client().send(std::move(request))).value();
    ApiWorld::Answer answer;
    answer.status = response.status;
    answer.headers = response.headers;
    answer.text = response.body;
    co_return answer;
  }
  static std::string header(ApiWorld::Answer const& answer, std::string_view name) {
    return std::string(answer.headers.find(name).value_or(""));
  }

  awaitable<support::Ended> coverage_of_a_day() {
    std::vector<std::string> arguments;
    for (auto const* const word : {"coverage", "--since", "1d"}) arguments.emplace_back(word);
    return world.tidewheel(std::move(arguments));
  }

  ApiWorld world;
};

TEST_F(ApiResults, an_artifacts_link_opens_it_and_its_neighbours_and_nothing_else) {
  world.pipeline("qc", "outputs: {n: {type: int}}\n");
  world.engine().on_start(succeed);
  world.run([this]() -> awaitable<void> {
    world.put("a.csv", "1");
    auto const run = co_await world.run_in("1", "succeeded");
    std::string url;
    for (auto const& artifact : run.at("artifacts").as_array())
      if (artifact.at("name").as_string() == "report.html") url = artifact.at("url").as_string().c_str();
    auto const report = co_await get(url);
    EXPECT_EQ(report.status, 200);
    EXPECT_EQ(report.text, "<p>good</p>");
    EXPECT_EQ(header(report, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_THAT(header(report, "Content-Security-Policy"), HasSubstr("sandbox allow-scripts"));
    auto const folder = url.substr(0, url.size() - std::string("report.html").size());
    auto const neighbour = co_await get(folder + "lib/plot.js");
    EXPECT_EQ(neighbour.text, "draw()");
    EXPECT_EQ(header(neighbour, "Content-Type"), "text/javascript; charset=utf-8");
    auto const missing = co_await get(folder + "../../../tidewheel.db");
    EXPECT_EQ(missing.status, 404);
    auto const forged = co_await get("/a/" + std::string(run.at("run_id").as_string()) + ".1/9999999999-0/report.html");
    EXPECT_EQ(forged.status, 403);
    co_await world.idle();
  });
}

TEST_F(ApiResults, artifacts_come_in_ranges_and_once) {
  world.pipeline("qc", "outputs: {n: {type: int}}\n");
  world.engine().on_start(succeed);
  world.run([this]() -> awaitable<void> {
    world.put("a.csv", "1");
    (void)co_await world.run_in("1", "succeeded");
    auto const whole = co_await get("/api/v1/runs/1/artifacts/table.csv");
    EXPECT_EQ(whole.text, "a,b\n1,2\n3,4\n");
    EXPECT_THAT(header(whole, "Content-Disposition"), HasSubstr("attachment"));
    auto const part = co_await get("/api/v1/runs/1/artifacts/table.csv", "Range", "bytes=4-6");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.text, "1,2");
    EXPECT_EQ(header(part, "Content-Range"), "bytes 4-6/12");
    auto const beyond = co_await get("/api/v1/runs/1/artifacts/table.csv", "Range", "bytes=99-");
    EXPECT_EQ(beyond.status, 416);
    auto const again = co_await get("/api/v1/runs/1/artifacts/table.csv", "If-None-Match", header(whole, "ETag"));
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.text, "");
    auto const document = co_await get("/api/v1/runs/1/artifacts/report.html");
    EXPECT_EQ(document.status, 302);
    EXPECT_THAT(header(document, "Location"), HasSubstr("/a/"));
    auto const none = co_await get("/api/v1/runs/1/artifacts/none.txt");
    EXPECT_EQ(none.status, 404);
    co_await world.idle();
  });
}

TEST_F(ApiResults, latest_is_the_newest_good_result_and_tells_when_it_is_stale) {
  world.pipeline("qc", "outputs: {n: {type: int, unit: files, alert: {above: 2}}}\nretries: {max: 0}\n");
  world.engine().on_start(succeed);
  world.run([this]() -> awaitable<void> {
    auto const nothing = co_await get("/latest/qc/outputs.json");
    EXPECT_EQ(nothing.status, 404);
    world.put("a.csv", "1");
    (void)co_await world.run_in("1", "succeeded");
    auto const fresh = co_await world.get("/latest/qc/outputs.json");
    EXPECT_EQ(fresh.body.at("values").at("n").as_int64(), 3);
    EXPECT_FALSE(fresh.body.at("stale").as_bool());
    EXPECT_GE(fresh.body.at("age_s").as_double(), 0.0);
    EXPECT_EQ(fresh.body.at("outputs").at(0).at("alert").as_string(), "above");
    world.engine().on_start(fail);
    world.put("b.csv", "2");
    (void)co_await world.run_in("2", "failed");
    auto const stale = co_await world.get("/latest/qc/outputs.json");
    EXPECT_EQ(stale.body.at("run_no").as_int64(), 1);
    EXPECT_TRUE(stale.body.at("stale").as_bool());
    EXPECT_EQ(stale.body.at("newest_attempt").at("state").as_string(), "failed");
    auto const table = co_await get("/latest/qc/table.csv");
    EXPECT_EQ(table.text, "a,b\n1,2\n3,4\n");
    EXPECT_THAT(header(table, "Link"), HasSubstr("rel=\"canonical\""));
    auto const before = co_await get("/latest/qc/table.csv?at=2001-01-01");
    EXPECT_EQ(before.status, 404);
    auto const gallery = co_await world.get("/api/v1/latest");
    EXPECT_EQ(gallery.body.at("artifacts").as_array().size(), 2U);  // the script is no report
    auto const badge = co_await get("/badge/qc.svg?output=n");
    EXPECT_THAT(badge.text, HasSubstr("3 files (stale)"));
    co_await world.idle();
  });
}

TEST_F(ApiResults, coverage_adds_up_and_names_what_is_unresolved) {
  world.pipeline("qc", "retries: {max: 0}\n", "*.csv");
  world.engine().on_start(fail);
  world.run([this]() -> awaitable<void> {
    world.put("bad.csv", "1");
    (void)co_await world.run_in("1", "failed");
    world.engine().on_start(succeed);
    world.put("good.csv", "2");
    (void)co_await world.run_in("2", "succeeded");
    world.put("notes.txt", "nobody wants it");
    co_await world.idle();
    auto const coverage = co_await world.get("/api/v1/coverage?since=1d");
    auto const& body = coverage.body;
    auto const of = [&body](std::string_view name) { return body.at(name).as_int64(); };
    EXPECT_EQ(of("seen"), of("ignored") + of("existing") + of("succeeded") + of("waiting") + of("failed"));
    EXPECT_EQ(of("failed"), 1);
    EXPECT_EQ(of("succeeded"), 1);
    EXPECT_EQ(body.at("unresolved").at(0).at("key").as_string(), "bad.csv");
    auto const command = co_await coverage_of_a_day();
    EXPECT_EQ(command.code, 1) << command.out << command.err;
    EXPECT_THAT(command.out, HasSubstr("bad.csv"));
    auto const items = co_await world.get("/api/v1/items?state=failed");
    EXPECT_EQ(items.body.at("items").as_array().size(), 1U);
    EXPECT_TRUE(items.body.at("next").is_null());
    auto const overview = co_await world.get("/api/v1/overview");
    EXPECT_EQ(overview.body.at("coverage").at("failed").as_int64(), 1);
    (void)co_await world.post("/api/v1/runs/1/retry", "{}");  // makes it good
    (void)co_await world.run_in("3", "succeeded");
    auto const after = co_await coverage_of_a_day();
    EXPECT_EQ(after.code, 0) << after.out << after.err;
    co_await world.idle();
  });
}

constexpr std::array<char const*, 3> names{"a", "b", "c"};
constexpr std::array<std::string_view, 6> wrong_cursors{"x",    "..%2f",   "1",
                                                        "1.!!", "-1.YQ==", "99999999999999999999.YQ=="};

TEST_F(ApiResults, items_come_in_pages) {
  world.pipeline("qc");
  world.engine().on_start(succeed);
  world.run([this]() -> awaitable<void> {
    for (std::string const name : names) world.put(name + ".csv", name);
    (void)co_await world.run_in("3", "succeeded");
    auto const first = co_await world.get("/api/v1/items?limit=2");
    EXPECT_EQ(first.body.at("items").as_array().size(), 2U);
    auto const next = std::string(first.body.at("next").as_string());
    auto const second = co_await world.get("/api/v1/items?limit=2&before=" + next);
    EXPECT_EQ(second.body.at("items").at(0).at("key").as_string(), "c.csv");
    for (auto const wrong : wrong_cursors) {
      auto const refused = co_await world.get("/api/v1/items?before=" + std::string(wrong));
      EXPECT_EQ(refused.status, 422) << wrong;
    }
    co_await world.idle();
  });
}

}  // namespace
