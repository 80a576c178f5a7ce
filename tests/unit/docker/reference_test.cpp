#include "docker/reference.hpp"

#include <gtest/gtest.h>

using docker::matching_digest;
using docker::Reference;

namespace {

std::string const digest = "sha256:" + std::string(64, 'a');
std::string const other_digest = "sha256:" + std::string(64, 'b');

}  // namespace

TEST(Reference, tells_a_tag_from_a_port) {
  struct Case {
    char const *text, *repository, *tag;
  };
  for (Case const& c : {Case{"busybox", "busybox", "latest"}, Case{"busybox:1", "busybox", "1"},
                        Case{"localhost:5000/a/b", "localhost:5000/a/b", "latest"},
                        Case{"registry.example.org:5000/ds/qc:1.4-rc_1", "registry.example.org:5000/ds/qc", "1.4-rc_1"},
                        Case{"a/b-c__d.e", "a/b-c__d.e", "latest"}}) {
    auto const reference = Reference::parse(c.text);
    ASSERT_TRUE(reference) << c.text;
    EXPECT_EQ(reference->repository, c.repository);
    EXPECT_EQ(reference->tag, c.tag);
    EXPECT_EQ(reference->digest, "");
  }
}

TEST(Reference, keeps_a_digest_and_then_needs_no_tag) {
  auto const plain = Reference::parse("a/b@" + digest);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->repository, "a/b");
  EXPECT_EQ(plain->tag, "");
  EXPECT_EQ(plain->digest, digest);
  auto const both = Reference::parse("host:1/b:2@" + digest);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->tag, "2");
  EXPECT_EQ(both->digest, digest);
}

TEST(Reference, refuses_what_is_none) {
  for (std::string const& text :
       {std::string(), std::string("Upper"), std::string("path/Case"), std::string("a b"), std::string("a:"),
        std::string("a@sha256:12"), std::string(":tag"), std::string("a//b"), std::string("/a"), std::string("-a"),
        std::string("a:.tag"), std::string("a:") + std::string(129, 't'), digest, std::string(64, 'a'),
        std::string("a/b/")})
    EXPECT_FALSE(Reference::parse(text)) << text;
}

TEST(Reference, knows_the_full_name_of_official_images) {
  for (char const* const text :
       {"busybox", "library/busybox", "docker.io/busybox", "index.docker.io/library/busybox:1"})
    EXPECT_EQ(Reference::parse(text)->full_repository(), "docker.io/library/busybox") << text;
  EXPECT_EQ(Reference::parse("local/busybox")->full_repository(), "docker.io/local/busybox");
  EXPECT_EQ(Reference::parse("localhost/busybox")->full_repository(), "localhost/busybox");
}

TEST(Reference, finds_its_own_digest_among_those_of_an_image) {
  std::vector<std::string> const known{"other.org/busybox@" + other_digest, "busybox@" + digest};
  EXPECT_EQ(matching_digest(known, *Reference::parse("docker.io/library/busybox:1")), "busybox@" + digest);
  EXPECT_EQ(matching_digest(known, *Reference::parse("other.org/busybox:1")), "other.org/busybox@" + other_digest);
  EXPECT_EQ(matching_digest(known, *Reference::parse("local/busybox")), "");
  EXPECT_EQ(matching_digest(known, *Reference::parse("busybox@" + other_digest)), "");
}
