#pragma once

#include <boost/system/error_code.hpp>
#include <optional>
#include <string_view>

#include "core/result.hpp"

namespace http::detail {

/// A code of the kernel, Asio or Beast as our Error. Never given operation_aborted: see throw_if_cancelled.
[[nodiscard]] core::Error translate(boost::system::error_code code, std::string_view operation,
                                    std::string_view subject);

/// For a code of OpenSSL: the peer's word that it does not believe the certificate that we showed, as Errc::permission.
/// With TLS 1.3 it comes after the handshake, in place of the first answer.
[[nodiscard]] std::optional<core::Error> refused_certificate(boost::system::error_code code, std::string_view subject);

/// What a failed connect means: nobody there is `unavailable`, whatever errno says about the socket file.
[[nodiscard]] core::Error translate_connect(boost::system::error_code code, std::string_view subject);

/// Throws operation_aborted on, as cancellation is not an outcome to branch on.
void throw_if_cancelled(boost::system::error_code code);

/// True for the codes with which a peer's close shows while we write; its answer may still be there to read.
[[nodiscard]] bool is_peer_closed(boost::system::error_code code) noexcept;

}  // namespace http::detail
