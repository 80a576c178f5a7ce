#include "watch/tree_scan.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "support/temp_dir.hpp"
#include "watch/merge.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<watch::ScanEntry> scan(watch::Root const& root, std::string prefix = {}) {
  watch::TreeScan tree(root, nullptr, std::move(prefix));
  std::vector<watch::ScanEntry> all;
  for (bool done = false; !done;) {
    auto batch = tree.next();
    EXPECT_LE(batch.entries.size(), watch::TreeScan::batch_size + 1);
    done = batch.done;
    std::move(batch.entries.begin(), batch.entries.end(), std::back_inserter(all));
  }
  return all;
}

TEST(TreeScan, lists_keys_in_byte_order_and_only_regular_files) {
  support::TempDir dir;
  for (auto const* name : {"a/x", "a.b", "a0", "a/y/z", "b", "\xff", "\x01", "A"}) {
    fs::create_directories((dir / name).parent_path());
    std::ofstream(dir / name) << "1";
  }
  fs::create_symlink(dir / "a", dir / "link");
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  std::ofstream(dir / "half.part") << "1";
  auto const root = watch::Root::open(dir.string());
  ASSERT_TRUE(root);
  std::vector<std::string> keys, files;
  for (auto const& entry : scan(*root)) {
    keys.push_back(entry.key);
    if (entry.kind == watch::ScanEntry::Kind::file) files.push_back(entry.key);
  }
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(files, (std::vector<std::string>{"\x01", "A", "a.b", "a/x", "a/y/z", "a0", "b", "\xff"}));
}

TEST(TreeScan, goes_in_bounded_batches_through_a_large_directory) {
  support::TempDir dir;
  for (int i = 0; i < 2500; ++i) std::ofstream(dir / ("f" + std::to_string(i))) << "1";
  auto const root = watch::Root::open(dir.string());
  EXPECT_EQ(scan(*root).size(), 2501u);
}

TEST(TreeScan, calls_a_prefix_absent_only_when_it_is) {
  support::TempDir dir;
  fs::create_symlink("/tmp", dir / "link");
  auto const root = watch::Root::open(dir.string());
  for (auto const* prefix : {"gone/", "gone/deep/", "link/"}) {
    auto const batch = watch::TreeScan(*root, nullptr, prefix).next();
    EXPECT_TRUE(batch.totals.absent && batch.done && batch.entries.empty()) << prefix;
  }
}

TEST(TreeScan, stays_on_its_mount) {
  auto const root = watch::Root::open("/");
  ASSERT_TRUE(root);
  auto const batch = watch::TreeScan(*root, nullptr, "proc/").next();
  EXPECT_FALSE(batch.totals.absent);
  EXPECT_EQ(batch.totals.other_mounts, 1);
  ASSERT_EQ(batch.entries.size(), 1u);
  EXPECT_EQ(batch.entries[0].kind, watch::ScanEntry::Kind::unknown_tree);
}

TEST(TreeScan, reaches_below_the_longest_path) {
  support::TempDir dir;
  auto const root = watch::Root::open(dir.string());
  std::string const name(200, 'd');
  std::string prefix;
  for (int i = 0; i < 30; ++i) {  // 6,000 bytes
    auto const parent = root->open_dir(prefix, O_PATH);
    ASSERT_TRUE(parent.fd);
    ASSERT_EQ(::mkdirat(parent.fd.get(), name.c_str(), 0700), 0);
    prefix += name + "/";
  }
  EXPECT_TRUE(root->open_dir(prefix, O_RDONLY).fd);
  EXPECT_EQ(scan(*root).back().key, prefix);
  EXPECT_EQ(scan(*root, prefix).size(), 1u);
  for (int i = 0; i < 30; ++i) {  // std::filesystem cannot remove such a path
    prefix.resize(prefix.size() - 201);
    ASSERT_EQ(::unlinkat(root->open_dir(prefix, O_PATH).fd.get(), name.c_str(), AT_REMOVEDIR), 0);
  }
}

TEST(Merge, leaves_rows_below_an_unknown_tree_alone) {
  watch::Merge merge(true, 100);
  watch::ScanEntry tree;
  tree.kind = watch::ScanEntry::Kind::unknown_tree;
  tree.key = "a/";
  merge.met(tree, nullptr);
  for (auto const* key : {"a/x", "a/y/z"}) {
    watch::KnownItem row;
    row.key = key;
    row.missing = true;
    merge.row_only(row);
  }
  watch::KnownItem outside;
  outside.key = "a0";
  merge.row_only(outside);
  auto const differences = merge.take();
  EXPECT_TRUE(differences.doomed.empty());
  EXPECT_EQ(differences.missing, std::vector<std::string>{"a0"});
  EXPECT_EQ(merge.unconfirmed(), 1);
}

TEST(Merge, dooms_no_more_rows_than_it_may) {
  watch::Merge merge(true, 3);
  for (int i = 0; i < 5; ++i) {
    watch::KnownItem row;
    row.key = std::to_string(i);
    row.missing = true;
    merge.row_only(row);
  }
  EXPECT_EQ(merge.take().doomed.size(), 3u);
  EXPECT_TRUE(merge.held());
  EXPECT_EQ(merge.unconfirmed(), 2);
}

}  // namespace
