#include "watch/watch_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace {

std::string prefix(watch::WatchMap const& map, int wd) {
  std::string out;
  return map.append_prefix(wd, out) ? out : "none";
}

TEST(WatchMap, computes_paths_from_parents) {
  watch::WatchMap map;
  map.add("", 1);
  map.add("a/", 2);
  map.add("a/b/", 3);
  EXPECT_EQ(prefix(map, 1), "");
  EXPECT_EQ(prefix(map, 3), "a/b/");
  EXPECT_EQ(prefix(map, 4), "none");
  EXPECT_EQ(map.root_wd(), 1);
  EXPECT_EQ(map.watched(), 3);
}

TEST(WatchMap, gives_a_wd_to_the_newest_name_of_its_directory) {
  watch::WatchMap map;
  map.add("old/", 5);
  map.add("new/", 5);
  EXPECT_EQ(prefix(map, 5), "new/");
  EXPECT_EQ(map.watched(), 1);
  EXPECT_TRUE(map.remove("old/").empty()) << "removing the stale name must not drop the live watch";
  EXPECT_EQ(prefix(map, 5), "new/");
}

TEST(WatchMap, returns_every_watch_of_a_removed_subtree) {
  watch::WatchMap map;
  map.add("a/", 1);
  map.add("a/b/", 2);
  map.add("a/b/c/", 3);
  map.add("ab/", 4);
  map.close(2);
  auto wds = map.remove("a/");
  std::sort(wds.begin(), wds.end());
  EXPECT_EQ(wds, (std::vector{1, 3}));
  EXPECT_EQ(prefix(map, 3), "none");
  EXPECT_EQ(prefix(map, 4), "ab/");
  EXPECT_FALSE(map.contains("a/"));
  EXPECT_TRUE(map.remove("a/").empty());
}

TEST(WatchMap, forgets_what_a_full_scan_did_not_name) {
  watch::WatchMap map;
  map.add("", 1);
  map.add("kept/", 2);
  map.add("gone/", 3);
  map.add("gone/below/", 4);
  map.begin_scan();
  map.add("", 1);
  map.add("kept/", 2);
  auto wds = map.remove_unseen();
  std::sort(wds.begin(), wds.end());
  EXPECT_EQ(wds, (std::vector{3, 4}));
  EXPECT_EQ(map.watched(), 2);
}

TEST(WatchMap, agrees_with_a_plain_map_over_random_operations) {
  std::mt19937 random(7);
  watch::WatchMap map;
  std::map<std::string, int> model;
  int next = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string path;
    for (auto depth = random() % 4 + 1; depth > 0; --depth)
      path += std::string(1, static_cast<char>('a' + random() % 6)) + "/";
    if (random() % 3 != 0) {
      map.add(path, ++next);
      model[path] = next;
    } else {
      auto const dropped = map.remove(path);
      auto const count = std::erase_if(model, [&](auto const& entry) { return entry.first.starts_with(path); });
      ASSERT_EQ(dropped.size(), count);
    }
  }
  ASSERT_EQ(map.watched(), static_cast<std::int64_t>(model.size()));
  for (auto const& [path, wd] : model) EXPECT_EQ(prefix(map, wd), path);
}

TEST(WatchMap, takes_about_sixty_bytes_a_directory) {
  watch::WatchMap map;
  std::size_t names = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto const name = std::to_string(i % 300) + "/" + std::to_string(i) + "/";
    names += std::to_string(i).size();
    map.add(name, i + 1);
  }
  EXPECT_LT((map.memory() - names) / 100'000, 90u);
}

}  // namespace
