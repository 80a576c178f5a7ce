#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace support {

/// A certificate and its key, PEM.
struct Certificate {
  std::string certificate, key;
};

/// Makes certificates for tests, in memory.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(std::string const& name) : key_(make_key()), certificate_(X509_new(), &X509_free) {
    prepare(name, certificate_.get(), key_.get(), std::chrono::hours(0), std::chrono::hours(1));
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  [[nodiscard]] std::string pem() const { return to_pem(certificate_.get()); }

  /// `names` as in "DNS:localhost,IP:127.0.0.1"; valid from `from` to `to`, seen from now.
  [[nodiscard]] Certificate issue(std::string const& names, std::chrono::seconds from = std::chrono::hours(-1),
                                  std::chrono::seconds to = std::chrono::hours(1)) const {
    auto const key = make_key();
    X509Pointer const made(X509_new(), &X509_free);
    prepare("server", made.get(), key.get(), from, to);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    add_extension(made.get(), NID_subject_alt_name, names);
    X509_sign(made.get(), key_.get(), EVP_sha256());
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return Certificate{to_pem(made.get()), contents(bio.get())};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using X509Pointer = std::unique_ptr<X509, decltype(&X509_free)>;

  static Key make_key() {
    Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    if (!key) throw std::runtime_error("this OpenSSL makes no keys");
    return key;
  }
  static void set_name(X509_NAME* name, std::string const& text) {
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(text.c_str()), -1, -1,
                               0);
  }
  static void prepare(std::string const& name, X509* certificate, EVP_PKEY* key, std::chrono::seconds from,
                      std::chrono::seconds to) {
    static long serial = 0;
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate), to.count());
    X509_set_pubkey(certificate, key);
    set_name(X509_get_subject_name(certificate), name);
  }
  static void add_extension(X509* certificate, int kind, std::string const& value) {
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension(
        X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), &X509_EXTENSION_free);
    if (!extension) throw std::runtime_error("not an extension: " + value);
    X509_add_ext(certificate, extension.get(), -1);
  }
  static std::string contents(BIO* bio) {
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<std::size_t>(size));
  }
  static std::string to_pem(X509* certificate) {
    std::unique_ptr<BIO, decltype(&BIO_free)> const bio(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(bio.get(), certificate);
    return contents(bio.get());
  }

  Key key_;
  X509Pointer certificate_;
};

}  // namespace support
