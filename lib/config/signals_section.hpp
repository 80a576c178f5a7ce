#pragma once

#include <optional>
#include <vector>

#include "config/policy.hpp"
#include "config/reader.hpp"
#include "config/watch_section.hpp"
#include "domain/expectation.hpp"
#include "domain/notify.hpp"

namespace config {

/// `expect:` of a pipeline; nullopt where it is wrong, and why is noted.
[[nodiscard]] std::optional<domain::ExpectSpec> read_expect(Reader const& reader, Node const& node);
/// `notify:`, one map or a list; notes where each webhook stands: "notify[0].webhook".
[[nodiscard]] std::vector<domain::NotifySpec> read_notify(Reader const& reader, Node const& node, Places& places);

}  // namespace config
