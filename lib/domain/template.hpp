#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/pipeline.hpp"

namespace domain {

/// One thing wrong in a template text.
struct TemplateError {
  std::size_t offset = 0;  ///< bytes from the start of the text
  std::size_t length = 0;  ///< bytes of the offending part, at least 1
  std::string message;
  std::string hint;  ///< may be empty
};

/// What the names of a template stand for in one run. Raw bytes: file names need not be UTF-8.
using TemplateValues = std::map<std::string, std::string, std::less<>>;

/// Names that templates of any pipeline may use: input.path, input.key, ... out.dir, run.id, pipeline.name.
[[nodiscard]] std::span<std::string_view const> common_template_names() noexcept;
/// The common names and `params.X` for each parameter: what command and environment values may use.
[[nodiscard]] std::vector<std::string> template_names(std::vector<ParamSpec> const& params);

/// input.key, input.name, input.stem and input.folder of an item: what a key alone tells.
[[nodiscard]] TemplateValues key_values(std::string_view key);
/// What `serialize_by` may use: those, and pipeline.name.
[[nodiscard]] std::vector<std::string> serialize_names();

/// The template language of DESIGN 6.1: `${a.b}` is replaced, `$$` gives `$`, any other `$` is itself. No expressions,
/// no nesting, no shell; what is put in is never looked at again, so no file name can inject anything.
class Template {
 public:
  /// Every error at once, up to 20: an unknown name (with "did you mean"), a `${` without `}`, and `{{ name }}`, which
  /// is not used here.
  [[nodiscard]] static boost::system::result<Template, std::vector<TemplateError>> compile(
      std::string_view text, std::span<std::string const> known);

  /// Throws core::Failure (internal) if `values` lacks a name that the text uses: compile() let it through, so the
  /// caller forgot it.
  [[nodiscard]] std::string expand(TemplateValues const& values) const;

  /// Whether ${name} occurs: input.sha256 has to be known before the start only where it is asked for.
  [[nodiscard]] bool uses(std::string_view name) const noexcept;

 private:
  struct Name {
    std::string text;
  };
  std::vector<std::variant<std::string, Name>> parts_;
};

/// Found by boost::system::result through ADL when value() is called on an error; throws core::Failure.
[[noreturn]] void throw_exception_from_error(std::vector<TemplateError> const& errors,
                                             boost::source_location const& where);

}  // namespace domain
