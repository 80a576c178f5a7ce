#include "http/detail/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace http::detail {

TlsContext::TlsContext() : context_(boost::asio::ssl::context::tls_client) {
  SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
  context_.set_verify_mode(boost::asio::ssl::verify_peer);
}

void TlsContext::use_system_store() {
  SSL_CTX_set_default_verify_paths(context_.native_handle());
  ERR_clear_error();  // a store that is not there trusts nobody, and the first handshake says so
}

bool TlsContext::use_certificate(std::string const& file) {
  bool const used = SSL_CTX_use_certificate_chain_file(context_.native_handle(), file.c_str()) == 1;
  ERR_clear_error();
  return used;
}

bool TlsContext::use_key(std::string const& file) {
  auto* const native = context_.native_handle();
  // Nobody is there to be asked; without this OpenSSL asks the terminal.
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return -1; });
  bool const used = SSL_CTX_use_PrivateKey_file(native, file.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_check_private_key(native) == 1;
  ERR_clear_error();
  return used;
}

std::string TlsContext::own_problem() const {
  X509 const* const own = SSL_CTX_get0_certificate(context_.native_handle());
  if (own == nullptr) return {};
  auto const text_of = [](ASN1_TIME const* time) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), &BIO_free);
    ASN1_TIME_print(bio.get(), time);
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  };
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) return "it expired on " + text_of(X509_get0_notAfter(own));
  if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0)
    return "it is not valid before " + text_of(X509_get0_notBefore(own));
  return {};
}

bool TlsContext::add_authorities(std::string_view pem) {
  std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      &BIO_free);
  X509_STORE* const store = SSL_CTX_get_cert_store(context_.native_handle());
  int found = 0;
  for (;; ++found) {
    std::unique_ptr<X509, decltype(&X509_free)> const certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), &X509_free);
    if (!certificate) break;
    if (X509_STORE_add_cert(store, certificate.get()) != 1) return false;
  }
  bool const at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return found > 0 && at_end;
}

}  // namespace http::detail
