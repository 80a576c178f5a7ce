#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/read_models.hpp"

namespace store {

/// Numbers of a pipeline's good runs in the order of the runs, read from the newest one back in bounded steps, so that
/// other readers get their turn. step() on the reader thread, the rest once that is over.
class SeriesReader {
 public:
  struct Request {
    std::string pipeline;
    std::vector<std::string> names;      ///< empty: every output that is a number, and what is known of every run
    std::size_t runs = 2000;             ///< the newest ones of the time asked for
    std::optional<core::Wall> from, to;  ///< of their ends
  };
  explicit SeriesReader(Request request) : request_(std::move(request)) {}

  /// True: there is more to read. Errors: not_found (pipeline or name), too_large (more than two million numbers).
  [[nodiscard]] core::Result<bool> step(sql::Connection& db);

  struct Run {
    std::int64_t no = 0, at_ms = 0;
    std::optional<std::int64_t> revision;
    std::size_t image = 0;  ///< its place in images()
  };
  struct Series {
    std::string name;
    domain::ValueType type = domain::ValueType::real;
    std::vector<std::size_t> run;  ///< places in runs()
    std::vector<double> value;
  };
  /// Oldest first, as the numbers of each series are, once finish() was called.
  void finish();
  [[nodiscard]] std::vector<Run> const& runs() const noexcept { return runs_; }
  [[nodiscard]] std::vector<Series> const& series() const noexcept { return series_; }
  [[nodiscard]] std::vector<std::string> const& images() const noexcept { return images_; }
  [[nodiscard]] std::string const& spec() const noexcept { return spec_; }  ///< of the current revision, JSON

 private:
  [[nodiscard]] std::optional<core::Error> begin(sql::Connection& db);
  void take(sql::Connection& db, sql::Row const& row);
  void take_outputs(sql::Connection& db, std::int64_t run_no);
  void add(std::string const& name, double value);
  [[nodiscard]] std::size_t image_at(std::string const& id);

  Request request_;
  std::optional<PipelineId> pipeline_;
  std::int64_t before_ = INT64_MAX;
  std::size_t looked_at_ = 0;
  bool wants_outputs_ = false;
  std::array<bool, 4> wanted_{};  ///< of what is known of every run
  std::string spec_;
  std::vector<Run> runs_;
  std::vector<Series> series_;
  std::map<std::string, std::size_t> places_;  ///< of series, by name
  std::vector<std::string> images_;
  std::map<std::string, std::size_t> image_places_;
};

}  // namespace store
