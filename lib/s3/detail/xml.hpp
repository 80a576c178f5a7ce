#pragma once

#include <string_view>

namespace pugi {
class xml_document;
class xml_node;
}  // namespace pugi

namespace s3::detail {

/// Parses `body` into `document`; false if it is not well-formed. White space inside elements is kept, since a key may
/// be nothing else, and neither DTDs nor external entities are expanded.
[[nodiscard]] bool parse_xml(std::string_view body, pugi::xml_document& document);

/// The text of a child, empty if there is none. CR LF came out as LF: keys need encoding-type=url.
[[nodiscard]] std::string_view child_text(pugi::xml_node const& node, char const* name);

}  // namespace s3::detail
