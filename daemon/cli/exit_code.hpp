#pragma once

#include <sysexits.h>

namespace cli {

/// Exit codes of `tidewheel` (sysexits.h where it has one); scripts may rely on them.
enum ExitCode : int {
  succeeded = 0,
  run_failed = 1,                ///< the run that was followed did not succeed, or the request was refused
  usage = EX_USAGE,              ///< 64
  invalid = EX_DATAERR,          ///< 65: a file or a value has errors
  no_input = EX_NOINPUT,         ///< 66: no such file, run or pipeline
  unreachable = EX_UNAVAILABLE,  ///< 69: no daemon answers
  bug = EX_SOFTWARE,             ///< 70
  output_lost = EX_IOERR,        ///< 74: stdout could not be written
  forbidden = EX_NOPERM,         ///< 77
  bad_config = EX_CONFIG,        ///< 78
  interrupted = 130,             ///< Ctrl-C, as shells count
};

}  // namespace cli
