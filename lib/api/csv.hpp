#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

namespace api {

/// One record of RFC 4180, its CRLF included. With `guard` a text that a spreadsheet would take for a formula gets a
/// `'` in front (owasp.org, CSV injection).
[[nodiscard]] std::string csv_record(std::vector<std::string> const& fields, bool guard);

/// A value as a field: nothing for null, text as it is, numbers and booleans as JSON has them, the rest as JSON text.
[[nodiscard]] std::string csv_field(boost::json::value const& value);

}  // namespace api
