#include "watch/default_ignores.hpp"

#include <algorithm>
#include <array>

namespace watch {

namespace {

struct Affix {
  std::string_view text, reason;
};

constexpr std::array endings{
    Affix{".part", "an unfinished download (*.part)"},
    Affix{".partial", "an unfinished download (*.partial)"},
    Affix{".filepart", "an unfinished upload (*.filepart)"},
    Affix{".crdownload", "an unfinished download of a browser (*.crdownload)"},
    Affix{".tmp", "a temporary file (*.tmp)"},
    Affix{"~", "a backup copy of an editor (*~)"},
    Affix{".swp", "a swap file of an editor (*.swp)"},
};
constexpr std::array beginnings{
    Affix{".nfs", "a deleted file that an NFS client still has open (.nfs*)"},
    Affix{".goutputstream-", "a temporary file of GLib (.goutputstream-*)"},
    Affix{".syncthing.", "a temporary file of Syncthing (.syncthing.*)"},
    Affix{".fuse_hidden", "a deleted file that a FUSE client still has open (.fuse_hidden*)"},
};

bool alphanumeric(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// ".NAME.XXXXXX", where rsync takes the six from mkstemp(3).
bool rsync_temporary(std::string_view name) noexcept {
  if (name.size() < 8 || name.front() != '.') return false;
  auto const tail = name.substr(name.size() - 7);
  return tail.front() == '.' && std::all_of(tail.begin() + 1, tail.end(), alphanumeric);
}

}  // namespace

std::string_view default_ignored(std::string_view name) noexcept {
  for (auto const& [text, reason] : endings)
    if (name.size() > text.size() && name.ends_with(text)) return reason;
  if (name.empty() || name.front() != '.') return {};
  for (auto const& [text, reason] : beginnings)
    if (name.starts_with(text)) return reason;
  if (name == ".~tmp~") return "the folder where rsync --delay-updates keeps unfinished files (.~tmp~/)";
  if (rsync_temporary(name)) return "a temporary file of rsync (.*.XXXXXX)";
  return {};
}

std::string_view default_ignored_key(std::string_view key) noexcept {
  while (!key.empty()) {
    auto const slash = key.find('/');
    if (auto const reason = default_ignored(key.substr(0, slash)); !reason.empty()) return reason;
    if (slash == std::string_view::npos) break;
    key.remove_prefix(slash + 1);
  }
  return {};
}

}  // namespace watch
