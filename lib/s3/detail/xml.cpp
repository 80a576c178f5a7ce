#include "s3/detail/xml.hpp"

#include <pugixml.hpp>

namespace s3::detail {

bool parse_xml(std::string_view body, pugi::xml_document& document) {
  constexpr unsigned options = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol | pugi::parse_ws_pcdata_single;
  return static_cast<bool>(document.load_buffer(body.data(), body.size(), options, pugi::encoding_utf8));
}

std::string_view child_text(pugi::xml_node const& node, char const* name) {
  return node.child(name).text().get();
}

}  // namespace s3::detail
