#include "http/tls_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

namespace {

using core::Errc;
using namespace std::chrono_literals;

class TlsFilesTest : public testing::Test {
 protected:
  std::string path(std::string const& name) const { return (dir / name).string(); }
  void write(std::string const& name, std::string const& text, mode_t mode = 0640) const {
    std::ofstream(path(name) + ".new") << text;
    ::chmod((path(name) + ".new").c_str(), mode);
    std::filesystem::rename(path(name) + ".new", path(name));
  }
  void lay(support::Certificate const& own) const {
    write("ca", authority.pem());
    write("cert", own.certificate);
    write("key", own.key);
  }
  http::TlsFiles files() const { return {path("ca"), path("cert"), path("key")}; }

  support::TempDir dir;
  support::CertificateAuthority authority{"Engines"};
};

TEST_F(TlsFilesTest, an_expired_certificate_is_told_and_a_renewed_one_used) {
  lay(authority.issue("DNS:a", -2h, -1h));
  auto read = files();
  auto const expired = read.trust();
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, Errc::permission);
  EXPECT_NE(expired.error().operation.find("our own certificate is of no use: it expired on "), std::string::npos);
  EXPECT_EQ(expired.error().subject, path("cert"));
  lay(authority.issue("DNS:a"));
  EXPECT_TRUE(read.trust());
  lay(authority.issue("DNS:a", 1h, 2h));
  EXPECT_NE(read.trust().error().operation.find("not valid before"), std::string::npos);
}

TEST_F(TlsFilesTest, each_error_names_its_file) {
  lay(authority.issue("DNS:a"));
  EXPECT_TRUE(files().trust());
  write("key", authority.issue("DNS:a").key);
  EXPECT_EQ(files().trust().error().subject, path("key"));
  EXPECT_EQ(files().trust().error().code, Errc::invalid);
  lay(authority.issue("DNS:a"));
  ::chmod(path("key").c_str(), 0644);
  EXPECT_EQ(files().trust().error().code, Errc::permission);
  EXPECT_NE(files().trust().error().hint.find("chmod 0640"), std::string::npos);
  lay(authority.issue("DNS:a"));
  write("cert", "nothing");
  EXPECT_EQ(files().trust().error().subject, path("cert"));
  std::filesystem::remove(path("ca"));
  EXPECT_EQ(files().trust().error().code, Errc::not_found);
}

}  // namespace
