#pragma once

#include <string>

#include "api/static_files.hpp"
#include "http/reply.hpp"

namespace api {

/// What a person's browser shows where a program gets a problem (RFC 9457): the same status and the same sentences as
/// HTML. Loop thread only.
class Documents {
 public:
  /// `assets`: the web page, may be empty; must outlive this.
  explicit Documents(std::span<Asset const> assets);

  /// Whether an address was opened in a browser: a GET that takes HTML, of what is no part of the API.
  [[nodiscard]] static bool wanted(http::RequestContext const& request);
  /// A problem as a document. 401 is the web page itself with an explanation in it: its script goes to the sign-in and
  /// remembers the way back. Everything else stays as it is.
  [[nodiscard]] http::Reply shown(http::Reply reply) const;

 private:
  [[nodiscard]] std::string error_page(int status, std::string const& detail, std::string const& hint) const;
  std::string sign_in_page_, style_;
};

}  // namespace api
