#include "orchestrator/admission.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using Kind = Candidate::Kind;
using Numbers = std::vector<std::int64_t>;

constexpr store::PipelineId one{1}, two{2};

Numbers chosen(std::vector<Candidate> candidates, Room room) {
  Numbers numbers;
  for (auto const& run : choose(std::move(candidates), std::move(room))) numbers.push_back(run.no.value);
  return numbers;
}

Candidate run(std::int64_t no, store::PipelineId pipeline, Kind kind, std::int64_t place = 0) {
  return {{no}, pipeline, place == 0 ? no : place, kind};
}

TEST(Admission, goes_by_place_whatever_the_kind) {
  std::vector<Candidate> const candidates{run(3, one, Kind::direct), run(1, one, Kind::direct),
                                          run(2, two, Kind::ready)};
  EXPECT_EQ(chosen(candidates, {2, 0, {}, {}}), (Numbers{1, 2}));
  EXPECT_EQ(chosen(candidates, {9, 0, {}, {}}), (Numbers{1, 2, 3}));
  EXPECT_EQ(chosen({run(9, one, Kind::direct, 1), run(2, one, Kind::direct)}, {1, 0, {}, {}}), Numbers{9})
      << "a successor has the place of the run that it replaces";
}

TEST(Admission, an_object_takes_a_seat_and_no_slot) {
  std::vector<Candidate> const candidates{run(1, one, Kind::object), run(2, one, Kind::object),
                                          run(3, one, Kind::direct)};
  EXPECT_EQ(chosen(candidates, {0, 1, {}, {}}), Numbers{1});
  EXPECT_EQ(chosen(candidates, {1, 0, {}, {}}), Numbers{3});
  EXPECT_EQ(chosen(candidates, {1, 2, {{one, 4}}, {{one, 4}}}), (Numbers{1, 2})) << "ahead of max_running, too";
}

TEST(Admission, max_running_bounds_slots_and_lets_others_pass) {
  std::vector<Candidate> const candidates{run(1, one, Kind::ready), run(2, one, Kind::direct),
                                          run(3, two, Kind::ready)};
  EXPECT_EQ(chosen(candidates, {3, 0, {{one, 1}}, {{one, 2}, {two, 1}}}), (Numbers{1, 3}));
  EXPECT_EQ(chosen(candidates, {3, 0, {{one, 2}, {two, 1}}, {{one, 2}, {two, 1}}}), Numbers{});
}

}  // namespace
}  // namespace orchestrator
