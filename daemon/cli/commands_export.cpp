#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>

#include "command_error.hpp"
#include "commands.hpp"

namespace cli {

namespace {

struct Options {
  std::string pipeline, format = "csv", file;
  bool history = false, guard = false;
};

/// A file that is there under its name only once all of it is.
class Target {
 public:
  explicit Target(std::string file) : file_(std::move(file)) {
    if (file_.empty()) return;
    part_ = file_ + ".part";
    out_.open(part_, std::ios::binary | std::ios::trunc);
    if (!out_) fail();
  }
  ~Target() {
    std::error_code ignored;
    if (!part_.empty()) std::filesystem::remove(part_, ignored);
  }
  Target(Target const&) = delete;
  Target& operator=(Target const&) = delete;

  void write(std::string_view bytes) {
    auto& stream = part_.empty() ? std::cout : static_cast<std::ostream&>(out_);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!stream) fail();
  }
  void finish() {
    if (part_.empty()) return;
    out_.close();
    std::error_code error;
    if (out_) std::filesystem::rename(part_, file_, error);
    if (!out_ || error) fail();
    part_.clear();
  }

 private:
  [[noreturn]] void fail() const {
    throw CommandError(output_lost, (file_.empty() ? std::string("stdout") : file_) + " could not be written");
  }

  std::string file_, part_;
  std::ofstream out_;
};

awaitable<int> export_results(Session& session, Options options) {
  auto target = pipeline_target(options.pipeline) + "/results?format=" + options.format;
  if (options.history) target += "&history=1";
  if (options.guard) target += "&guard=1";
  auto stream = co_await session.daemon.open(std::move(target));
  Target file(options.file);
  auto take = [&file](std::string_view piece) -> awaitable<core::Result<void>> {
    file.write(piece);
    co_return core::Result<void>();
  };
  http::BodySink sink = std::move(take);
  auto const read = co_await stream.read(std::move(sink));
  if (!read)
    throw CommandError(unreachable, "the export broke off: " + read.error().operation, "is tidewheeld still running?");
  file.finish();
  co_return succeeded;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  auto* const command = add_command(app, "export", "Write all results of a pipeline as CSV, or as JSON lines",
                                    "tidewheel export sensor-qc > sensor-qc.csv\n"
                                    "tidewheel export sensor-qc --history -o history.csv\n"
                                    "tidewheel export sensor-qc --format ndjson");
  auto const options = std::make_shared<Options>();
  command->add_option("PIPELINE", options->pipeline, "Its name")->required();
  command->add_option("--format", options->format, "csv or ndjson")
      ->check(CLI::IsMember({"csv", "ndjson"}))
      ->capture_default_str();
  command->add_option("-o,--output", options->file, "Write into this file; otherwise to stdout")->type_name("FILE");
  command->add_flag("--history", options->history, "Every good run, not only the newest one of each item");
  command->add_flag("--guard", options->guard, "Put a ' before texts that a spreadsheet takes for formulas");
  command->callback([options, &invocation] {
    invocation.command = [options](Session& session) { return export_results(session, *options); };
  });
}

}  // namespace cli
