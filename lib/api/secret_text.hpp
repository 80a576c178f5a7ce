#pragma once

#include <string>
#include <string_view>

namespace api {

/// 256 bits from the kernel, as 43 characters of base64url (RFC 4648 5, no padding).
[[nodiscard]] std::string make_secret();
/// "tw_" and such a secret: easy to find where it leaked.
[[nodiscard]] std::string make_token();
[[nodiscard]] bool is_secret(std::string_view text);
[[nodiscard]] bool is_token(std::string_view text);

}  // namespace api
