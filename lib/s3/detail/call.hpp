#pragma once

#include <optional>
#include <string>

#include "http/message.hpp"
#include "s3/client.hpp"

namespace s3 {

/// A request before it is signed. Has a constructor so that g++ 12 cannot destroy a temporary one twice in a co_await.
struct Client::Call {
  Call(std::string with_operation, std::string with_method, std::string with_key)
      : operation(std::move(with_operation)), method(std::move(with_method)), key(std::move(with_key)) {}

  std::string operation;  ///< "list objects", for errors
  std::string method;
  std::string key;  ///< bytes; of a listing: its prefix
  bool is_listing = false;
  Usage* bill = nullptr;  ///< counts it too
  QueryPairs query;
  http::Headers headers;
  std::size_t body_limit = 64U << 10U;
};

/// What became of one try: an answer, or a failure to be decided about, or an error that ends the call.
struct Client::Attempt {
  Attempt() = default;

  std::optional<http::Response> response;
  std::optional<Failure> failure;
  std::optional<core::Error> error;
  Credentials credentials;  ///< that it was signed with
};

}  // namespace s3
