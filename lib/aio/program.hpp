#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "aio/worker.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace aio {

/// A short program that is asked something: `argv[0]` is looked for in $PATH, its environment is this process's.
struct Program {
  std::vector<std::string> argv;
  std::string input;  ///< on its standard input; small, as what a pipe holds
  std::chrono::milliseconds limit{0};
  std::size_t most_output = 64U << 10U;  ///< bytes of its standard output
};

struct ProgramEnd {
  enum class How : std::uint8_t { exited, signalled, timed_out, said_too_much };
  How how = How::exited;
  int code = 0;        ///< of an exit; the signal's number
  core::Secret out;    ///< its standard output: what is asked this way may be secret
  std::string errors;  ///< the beginning of its standard error
};

/// Starts it in a process group of its own and waits for its end; the group is killed when the limit is over, when it
/// says more than it may, and when this is cancelled. What it has started and left behind is not waited for.
/// `pool` starts it, since that waits for the kernel. Errors: not_found (no such program), permission, io. Loop thread.
[[nodiscard]] awaitable<core::Result<ProgramEnd>> run_program(Worker& pool, Program program);

}  // namespace aio
