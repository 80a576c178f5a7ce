#include "http/detail/certificate_problem.hpp"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include "core/utf8.hpp"

namespace http::detail {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(Bio const& bio) {
  char* data = nullptr;
  long const size = BIO_get_mem_data(bio.get(), &data);
  return core::to_display(std::string_view(data, static_cast<std::size_t>(size)));
}

std::string to_text(ASN1_TIME const* time) {
  Bio const bio(BIO_new(BIO_s_mem()), &BIO_free);
  ASN1_TIME_print(bio.get(), time);
  return text_of(bio);
}

std::string to_text(X509_NAME const* name) {
  Bio const bio(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253);
  return text_of(bio);
}

std::string to_text(GENERAL_NAME const* name) {
  int type = 0;
  auto const* const value = static_cast<ASN1_STRING const*>(GENERAL_NAME_get0_value(name, &type));
  auto const* const bytes = ASN1_STRING_get0_data(value);
  auto const size = static_cast<std::size_t>(ASN1_STRING_length(value));
  if (type == GEN_DNS) return core::to_display(std::string_view(reinterpret_cast<char const*>(bytes), size));
  char text[INET6_ADDRSTRLEN] = "";
  if (size == 4) ::inet_ntop(AF_INET, bytes, text, sizeof text);
  if (size == 16) ::inet_ntop(AF_INET6, bytes, text, sizeof text);
  return text;
}

/// A certificate may carry hundreds; a few tell whose it is.
std::string names_of(X509* certificate) {
  constexpr int most = 5;
  auto* const names =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> const owner(names, &GENERAL_NAMES_free);
  std::string text;
  int listed = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    GENERAL_NAME const* const name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    if (listed++ < most) text += (text.empty() ? "" : ", ") + to_text(name);
  }
  if (listed > most) text += " and " + std::to_string(listed - most) + " more";
  return text.empty() ? "no host at all" : text;
}

}  // namespace

void CertificateProblem::note(X509_STORE_CTX* context) {
  if (is_noted()) return;
  code_ = X509_STORE_CTX_get_error(context);
  X509* const certificate = X509_STORE_CTX_get_current_cert(context);
  if (certificate == nullptr) return;
  names_ = names_of(certificate);
  issuer_ = to_text(X509_get_issuer_name(certificate));
  from_ = to_text(X509_get0_notBefore(certificate));
  to_ = to_text(X509_get0_notAfter(certificate));
}

core::Error CertificateProblem::to_error(Endpoint const& endpoint) const {
  std::string what, hint;
  switch (code_) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      what = "it expired on " + to_;
      hint = "renew the server's certificate; if that date has not come yet, set this host's clock";
      break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      what = "it is not valid before " + from_;
      hint = "set the clock of this host, or of the one that made the certificate";
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      what = "it is for " + names_ + " and not for " + endpoint.host();
      hint = "use a name that it is for, or give the server one for this name";
      break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      what = "it is signed by itself";
      hint = "give the certificate as the connection's CA file";
      break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      what = "it is signed by '" + issuer_ + "', which is not trusted here";
      hint = "give that authority's certificate as the connection's CA file, or install it with update-ca-certificates";
      break;
    default:
      what = X509_verify_cert_error_string(code_);
      hint = "renew the server's certificate";
  }
  return core::Error{core::Errc::permission, "TLS: the server's certificate is not believed: " + what,
                     endpoint.to_string(), hint};
}

}  // namespace http::detail
