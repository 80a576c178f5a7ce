#include "store/s3_hints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/store/store_fixture.hpp"

namespace store {
namespace {

using testing::ElementsAre;

class HintStore : public StoreTest {
 protected:
  SourceRow bucket = ensure_source(db, "acme:s3://lab-data/in/", at(1000), at(1000));
  SourceRow other = ensure_source(db, "acme:s3://lab-data/", at(1000), at(1000));

  std::int64_t keep(std::vector<std::string> const& keys) {
    return commit([&] { return keep_hints(db, bucket.id, keys, at(2000)); });
  }
  std::int64_t erase(std::vector<S3Hint> const& hints) {
    return commit([&] { return erase_hints(db, bucket.id, hints); });
  }
  std::vector<std::string> loaded(std::string const& after = {}, std::size_t limit = 100) {
    std::vector<std::string> keys;
    for (auto const& hint : load_hints(db, bucket.id, after, limit)) keys.push_back(hint.key);
    return keys;
  }
};

TEST_F(HintStore, doubled_hints_are_one) {
  EXPECT_EQ(keep({"b", "a", "b"}), 2);
  EXPECT_EQ(keep({"a"}), 0);
  EXPECT_THAT(loaded(), ElementsAre("a", "b"));
  EXPECT_EQ(count_hints(db, bucket.id), 2);
}

TEST_F(HintStore, pages_are_in_byte_order_whatever_the_bytes) {
  std::string const zero("a\0b", 3);
  keep({"\xFF", "b", zero, "a"});
  EXPECT_THAT(loaded({}, 2), ElementsAre("a", zero));
  EXPECT_THAT(loaded(zero), ElementsAre("b", "\xFF"));
}

TEST_F(HintStore, one_that_was_said_again_meanwhile_stays) {
  keep({"a", "b"});
  auto const page = load_hints(db, bucket.id, {}, 10);
  keep({"a"});
  EXPECT_EQ(erase(page), 1);
  EXPECT_THAT(loaded(), ElementsAre("a"));
  EXPECT_EQ(erase(load_hints(db, bucket.id, {}, 10)), 1);
  EXPECT_THAT(loaded(), ElementsAre());
}

TEST_F(HintStore, sources_do_not_share_them) {
  keep({"in/a"});
  commit([&] { return keep_hints(db, other.id, {"in/a", "x"}, at(2000)); });
  commit([&] { drop_hints(db, other.id); });
  EXPECT_EQ(count_hints(db, other.id), 0);
  EXPECT_THAT(loaded(), ElementsAre("in/a"));
}

}  // namespace
}  // namespace store
