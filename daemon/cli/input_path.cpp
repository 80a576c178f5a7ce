#include "input_path.hpp"

#include <filesystem>

#include "core/base64.hpp"
#include "core/utf8.hpp"

namespace cli {

namespace fs = std::filesystem;

std::string absolute_input(std::string const& typed) {
  if (typed.starts_with("s3://")) return typed;
  std::error_code error;
  auto path = fs::absolute(typed, error);
  if (error) return typed;
  auto folder = fs::weakly_canonical(path.parent_path(), error);
  return error ? path.lexically_normal().string() : (folder / path.filename()).string();
}

void put_path(boost::json::object& body, std::string_view name, std::string const& path) {
  if (core::is_utf8(path))
    body[name] = path;
  else
    body[std::string(name) + "_base64"] = core::to_base64(path);
}

}  // namespace cli
