#include "core/sha256.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/fd.hpp"
#include "support/temp_dir.hpp"

namespace {

// FIPS 180-4's examples (NIST, "SHA256.pdf"), and the empty message.
TEST(Sha256, gives_the_digests_of_the_standard) {
  EXPECT_EQ(core::sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(core::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(core::sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(core::sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, does_not_care_how_the_bytes_come) {
  std::string const text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  core::Sha256 hash;
  for (char const c : text) hash.update(std::string_view(&c, 1));
  core::Sha256 moved = std::move(hash);
  moved.update(std::string_view());
  EXPECT_EQ(core::to_hex(moved.finish()), core::sha256_hex(text));

  core::Sha256 bytes;
  bytes.update(std::as_bytes(std::span(text)));
  EXPECT_EQ(core::to_hex(bytes.finish()), core::sha256_hex(text));
}

TEST(Sha256, hashes_a_whole_file_and_leaves_its_offset_alone) {
  support::TempDir const dir;
  std::string content;
  for (int i = 0; i < 100'000; ++i) content += "line " + std::to_string(i) + "\n";  // several buffers
  std::ofstream(dir / "data") << content;
  core::Fd const fd(::open((dir / "data").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::lseek(fd.get(), 7, SEEK_SET), 7);
  EXPECT_EQ(core::to_hex(core::sha256_file(fd.get(), "data").value()), core::sha256_hex(content));
  EXPECT_EQ(::lseek(fd.get(), 0, SEEK_CUR), 7);
}

TEST(Sha256, says_which_file_could_not_be_read) {
  support::TempDir const dir;
  core::Fd const folder(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto const hash = core::sha256_file(folder.get(), "the-name");
  ASSERT_FALSE(hash);
  EXPECT_EQ(hash.error().code, core::Errc::invalid);  // EISDIR
  EXPECT_EQ(hash.error().subject, "the-name");
}

TEST(HmacSha256, is_that_of_rfc_4231) {
  EXPECT_EQ(core::to_hex(core::hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(core::to_hex(core::hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(SameBytes, compares_all_of_them) {
  EXPECT_TRUE(core::same_bytes("abc", "abc"));
  EXPECT_FALSE(core::same_bytes("abc", "abd"));
  EXPECT_FALSE(core::same_bytes("abc", "ab"));
  EXPECT_TRUE(core::same_bytes("", ""));
}

}  // namespace
