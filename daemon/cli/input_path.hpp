#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace cli {

/// The absolute path of what was typed: from the current folder, with the symbolic links of its folders followed (roots
/// are watched by their real names), the file itself as it is. It need not exist. s3://BUCKET/KEY stays as it is.
[[nodiscard]] std::string absolute_input(std::string const& typed);

/// `name` as text, or `name`_base64 where the path is not UTF-8 and JSON could not carry it.
void put_path(boost::json::object& body, std::string_view name, std::string const& path);

}  // namespace cli
