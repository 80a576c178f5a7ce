#include "domain/attempt_machine.hpp"

#include <gtest/gtest.h>

#include <array>

namespace {

using domain::AttemptAction;
using domain::ContainerState;
using domain::Step;

constexpr std::array steps{Step::creating,   Step::created,   Step::starting, Step::running, Step::exited,
                           Step::collecting, Step::collected, Step::removing, Step::removed};
constexpr std::array states{ContainerState::absent, ContainerState::created,  ContainerState::running,
                            ContainerState::exited, ContainerState::removing, ContainerState::foreign};

constexpr auto create = AttemptAction::create;
constexpr auto start = AttemptAction::start;
constexpr auto wait = AttemptAction::await_exit;
constexpr auto judge = AttemptAction::judge;
constexpr auto look = AttemptAction::look_again;
constexpr auto lost = AttemptAction::lost;
constexpr auto refuse = AttemptAction::refuse;

// What the daemon does about a container, by the step that is on disk (rows) and what the engine shows (columns).
constexpr AttemptAction table[9][6] = {
    //              absent  created running exited removing foreign
    /* creating   */ {create, start, wait, judge, look, refuse},
    /* created    */ {create, start, wait, judge, look, refuse},
    /* starting   */ {lost, start, wait, judge, look, refuse},
    /* running    */ {lost, lost, wait, judge, look, refuse},
    /* exited     */ {lost, lost, wait, judge, look, refuse},
    /* collecting */ {lost, lost, wait, judge, look, refuse},
    /* collected  */ {lost, lost, wait, judge, look, refuse},
    /* removing   */ {lost, lost, wait, judge, look, refuse},
    /* removed    */ {lost, lost, wait, judge, look, refuse},
};

TEST(AttemptMachine, answers_every_pair) {
  for (std::size_t step = 0; step < steps.size(); ++step)
    for (std::size_t state = 0; state < states.size(); ++state)
      EXPECT_EQ(domain::next_action(steps[step], states[state]), table[step][state])
          << domain::to_string(steps[step]) << " with state " << state;
}

TEST(AttemptMachine, case_11_starts_only_what_was_created_and_never_ran) {
  for (auto const step : steps)
    for (auto const state : states)
      if (domain::next_action(step, state) == start) {
        EXPECT_EQ(state, ContainerState::created);
        EXPECT_LT(step, Step::running);
      }
}

TEST(AttemptMachine, creates_nothing_once_it_may_have_been_started) {
  for (auto const step : steps)
    for (auto const state : states)
      if (domain::next_action(step, state) == create) {
        EXPECT_EQ(state, ContainerState::absent);
        EXPECT_LT(step, Step::starting);
      }
}

TEST(AttemptMachine, judges_only_what_ended) {
  for (auto const step : steps)
    for (auto const state : states)
      EXPECT_EQ(domain::next_action(step, state) == judge, state == ContainerState::exited);
}

TEST(AttemptMachine, never_touches_a_strangers_container) {
  for (auto const step : steps) EXPECT_EQ(domain::next_action(step, ContainerState::foreign), refuse);
}

}  // namespace
