#pragma once

#include <compare>
#include <cstdint>

namespace store {

template <class Tag>
struct Id {
  std::int64_t value = 0;
  friend auto operator<=>(Id const&, Id const&) = default;
};

using SourceId = Id<struct SourceTag>;
using PipelineId = Id<struct PipelineTag>;
using RevisionId = Id<struct RevisionTag>;
using RunNo = Id<struct RunTag>;

}  // namespace store
