#include "archive/make_tar.hpp"

#include "archive/place.hpp"
#include "archive/tar_block.hpp"
#include "core/utf8.hpp"

namespace archive {

namespace {

using core::Errc;
using core::Error;

constexpr unsigned id_limit = 1U << 21;                   // seven octal digits
constexpr std::uint64_t size_limit = 1ULL << 33;          // eleven
constexpr std::size_t name_limit = 99, depth_limit = 32;  // a folder's name gets a slash

}  // namespace

core::Result<std::string> make_tar(std::vector<TarMember> const& members, core::Wall mtime) {
  std::string tar;
  for (auto const& member : members) {
    auto const refuse = [&member](char const* why) {
      return Error{Errc::invalid, std::string("cannot be put into a tar: ") + why, core::to_display(member.path), {}};
    };
    if (auto const* const reason = unsafe(member.path, name_limit, depth_limit)) return refuse(reason);
    if (member.folder && !member.bytes.empty()) return refuse("a folder has no bytes");
    if (member.uid >= id_limit || member.gid >= id_limit) return refuse("its uid or gid is too large");
    if (member.bytes.size() >= size_limit) return refuse("it is larger than 8 GiB");
    auto const path = member.folder ? member.path + "/" : member.path;
    tar += format_block({.path = path,
                         .size = member.bytes.size(),
                         .mode = member.mode & 07777U,
                         .uid = member.uid,
                         .gid = member.gid,
                         .mtime = core::to_ms(mtime) / 1000,
                         .type = member.folder ? '5' : '0'});
    tar += member.bytes;
    tar.append(static_cast<std::size_t>(padding_of(member.bytes.size())), '\0');
  }
  tar.append(2 * block_size, '\0');
  return tar;
}

std::string open_directory_tar(std::string const& name) {
  return make_tar({{.path = name, .folder = true, .mode = 0777, .bytes = {}}}, {}).value();
}

}  // namespace archive
