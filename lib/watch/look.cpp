#include "watch/look.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "core/sha256.hpp"

namespace watch {

namespace {

// The parents of neighbouring keys are mostly the same directory: one is kept open.
class Parents {
 public:
  explicit Parents(Root const& root) : root_(root) {}

  OpenedDir const& of(std::string const& key) {
    auto const length = key.rfind('/') + 1;  // npos + 1 is 0: the root
    if (!open_ || prefix_ != std::string_view(key).substr(0, length)) {
      prefix_.assign(key, 0, length);
      directory_ = root_.open_dir(prefix_, O_PATH);
      open_ = true;
    }
    return directory_;
  }
  static char const* name(std::string const& key) { return key.c_str() + key.rfind('/') + 1; }

 private:
  Root const& root_;
  std::string prefix_;
  OpenedDir directory_;
  bool open_ = false;
};

Sight look_in(OpenedDir const& parent, char const* name) {
  Sight sight;
  if (!parent.fd) {
    sight.found = parent.absent() ? Found::absent : Found::unknown;
    sight.error = parent.error;
    return sight;
  }
  struct ::statx status {};
  sight.error = status_of(parent.fd.get(), name, status);
  if (sight.error == 0) {
    sight.version = version_of(status);
    sight.found = S_ISREG(status.stx_mode) ? Found::file : S_ISDIR(status.stx_mode) ? Found::directory : Found::other;
  } else {
    sight.found = sight.error == ENOENT ? Found::absent : Found::unknown;
  }
  return sight;
}

}  // namespace

Sights look_at(Root const& root, std::vector<std::string> const& keys) {
  Sights sights;
  sights.each.reserve(keys.size());
  Parents parents(root);
  for (auto const& key : keys) sights.each.push_back(look_in(parents.of(key), Parents::name(key)));
  auto const absent = [](Sight const& sight) { return sight.found == Found::absent; };
  // Below a deleted or moved root everything looks absent. Asked afterwards, so that it covers all of the above.
  if (std::any_of(sights.each.begin(), sights.each.end(), absent) && !root.still_there()) {
    sights.root_lost = true;
    for (auto& sight : sights.each)
      if (absent(sight)) sight.found = Found::unknown;
  }
  return sights;
}

core::Result<domain::ContentHash> hash_version(Root const& root, std::string const& key,
                                               domain::Version const& version) {
  Parents parents(root);
  auto const& parent = parents.of(key);
  if (!parent.fd) return core::from_errno(parent.error, "open the folder", key);
  int const fd = open_below(parent.fd.get(), Parents::name(key), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return core::from_errno(-fd, "open", key);
  core::Fd const file(fd);
  auto const same = [&] {
    struct ::statx status {};
    return ::statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 && version_of(status) == version;
  };
  core::Error changed{core::Errc::conflict, "hash: the file changed meanwhile", key, {}};
  if (!same()) return changed;
  auto hash = core::sha256_file(fd, key);
  if (hash && !same()) return changed;
  return hash;
}

}  // namespace watch
