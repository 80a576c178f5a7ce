#include "config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "core/utf8.hpp"

namespace config {
namespace {

/// Ends the parse: the error has been noted.
struct GiveUp {};

/// Builds the tree out of yaml-cpp's events: its own Node would lose duplicate keys and quotes, and read YAML 1.1.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(SourceText& source) : source_(source) {}

  std::unique_ptr<Node> take() { return std::move(root_); }

  void OnDocumentStart(YAML::Mark const& mark) override {
    if (documents_++ == 0) return;
    source_.error(span_at(mark, 3), "a second document starts here", "put it into a file of its own");
    throw GiveUp{};
  }
  void OnDocumentEnd() override {}

  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override { add(node(Node::Kind::null, mark), anchor); }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& text) override {
    auto scalar = node(Node::Kind::scalar, mark);
    refuse_tag(scalar.span, tag);
    scalar.plain = tag == "?";
    scalar.text = text;
    scalar.span = scalar_span(scalar);
    if (text.find('\0') != std::string::npos) {
      source_.error(scalar.span, "a text may not have a NUL character in it", "no argument or file name can carry it");
      scalar.text.clear();
    }
    add(std::move(scalar), anchor);
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    auto const known = anchors_.find(anchor);
    if (known == anchors_.end()) {
      source_.error(span_at(mark, 1), "an alias inside the value that it stands for");
      throw GiveUp{};
    }
    count(known->second, mark);
    auto copy = known->second;
    add(std::move(copy), 0);
  }

  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, tag, anchor);
  }
  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Level {
    Node node;
    YAML::anchor_t anchor = 0;
    std::optional<Node> key{};  ///< of a map: read, its value not yet
  };

  Span span_at(YAML::Mark const& mark, std::size_t length) const {
    auto const line = static_cast<std::size_t>(std::max(mark.line, 0));
    auto const column = static_cast<std::size_t>(std::max(mark.column, 0));
    return {source_.offset_of(line, column), length};
  }

  Node node(Node::Kind kind, YAML::Mark const& mark) {
    if (++nodes_ > most_nodes) too_many(mark);
    Node made;
    made.kind = kind;
    made.span = span_at(mark, 1);
    return made;
  }

  [[noreturn]] void too_many(YAML::Mark const& mark) {
    source_.error(span_at(mark, 1), "more than " + std::to_string(most_nodes) + " values or 1 MiB of them in one file");
    throw GiveUp{};
  }

  /// What an alias adds, in values and in bytes: a few lines could otherwise stand for gigabytes.
  void count(Node const& copy, YAML::Mark const& mark) {
    copied_ += copy.text.size();
    if (++nodes_ > most_nodes || copied_ > longest_document) too_many(mark);
    for (auto const& item : copy.items) count(item, mark);
    for (auto const& entry : copy.entries) {
      copied_ += entry.key.size();
      count(entry.value, mark);
    }
  }

  void refuse_tag(Span span, std::string const& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      source_.error(span, "tags such as !!str are not used here", "put a text into quotes");
  }

  /// The scalar as it stands in the file where that can be told, else its first character.
  Span scalar_span(Node const& scalar) {
    auto const text = source_.text();
    auto at = scalar.span.offset;
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {  // an anchor or a tag stands before the scalar
      at = std::min(text.find_first_of(" \n", at), text.size());
      at = std::min(text.find_first_not_of(" \r\n", at), text.size());
    }
    if (!scalar.plain && at < text.size() && (text[at] == '"' || text[at] == '\'')) return {at, quoted_length(at)};
    if (text.substr(at).starts_with(scalar.text)) return {at, std::max<std::size_t>(scalar.text.size(), 1)};
    return scalar.span;
  }

  /// Length of the quoted scalar at `start`. yaml-cpp 0.7 takes the end of the file for a closing quote: half a file
  /// would pass for a whole one.
  std::size_t quoted_length(std::size_t start) {
    auto const text = source_.text();
    char const quote = text[start];
    for (auto at = start + 1; at < text.size(); ++at) {
      if (quote == '"' && text[at] == '\\')
        ++at;
      else if (quote == '\'' && text.substr(at, 2) == "''")
        ++at;
      else if (text[at] == quote)
        return at + 1 - start;
    }
    source_.error({start, 1}, "this quote is not closed");
    throw GiveUp{};
  }

  void open(Node::Kind kind, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
    auto opened = node(kind, mark);
    refuse_tag(opened.span, tag);
    if (levels_.size() >= deepest_document) {
      source_.error(opened.span, "nested more than " + std::to_string(deepest_document) + " levels deep");
      throw GiveUp{};
    }
    levels_.push_back({std::move(opened), anchor});
  }

  void close() {
    auto done = std::move(levels_.back());
    levels_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node&& value, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = value;
    if (levels_.empty()) {
      root_ = std::make_unique<Node>(std::move(value));
      return;
    }
    auto& level = levels_.back();
    if (level.node.kind == Node::Kind::list) {
      level.node.items.push_back(std::move(value));
    } else if (!level.key) {
      level.key = std::move(value);
    } else {
      add_entry(level.node, std::move(*level.key), std::move(value));
      level.key.reset();
    }
  }

  void add_entry(Node& map, Node&& key, Node&& value) {
    bool const was_faulty = std::exchange(map.faulty, true);
    if (key.kind != Node::Kind::scalar) {
      // An unquoted {{ x }} is YAML for a map whose key is a map.
      source_.error(key.span, "a key has to be a text, found " + describe(key),
                    key.kind == Node::Kind::map ? "templates are written \"${input.path}\", without {{ }}" : "");
    } else if (key.plain && key.text == "<<") {
      source_.error(key.span, "merge keys are not YAML 1.2", "write the values out, or use an alias for a whole value");
    } else if (map.find(key.text) != nullptr) {
      source_.error(key.span, "'" + core::to_display(key.text) + "' is given twice in one map", "keep one of the two");
    } else {
      map.faulty = was_faulty;
      map.entries.push_back({std::move(key.text), key.span, std::move(value)});
    }
  }

  SourceText& source_;
  std::unique_ptr<Node> root_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  std::size_t copied_ = 0;
  int documents_ = 0;
};

