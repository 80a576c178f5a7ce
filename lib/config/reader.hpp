#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/source_text.hpp"
#include "domain/value.hpp"

namespace config {

/// What a plain scalar is by the core schema of YAML 1.2 (10.3.2), so that editor and daemon agree: `yes`, `on` and
/// `010` are texts. Quoted scalars are always texts.
enum class ScalarType : std::uint8_t { text, boolean, integer, real };
[[nodiscard]] ScalarType scalar_type(Node const& scalar);

/// Reads values as types. Each call that answers nullopt has noted why, at the value's place.
class Reader {
 public:
  explicit Reader(SourceText& source) : source_(source) {}
  [[nodiscard]] SourceText& source() const noexcept { return source_; }

  [[nodiscard]] std::optional<std::string> text(Node const& node) const;
  /// Numbers and booleans too, as they are written: arguments, environment values, user ids.
  [[nodiscard]] std::optional<std::string> loose_text(Node const& node) const;
  [[nodiscard]] std::optional<bool> boolean(Node const& node) const;
  [[nodiscard]] std::optional<std::int64_t> integer(Node const& node, std::int64_t least, std::int64_t most) const;
  [[nodiscard]] std::optional<double> real(Node const& node) const;
  [[nodiscard]] std::optional<std::chrono::milliseconds> duration(Node const& node, std::chrono::milliseconds least,
                                                                  std::chrono::milliseconds most) const;
  /// "2g", "512m", or a plain number of bytes.
  [[nodiscard]] std::optional<std::int64_t> bytes(Node const& node, std::int64_t least) const;
  /// A list of texts, each once; as `one_or_list` a single text stands for a list of it.
  enum class ListForm : std::uint8_t { list, one_or_list };
  [[nodiscard]] std::vector<std::string> texts(Node const& node, ListForm form) const;
  /// Whether a scalar is a glob that compiles, of at most 1,000 bytes (expanding braces multiplies them).
  bool check_glob(Node const& scalar) const;
  /// Index of the word in `words`.
  [[nodiscard]] std::optional<std::size_t> word(Node const& node, std::span<std::string_view const> words) const;
  /// A scalar of `type`; for json any value, written as JSON text.
  [[nodiscard]] std::optional<domain::Value> value(Node const& node, domain::ValueType type) const;

  [[nodiscard]] bool expect(Node const& node, Node::Kind kind, std::string_view what, std::string hint = {}) const;
  /// Notes "expected WHAT, found ..." at `node`.
  void mismatch(Node const& node, std::string_view what, std::string hint = {}) const;

  /// Place of `length` bytes at `offset` in the text of a scalar, past quotes; the whole scalar where escapes or
  /// line folding make it hard to tell.
  [[nodiscard]] Span inside(Node const& scalar, std::size_t offset, std::size_t length) const;

 private:
  SourceText& source_;
};

}  // namespace config
