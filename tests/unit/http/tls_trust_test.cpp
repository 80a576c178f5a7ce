#include "http/tls_trust.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

namespace {

using core::Errc;
using http::TlsTrust;

class TlsTrustFile : public testing::Test {
 protected:
  core::Result<TlsTrust> load(std::string const& text) {
    auto const path = (dir / "ca.pem").string();
    std::ofstream(path) << text;
    return TlsTrust::with_file(path, TlsTrust::SystemStore::used);
  }
  support::TempDir dir;
  std::string one = support::CertificateAuthority("One").pem(), two = support::CertificateAuthority("Two").pem();
};

TEST_F(TlsTrustFile, may_hold_several_authorities_and_words_between) {
  EXPECT_TRUE(load(one));
  EXPECT_TRUE(load("# our own\n" + one + "\n# and theirs\n" + two));
  EXPECT_TRUE(load(one + one)) << "twice the same";
}

TEST_F(TlsTrustFile, without_a_certificate_is_refused) {
  for (auto const& text : {std::string(), std::string("no certificate"), one.substr(0, one.size() / 2),
                           one + two.substr(0, two.size() / 2),
                           std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}) {
    auto const trust = load(text);
    ASSERT_FALSE(trust) << text;
    EXPECT_EQ(trust.error().code, Errc::invalid);
    EXPECT_NE(trust.error().hint.find("PEM"), std::string::npos);
  }
}

TEST_F(TlsTrustFile, that_is_not_there_is_an_error) {
  EXPECT_EQ(TlsTrust::with_file(dir.string() + "/none", TlsTrust::SystemStore::unused).error().code, Errc::not_found);
}

}  // namespace