/// yaml-cpp names its scanner's states; these are the words for the ones that people run into.
struct Translation {
  std::string_view theirs, ours, hint;
};
constexpr Translation translations[] = {
    {"illegal tab when looking for indentation", "a tab in the indentation", "YAML is indented with spaces"},
    {"end of map not found", "this line does not fit the map above it",
     "keys of one map start in the same column; put a text with ': ' or '#' in it into quotes"},
    {"end of sequence not found", "this line does not fit the list above it",
     "items of one list start in the same column"},
    {"end of map flow not found", "'{' is not closed, or a ',' is missing",
     "between braces a text with ',', '{' or '}' in it needs quotes"},
    {"end of sequence flow not found", "'[' is not closed, or a ',' is missing",
     "between brackets a text with ',', '{' or '}' in it needs quotes"},
    {"illegal flow end", "a bracket is closed that was not opened", ""},
    {"illegal EOF in scalar", "a quote is not closed", ""},
    {"illegal map value", "':' is not expected here",
     "keys of one map start in the same column; put a text with ': ' in it into quotes"},
    {"illegal map key", "a key is not expected here", ""},
    {"illegal block entry", "'-' is not expected here", "items of one list start in the same column"},
    {"unknown token", "this character cannot start a value", "put the text into quotes"},
    {"bad file", "nested too deeply", ""},
    {"the referenced anchor is not defined", "the alias has no anchor", ""},
};

void note_yaml_error(SourceText& source, YAML::Exception const& error) {
  auto const line = static_cast<std::size_t>(std::max(error.mark.line, 0));
  auto const column = static_cast<std::size_t>(std::max(error.mark.column, 0));
  auto offset = source.offset_of(line, column);
  std::string message = "not valid YAML: " + error.msg;
  std::string hint;
  for (auto const& translation : translations)
    if (error.msg.starts_with(translation.theirs)) {
      message = translation.ours;
      hint = translation.hint;
    }
  // yaml-cpp mostly reports a tab as what it breaks further on, at its own place.
  auto const start = source.offset_of(line, 0);
  auto const indentation = source.text().substr(start);
  auto const blank = std::min(indentation.find_first_not_of(" \t"), indentation.size());
  if (auto const tab = indentation.substr(0, blank).find('\t'); tab != std::string_view::npos) {
    message = "a tab in the indentation";
    hint = "YAML is indented with spaces";
    offset = start + tab;
  }
  source.error({offset, 1}, std::move(message), std::move(hint));
}

/// YAML's c-printable, as far as single bytes tell, and UTF-8.
bool check_bytes(SourceText& source) {
  auto const text = source.text();
  if (text.size() > longest_document) {
    source.file_error("the file is larger than 1 MiB");
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      source.error({i, 1}, "a control character (byte " + std::to_string(byte) + ")",
                   byte == 0 ? "the file has to be UTF-8 text" : "");
      return false;
    }
  }
  if (core::is_utf8(text)) return true;
  std::size_t bad = 0;  // the first line that is not UTF-8, there the first byte that is not ASCII
  for (auto end = text.find('\n'); core::is_utf8(text.substr(bad, end - bad)); end = text.find('\n', bad))
    bad = end + 1;
  while (static_cast<unsigned char>(text[bad]) < 0x80) ++bad;
  source.error({bad, 1}, "the file is not UTF-8 here", "save it as UTF-8");
  return false;
}

}  // namespace

Entry const* Node::find(std::string_view key) const noexcept {
  auto const found = std::ranges::find(entries, key, &Entry::key);
  return found == entries.end() ? nullptr : &*found;
}

std::unique_ptr<Node> parse_document(SourceText& source) {
  if (!check_bytes(source)) return nullptr;
  TreeBuilder builder(source);
  std::istringstream stream{std::string(source.text())};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (GiveUp const&) {
  } catch (YAML::Exception const& error) {
    note_yaml_error(source, error);
  }
  return builder.take();
}

std::string describe(Node const& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
    case Node::Kind::scalar:
      break;
  }
  constexpr std::size_t shown = 60;
  auto text = core::to_display(node.text.substr(0, shown));
  std::string const quote = node.plain ? "'" : "\"";
  return quote + text + (node.text.size() > shown ? "..." : "") + quote;
}

}  // namespace config
