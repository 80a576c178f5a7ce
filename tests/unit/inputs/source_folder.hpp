#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "inputs/input.hpp"
#include "support/temp_dir.hpp"

namespace inputs_test {

/// A real folder with files to be taken as inputs.
class SourceFolder {
 public:
  SourceFolder() { std::filesystem::permissions(folder_.path(), std::filesystem::perms{0755}); }
  void write(std::string const& key, std::string const& bytes) const {
    auto const path = folder_.path() / key;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  [[nodiscard]] std::string root() const { return folder_.string(); }
  [[nodiscard]] std::filesystem::path path(std::string const& key) const { return folder_.path() / key; }
  [[nodiscard]] core::Result<inputs::OpenInput> open(std::string const& key) const {
    return inputs::open_input(root(), key);
  }
  [[nodiscard]] domain::Version version(std::string const& key) const { return open(key).value().version; }

 private:
  support::TempDir folder_;
};

inline std::string read_file(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What `body` returns when it runs as nobody; needs root.
template <class Body>
std::string as_nobody(Body body) {
  int ends[2];
  if (::pipe(ends) != 0) return "pipe failed";
  auto const child = ::fork();
  if (child == 0) {
    bool const dropped = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    std::string const said = dropped ? body() : "setuid failed";
    auto const wrote = ::write(ends[1], said.data(), said.size());
    ::_exit(wrote < 0);
  }
  ::close(ends[1]);
  std::string said;
  char buffer[1024];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    said.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return said;
}

}  // namespace inputs_test
