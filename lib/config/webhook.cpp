#include "config/webhook.hpp"

#include <algorithm>

#include "config/map_reader.hpp"
#include "config/paths.hpp"

namespace config {
namespace {

constexpr std::size_t longest_url = 2048;
constexpr std::string_view form = "write {url: https://hooks.example.org/x, secret: file:/etc/tidewheel/ops.secret}";

bool is_name(std::string_view name) {
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, fits);
}

/// Without the port; of "[::1]:80" the brackets stay.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// What never leaves this host. A name other than localhost may lead anywhere.
bool is_loopback(std::string_view host) {
  bool const numeric = !host.empty() && host.find_first_not_of("0123456789.") == host.npos;
  return host == "localhost" || host == "[::1]" || (numeric && host.starts_with("127."));
}

class WebhookReader {
 public:
  WebhookReader(Reader const& reader, Node const& map, std::string name)
      : reader_(reader), keys_(reader, map, "webhook '" + name + "'"), name_(std::move(name)) {}

  Webhook read() {
    Webhook hook;
    if (auto const* url = keys_.require("url", std::string(form))) read_url(*url, hook);
    if (auto const* secret = keys_.require("secret", "`tidewheel webhooks --help` says how one is made"))
      read_secret(*secret, hook);
    if (auto const* file = keys_.take("ca_file"))
      if (auto const path = reader_.text(*file)) read_path(*file, *path, hook.ca_file);
    if (auto const* pipelines = keys_.take("pipelines")) {
      hook.pipelines = reader_.texts(*pipelines, Reader::ListForm::one_or_list);
      if (pipelines->kind == Node::Kind::list)
        for (auto const& item : pipelines->items) (void)reader_.check_glob(item);
    }
    keys_.finish();
    return hook;
  }

 private:
  /// Without the place, which would show what stands there: parts of an address may be secret.
  void wrong(std::string const& key, std::string what, std::string hint) {
    reader_.source().file_error("webhooks." + name_ + "." + key + ": " + std::move(what), std::move(hint));
  }

  void read_url(Node const& node, Webhook& hook) {
    auto text = reader_.text(node);
    if (!text) return;
    bool const secure = text->starts_with("https://");
    auto const start = secure ? std::size_t{8} : std::size_t{7};
    bool const known = secure || text->starts_with("http://");
    auto const end = known ? std::min(text->find_first_of("/?#", start), text->size()) : 0;
    auto const authority = known ? std::string_view(*text).substr(start, end - start) : std::string_view();
    auto const printable = [](char c) { return c > ' ' && c < '\x7f'; };
    if (authority.find('@') != authority.npos)
      wrong("url", "names and passwords do not belong into an address", "the receiver checks the signature");
    else if (authority.empty() || text->size() > longest_url || !std::ranges::all_of(*text, printable) ||
             text->find('#') != text->npos)
      wrong("url", "this is not an address", std::string(form));
    else if (!secure && !is_loopback(host_of(authority)))
      wrong("url", "http:// is for receivers on this host alone",
            "write https://; authorities of your own go into ca_file");
    else
      hook.url = std::move(*text);
  }

  void read_secret(Node const& node, Webhook& hook) {
    auto const text = reader_.text(node);
    if (!text) return;
    if (!text->starts_with("file:"))  // the secret itself may stand there
      wrong("secret", "it does not say where it is", "write file:/path");
    else if (auto const place = text->substr(5); !place.empty() && place.find('/') == place.npos)
      hook.secret = place;  // a name: one of systemd's credentials
    else
      read_path(node, place, hook.secret);
  }

  void read_path(Node const& node, std::string const& text, std::string& into) {
    if (is_normal_absolute(text))
      into = text;
    else
      reader_.source().error(node.span, "the path has to be absolute and in its normal form", "it starts with '/'");
  }

  Reader const& reader_;
  MapReader keys_;
  std::string name_;
};

}  // namespace

Webhooks read_webhooks(Reader const& reader, Node const& node) {
  Webhooks hooks;
  if (!reader.expect(node, Node::Kind::map, "a map of webhooks", "write webhooks: {ops: {url: https://...}}"))
    return hooks;
  if (node.entries.size() > 64) reader.source().error(node.span, "too many webhooks", "at most 64");
  for (auto const& entry : node.entries) {
    if (!is_name(entry.key))
      reader.source().error(entry.key_span, "'" + entry.key + "' is not a name of a webhook",
                            "small letters, digits and '-', a letter first, at most 63");
    if (reader.expect(entry.value, Node::Kind::map, "a map", std::string(form)))
      hooks.emplace(entry.key, WebhookReader(reader, entry.value, entry.key).read());
  }
  return hooks;
}

}  // namespace config
