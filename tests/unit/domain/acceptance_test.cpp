#include "domain/acceptance.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using domain::Acceptance;
using domain::ContainerState;
using domain::PlainEnd;

constexpr auto began = core::Wall{1'000'000ms};

PlainEnd exited(int code) {
  PlainEnd end;
  end.container = ContainerState::exited;
  end.exit_code = code;
  end.finished = began + 1min;
  end.same_engine = true;
  end.engine_began = began;
  return end;
}
PlainEnd under_another_engine(int code, std::chrono::milliseconds before_it_began) {
  auto end = exited(code);
  end.same_engine = false;
  end.finished = began - before_it_began;
  return end;
}

// Rows: an exit code. Columns: the same engine tells; another one that began after the end; one that began before it;
// one of which nobody knows when it began.
struct Row {
  int code;
  Acceptance same, ended_before, ended_after, unknown;
};
constexpr auto accept = Acceptance::accept;
constexpr auto suspect = Acceptance::accept_log_suspect;
constexpr auto restarted = Acceptance::engine_restarted;
constexpr Row rows[] = {
    {0, accept, restarted, restarted, restarted},   {1, accept, suspect, restarted, restarted},
    {3, accept, suspect, restarted, restarted},     {65, accept, suspect, restarted, restarted},
    {75, accept, suspect, restarted, restarted},    {125, accept, suspect, restarted, restarted},
    {137, accept, restarted, restarted, restarted}, {143, accept, restarted, restarted, restarted},
    {255, accept, restarted, restarted, restarted},
};

TEST(Acceptance, answers_every_code_of_every_engine) {
  for (auto const& row : rows) {
    EXPECT_EQ(domain::accept_end(exited(row.code)), row.same) << row.code;
    EXPECT_EQ(domain::accept_end(under_another_engine(row.code, 1s)), row.ended_before) << row.code;
    EXPECT_EQ(domain::accept_end(under_another_engine(row.code, 0ms)), row.ended_after) << row.code;
    EXPECT_EQ(domain::accept_end(under_another_engine(row.code, -1s)), row.ended_after) << row.code;
    auto unknown = under_another_engine(row.code, 1s);
    unknown.engine_began.reset();
    EXPECT_EQ(domain::accept_end(unknown), row.unknown) << row.code;
  }
}

TEST(Acceptance, case_12_and_13_of_a_restarted_engine_no_code_is_a_success) {
  for (auto const before : {-1h, 0h, 1h})
    for (int code = 0; code < 256; ++code) {
      auto const taken = domain::accept_end(under_another_engine(code, before));
      if (taken == accept || taken == suspect) {
        EXPECT_NE(code, 0);
      }
    }
}

TEST(Acceptance, case_16_what_somebody_else_stopped_is_no_result_whatever_its_code) {
  for (int const code : {0, 1, 75, 137, 143}) {
    auto end = exited(code);
    end.killed = true;
    EXPECT_EQ(domain::accept_end(end), Acceptance::killed_externally);
    end.same_engine = false;  // then it was the engine itself, more likely
    EXPECT_EQ(domain::accept_end(end), Acceptance::engine_restarted);
    end.finished = began - 1s;
    EXPECT_EQ(domain::accept_end(end), Acceptance::engine_restarted);
  }
}

TEST(Acceptance, a_zero_needs_an_engine_that_says_nobody_stopped_it) {
  auto end = exited(0);
  end.events_known = false;
  EXPECT_EQ(domain::accept_end(end), Acceptance::killed_externally);
  end.exit_code = 3;  // a failure is one, whoever had a hand in it
  EXPECT_EQ(domain::accept_end(end), accept);
}

TEST(Acceptance, case_23_what_a_stranger_started_again_is_no_result) {
  auto end = exited(0);
  end.started_again = true;
  EXPECT_EQ(domain::accept_end(end), Acceptance::killed_externally);
  end.container = ContainerState::running;
  EXPECT_EQ(domain::accept_end(end), Acceptance::killed_externally);
}

TEST(Acceptance, adopts_what_runs_and_believes_in_nothing_that_is_gone) {
  PlainEnd end = exited(0);
  for (bool const same : {false, true}) {
    end.same_engine = same;
    end.container = ContainerState::running;
    EXPECT_EQ(domain::accept_end(end), Acceptance::adopt);
    end.container = ContainerState::created;
    EXPECT_EQ(domain::accept_end(end), Acceptance::may_run_unseen);
    for (auto const gone : {ContainerState::absent, ContainerState::removing, ContainerState::foreign}) {
      end.container = gone;
      EXPECT_EQ(domain::accept_end(end), Acceptance::lost);
    }
  }
}

TEST(Deadline, goes_on_over_a_restart_of_the_daemon) {
  EXPECT_EQ(domain::time_left(10s, {"boot", 100s}, {"boot", 104s}), 6s);
  EXPECT_EQ(domain::time_left(10s, {"boot", 100s}, {"boot", 110s}), 0s);
  EXPECT_EQ(domain::time_left(10s, {"boot", 100s}, {"boot", 1h}), 0s);
}

TEST(Deadline, is_never_shortened_by_what_nobody_knows) {
  EXPECT_EQ(domain::time_left(10s, {}, {"boot", 104s}), 10s);
  EXPECT_EQ(domain::time_left(10s, {"boot", 100s}, {"another boot", 104s}), 10s);
  EXPECT_EQ(domain::time_left(10s, {"boot", 100s}, {"boot", 99s}), 10s);
  EXPECT_EQ(domain::time_left(10s, {"boot", 100s}, {"", 104s}), 10s);
}

}  // namespace
