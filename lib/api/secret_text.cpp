#include "api/secret_text.hpp"

#include <algorithm>
#include <array>

#include "core/base64.hpp"
#include "core/random.hpp"

namespace api {

namespace {

constexpr std::size_t secret_size = 43;
constexpr std::string_view token_prefix = "tw_";

}  // namespace

std::string make_secret() {
  std::array<unsigned char, 32> bytes{};
  core::fill_random(bytes);
  auto text = core::to_base64(std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size()));
  text.resize(secret_size);  // without the padding
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::string make_token() {
  return std::string(token_prefix) + make_secret();
}

bool is_secret(std::string_view text) {
  auto const fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return text.size() == secret_size && std::ranges::all_of(text, fits);
}

bool is_token(std::string_view text) {
  return text.starts_with(token_prefix) && is_secret(text.substr(token_prefix.size()));
}

}  // namespace api
