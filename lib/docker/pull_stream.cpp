#include "docker/pull_stream.hpp"

#include "docker/detail/json.hpp"
#include "docker/errors.hpp"

namespace docker {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_record = 1U << 20U;
constexpr std::string_view blanks = " \t\r\n";

}  // namespace

core::Error PullStream::broken(std::string_view why) const {
  return core::Error{core::Errc::protocol, "pull: the engine's answer " + std::string(why), reference_, ""};
}

Result<void> PullStream::feed(std::string_view bytes, std::vector<PullProgress>& progress) {
  while (!bytes.empty()) {
    if (record_size_ == 0) {
      bytes.remove_prefix(std::min(bytes.find_first_not_of(blanks), bytes.size()));
      if (bytes.empty()) break;
    }
    boost::system::error_code error;
    auto const used = parser_.write_some(bytes.data(), bytes.size(), error);
    if (error) return broken("is not JSON: " + error.message());
    record_size_ += used;
    bytes.remove_prefix(used);
    if (parser_.done()) {
      auto const taken = take(parser_.release(), progress);
      if (!taken) return taken;
      parser_.reset();
      record_size_ = 0;
    } else if (record_size_ > longest_record) {
      return broken("has a record over 1 MiB");
    }
  }
  return {};
}

Result<void> PullStream::take(json::value const& record, std::vector<PullProgress>& progress) const {
  if (!record.is_object()) return broken("is not a list of objects");
  json::object const& object = record.get_object();
  std::string const detail_message = detail::string_at(detail::object_at(object, "errorDetail"), "message");
  std::string const message = detail_message.empty() ? detail::string_at(object, "error") : detail_message;
  if (!message.empty()) return pull_error(message, reference_);
  json::object const& detail = detail::object_at(object, "progressDetail");
  progress.push_back(PullProgress{detail::string_at(object, "status"), detail::string_at(object, "id"),
                                  detail::int_at(detail, "current"), detail::int_at(detail, "total")});
  return {};
}

Result<void> PullStream::finish() const {
  if (record_size_ != 0) return broken("ends inside a record");
  return {};
}

}  // namespace docker
