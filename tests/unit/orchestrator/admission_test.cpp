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

Room room(std::size_t slots, std::size_t seats = 0) {
  Room room;
  room.slots = slots;
  room.seats = seats;
  return room;
}

TEST(Admission, goes_by_place_within_a_pipeline_whatever_the_kind) {
  std::vector<Candidate> const candidates{run(3, one, Kind::direct), run(1, one, Kind::direct),
                                          run(2, one, Kind::ready)};
  EXPECT_EQ(chosen(candidates, room(2)), (Numbers{1, 2}));
  EXPECT_EQ(chosen(candidates, room(9)), (Numbers{1, 2, 3}));
  EXPECT_EQ(chosen({run(9, one, Kind::direct, 1), run(2, one, Kind::direct)}, room(1)), Numbers{9})
      << "a successor has the place of the run that it replaces";
}

TEST(Admission, an_object_takes_a_seat_and_no_slot) {
  std::vector<Candidate> const candidates{run(1, one, Kind::object), run(2, one, Kind::object),
                                          run(3, one, Kind::direct)};
  EXPECT_EQ(chosen(candidates, room(0, 1)), Numbers{1});
  EXPECT_EQ(chosen(candidates, room(1, 0)), Numbers{3});
  auto full = room(1, 2);
  full.taken = {{one, 4}};
  full.shares[one].max_running = 4;
  EXPECT_EQ(chosen(candidates, full), (Numbers{1, 2})) << "ahead of max_running, too";
}

TEST(Admission, max_running_bounds_slots_and_lets_others_pass) {
  std::vector<Candidate> const candidates{run(1, one, Kind::ready), run(2, one, Kind::direct),
                                          run(3, two, Kind::ready)};
  auto narrow = room(3);
  narrow.shares[one].max_running = 2;
  narrow.shares[two].max_running = 1;
  narrow.taken = {{one, 1}};
  EXPECT_EQ(chosen(candidates, narrow), (Numbers{3, 1}));
  narrow.taken = {{one, 2}, {two, 1}};
  EXPECT_EQ(chosen(candidates, narrow), Numbers{});
}

TEST(Admission, pipelines_take_turns_however_long_their_queues_are) {
  std::vector<Candidate> candidates;
  for (int no = 1; no <= 50; ++no) candidates.push_back(run(no, one, Kind::direct));
  candidates.push_back(run(51, two, Kind::direct));
  candidates.push_back(run(52, two, Kind::direct));
  EXPECT_EQ(chosen(candidates, room(4)), (Numbers{1, 51, 2, 52}));
  auto busy = room(2);
  busy.taken = {{one, 3}};
  EXPECT_EQ(chosen(candidates, busy), (Numbers{51, 52})) << "who has fewer going on goes first";
}

TEST(Admission, with_a_single_slot_it_goes_round) {
  std::vector<Candidate> const candidates{run(1, one, Kind::direct), run(9, two, Kind::direct)};
  auto one_slot = room(1);
  one_slot.turns = {{one, 7}};
  EXPECT_EQ(chosen(candidates, one_slot), Numbers{9});
  one_slot.turns = {{one, 7}, {two, 8}};
  EXPECT_EQ(chosen(candidates, one_slot), Numbers{1});
}

TEST(Admission, a_higher_priority_goes_first) {
  std::vector<Candidate> const candidates{run(1, one, Kind::direct), run(2, one, Kind::direct),
                                          run(8, two, Kind::direct), run(9, two, Kind::direct)};
  auto ranked = room(3);
  ranked.shares[two].priority = 1;
  ranked.taken = {{two, 2}};
  EXPECT_EQ(chosen(candidates, ranked), (Numbers{8, 9, 1}));
}

TEST(Admission, goes_by_what_is_left_of_the_machine) {
  std::vector<Candidate> const candidates{run(1, one, Kind::direct), run(2, two, Kind::direct),
                                          run(3, one, Kind::direct)};
  auto machine = room(9);
  machine.limits = {4, 1000};
  machine.used = {2, 500};
  machine.shares[one].run = {3, 100};
  machine.shares[two].run = {1, 100};
  EXPECT_EQ(chosen(candidates, machine), Numbers{}) << "nobody goes ahead of the large one, whose turn it is";
  std::optional<store::PipelineId> waited_for;
  EXPECT_TRUE(choose(candidates, machine, &waited_for).empty());
  EXPECT_EQ(waited_for, one);
  machine.turns = {{one, 1}};
  EXPECT_EQ(chosen(candidates, machine), Numbers{2});
  machine.used = {0, 0};
  EXPECT_EQ(chosen(candidates, machine), (Numbers{2, 1}));
  machine.limits = {0, 150};
  EXPECT_EQ(chosen(candidates, machine), Numbers{2}) << "memory alone may bound it, too";
}

TEST(Admission, what_can_never_fit_stands_in_nobodys_way) {
  std::vector<Candidate> const candidates{run(1, one, Kind::direct), run(2, two, Kind::direct)};
  auto machine = room(9);
  machine.limits = {2, 0};
  machine.shares[one].run = {3, 0};
  EXPECT_EQ(chosen(candidates, machine), Numbers{2});
}

Candidate of(std::string serial, Candidate run) {
  run.serial = std::move(serial);
  return run;
}

TEST(Admission, of_a_serialize_by_value_one_run_goes_on) {
  std::vector<Candidate> const candidates{of("a", run(1, one, Kind::direct)), of("a", run(2, one, Kind::direct)),
                                          of("b", run(3, one, Kind::direct)), of("", run(4, one, Kind::direct)),
                                          of("", run(5, one, Kind::direct)),  of("a", run(6, two, Kind::direct))};
  EXPECT_EQ(chosen(candidates, room(9)), (Numbers{1, 6, 3, 4})) << "of another pipeline the same word is another value";
  auto busy = room(9);
  busy.serials = {{{one, "a"}, {77}}};
  EXPECT_EQ(chosen(candidates, busy), (Numbers{3, 6, 4}));
  EXPECT_EQ(chosen({of("a", run(1, one, Kind::object)), of("a", run(2, one, Kind::object))}, room(1, 5)), Numbers{1})
      << "nobody fetches ahead of it either";
  EXPECT_EQ(chosen({run(77, one, Kind::ready)}, busy), Numbers{77}) << "it is the one itself";
}

TEST(Admission, gpus_are_counted_like_memory) {
  EXPECT_EQ(gpus_of({-1, {}}, 4), 4);
  EXPECT_EQ(gpus_of({2, {}}, 4), 2);
  EXPECT_EQ(gpus_of({0, {"0", "1", "2"}}, 4), 3);
  EXPECT_EQ(gpus_of({}, 4), 0);
  auto narrow = room(9);
  narrow.limits.gpus = 2;
  narrow.shares[one].run = {1, 0, 1};
  narrow.shares[two].run = {1, 0, 0};
  std::vector<Candidate> const candidates{run(1, one, Kind::direct), run(2, one, Kind::direct),
                                          run(3, one, Kind::direct), run(4, two, Kind::direct)};
  EXPECT_EQ(chosen(candidates, narrow).size(), 3U) << "two with a GPU, and the one that wants none";
  narrow.limits.gpus = 0;
  EXPECT_EQ(chosen(candidates, narrow).size(), 4U) << "nobody counts them";
}

}  // namespace
}  // namespace orchestrator
