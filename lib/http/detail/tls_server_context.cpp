#include "http/detail/tls_server_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace http::detail {

namespace {

/// A client that names its protocols has to name ours (RFC 7301 3.2).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const* offered,
                    unsigned offered_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  auto const outcome = SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// Nobody is there to be asked; without this OpenSSL asks the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

TlsServerContext::TlsServerContext() : context_(boost::asio::ssl::context::tls_server) {
  auto* const native = context_.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(native, no_passphrase);
}

bool TlsServerContext::use_certificate(std::string const& file) {
  bool const used = SSL_CTX_use_certificate_chain_file(context_.native_handle(), file.c_str()) == 1;
  ERR_clear_error();
  return used;
}

bool TlsServerContext::use_key(std::string const& file) {
  auto* const native = context_.native_handle();
  bool const used = SSL_CTX_use_PrivateKey_file(native, file.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_check_private_key(native) == 1;
  ERR_clear_error();
  return used;
}

}  // namespace http::detail
