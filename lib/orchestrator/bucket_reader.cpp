#include "orchestrator/bucket_reader.hpp"

#include <utility>

#include "inputs/object.hpp"

namespace orchestrator {

awaitable<core::Result<watch::ListedPage>> BucketReader::list(watch::ListRequest request) {
  s3::ListingQuestion question;
  question.prefix = std::move(request.prefix);
  question.start_after = std::move(request.after);
  question.token = std::move(request.token);
  question.ordered = request.ordered;
  auto listed = co_await client_.list(std::move(question), &bill_);
  if (!listed) co_return listed.error();
  watch::ListedPage page;
  page.objects.reserve(listed->entries.size());
  for (auto& entry : listed->entries) {
    auto version = inputs::object_version(entry.size, entry.last_modified, std::move(entry.etag), {});
    page.objects.push_back({std::move(entry.key), std::move(version)});
  }
  page.truncated = listed->truncated;
  page.token = std::move(listed->next_token);
  co_return page;
}

awaitable<core::Result<domain::Version>> BucketReader::head(std::string key) {
  std::string const newest;
  auto info = co_await client_.head(std::move(key), newest, &bill_);
  if (!info) co_return info.error();
  co_return inputs::version_of(*info);
}

watch::BucketUsage BucketReader::usage() const {
  auto const number = [](std::uint64_t count) { return static_cast<std::int64_t>(count); };
  // The server asks whoever uses the client to slow down, and each of them should.
  return {number(bill_.lists), number(bill_.heads), number(bill_.gets), number(client_.usage().slow_downs),
          number(client_.paced())};
}

}  // namespace orchestrator
