#include <gmock/gmock.h>

#include "store/read_series.hpp"
#include "store_fixture.hpp"

namespace store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SeriesTest : public StoreTest {
 protected:
  SeriesTest() {
    domain::OutputSpec n;
    n.name = "n";
    n.type = domain::ValueType::integer;
    domain::OutputSpec duration;  // a name that is known of every run too
    duration.name = "duration_s";
    domain::OutputSpec label;
    label.name = "label";
    label.type = domain::ValueType::string;
    auto const qc = pipeline("qc", {n, duration, label});
    for (std::int64_t i = 1; i <= 3; ++i) {
      intake(difference("f" + std::to_string(i), version(2000, 100 * i), {match(qc)}));
      std::vector<OutputRow> outputs{{"n", domain::ValueType::integer, 10 * i, ""},
                                     {"label", domain::ValueType::string, std::string("x"), ""}};
      if (i == 2) outputs.push_back({"duration_s", domain::ValueType::real, 0.5, ""});
      succeed({i}, outputs, at(5000 + i));
    }
    intake(difference("f4", version(2000), {match(qc)}));  // waits
  }
  SeriesReader read(SeriesReader::Request request) {
    request.pipeline = "qc";
    SeriesReader reader(std::move(request));
    while (reader.step(db).value()) {
    }
    reader.finish();
    return reader;
  }
  static SeriesReader::Series series(SeriesReader const& reader, std::string const& name) {
    for (auto const& series : reader.series())
      if (series.name == name) return series;
    throw std::runtime_error("no " + name);
  }
};

TEST_F(SeriesTest, gives_every_number_of_the_good_runs_oldest_first) {
  auto const reader = read({});
  ASSERT_EQ(reader.runs().size(), 3U);
  EXPECT_EQ(reader.runs().front().no, 1);
  EXPECT_THAT(series(reader, "n").value, ElementsAre(10, 20, 30));
  EXPECT_THAT(series(reader, "n").run, ElementsAre(0, 1, 2));
  EXPECT_THAT(series(reader, "input_bytes").value, ElementsAre(100, 200, 300));
  EXPECT_THAT(series(reader, "max_rss_bytes").value, ElementsAre(1 << 20, 1 << 20, 1 << 20));
  EXPECT_THAT(series(reader, "pull_s").value, ElementsAre(0, 0, 0));
  EXPECT_THAT(series(reader, "duration_s").value, ElementsAre(0.5)) << "the output, and it alone";
  EXPECT_THAT(series(reader, "duration_s").run, ElementsAre(1));
  EXPECT_EQ(reader.series().size(), 5U) << "no texts";
}

TEST_F(SeriesTest, takes_the_newest_of_the_time_asked_for) {
  SeriesReader::Request two;
  two.runs = 2;
  two.names = {"n"};
  EXPECT_THAT(series(read(two), "n").value, ElementsAre(20, 30));
  SeriesReader::Request between;
  between.from = at(5002);
  between.to = at(5002);
  EXPECT_THAT(series(read(between), "n").value, ElementsAre(20));
  between.to = at(5001);
  EXPECT_THAT(series(read(between), "n").value, IsEmpty());
}

TEST_F(SeriesTest, refuses_what_is_not_there_or_too_much) {
  SeriesReader::Request request;
  request.pipeline = "none";
  EXPECT_EQ(SeriesReader(request).step(db).error().code, core::Errc::not_found);
  request.pipeline = "qc";
  request.names = {"label"};
  EXPECT_EQ(SeriesReader(request).step(db).error().code, core::Errc::not_found);
  request.names = {};
  request.runs = 1'000'000;
  EXPECT_EQ(SeriesReader(request).step(db).error().code, core::Errc::too_large);
}

}  // namespace
}  // namespace store
