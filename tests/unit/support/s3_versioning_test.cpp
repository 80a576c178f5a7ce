#include "unit/support/s3_fixture.hpp"

namespace s3_test {

class S3Versioning : public S3Test {
 protected:
  S3Versioning() {
    EXPECT_EQ(send("PUT", "/v").status, 200);
    set("Enabled");
  }
  void set(std::string const& status) {
    auto const answer = send("PUT", "/v?versioning", {},
                             "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>");
    EXPECT_EQ(answer.status, 200);
  }
  std::string put(std::string const& body) { return header(send("PUT", "/v/k", {}, body), "x-amz-version-id"); }
  std::size_t listed() { return elements(list("", "v").body, "Key").size(); }
};

TEST_F(S3Versioning, says_whether_versions_are_kept) {
  EXPECT_EQ(element(get("/v?versioning").body, "Status"), "Enabled");
  EXPECT_EQ(element(get("/b?versioning").body, "Status"), "(none)");
  set("Suspended");
  EXPECT_EQ(element(get("/v?versioning").body, "Status"), "Suspended");
  EXPECT_EQ(send("PUT", "/v?versioning", {}, "<what/>").status, 400);
}

TEST_F(S3Versioning, every_put_is_a_version_of_its_own) {
  auto const first = put("one"), second = put("two");
  EXPECT_NE(first, second);
  EXPECT_EQ(get("/v/k").body, "two");
  EXPECT_EQ(header(get("/v/k"), "x-amz-version-id"), second);
  EXPECT_EQ(get("/v/k?versionId=" + first).body, "one");
  EXPECT_EQ(element(get("/v/k?versionId=0").body, "Code"), "NoSuchVersion");
  EXPECT_EQ(listed(), 1U);
}

TEST_F(S3Versioning, a_delete_marker_hides_and_its_removal_brings_back) {
  auto const version = put("one");
  auto const removed = send("DELETE", "/v/k");
  auto const marker = header(removed, "x-amz-version-id");
  EXPECT_EQ(header(removed, "x-amz-delete-marker"), "true");
  EXPECT_EQ(listed(), 0U);
  auto const head = send("HEAD", "/v/k");
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(header(head, "x-amz-delete-marker"), "true");
  EXPECT_EQ(send("HEAD", "/v/k?versionId=" + marker).status, 405);
  EXPECT_EQ(get("/v/k?versionId=" + version).body, "one");
  EXPECT_EQ(send("DELETE", "/v/k?versionId=" + marker).status, 204);
  EXPECT_EQ(get("/v/k").body, "one");
  EXPECT_EQ(listed(), 1U);
}

TEST_F(S3Versioning, a_purge_brings_the_version_before_it) {
  auto const first = put("one"), second = put("two");
  (void)send("DELETE", "/v/k?versionId=" + second);
  EXPECT_EQ(header(get("/v/k"), "x-amz-version-id"), first);
  (void)send("DELETE", "/v/k?versionId=" + first);
  EXPECT_EQ(get("/v/k").status, 404);
  EXPECT_EQ(header(get("/v/k"), "x-amz-delete-marker"), "(none)");
}

TEST_F(S3Versioning, suspended_writes_take_the_place_of_the_null_version) {
  auto const kept = put("one");
  set("Suspended");
  EXPECT_EQ(put("two"), "null");
  EXPECT_EQ(put("three"), "null");
  EXPECT_EQ(get("/v/k").body, "three");
  EXPECT_EQ(get("/v/k?versionId=" + kept).body, "one");
  (void)send("DELETE", "/v/k");
  EXPECT_EQ(get("/v/k?versionId=" + kept).body, "one");
  EXPECT_EQ(get("/v/k?versionId=null").status, 405);
}

}  // namespace s3_test
