#include "s3/credential_formats.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <pugixml.hpp>

#include "s3/detail/time_formats.hpp"
#include "s3/detail/xml.hpp"

namespace s3 {

using core::Errc;
using core::Error;
using core::Result;

namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

/// "[default]" and "[profile acme]" of config, "[acme]" of credentials.
std::string section_name(std::string_view line) {
  auto name = trimmed(line.substr(1, line.find(']') == line.npos ? line.npos : line.find(']') - 1));
  if (name.starts_with("profile ") || name.starts_with("profile\t")) name = trimmed(name.substr(8));
  return std::string(name);
}

/// Adds what `text` says about the profile and is not known yet. Lines before the first section belong to `before`.
void read_settings(std::string_view text, std::string_view name, std::string_view before, Profile& profile) {
  std::string section(before);
  while (!text.empty()) {
    auto const raw = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), raw.size() + 1));
    auto const line = trimmed(raw);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[') {
      section = section_name(line);
      continue;
    }
    bool const is_nested = raw.front() == ' ' || raw.front() == '\t';  // "s3 =" and its own settings below it
    auto const equals = line.find('=');
    if (is_nested || equals == line.npos || section != name) continue;
    auto value = trimmed(line.substr(equals + 1));
    if (auto const comment = value.find(" #"); comment != value.npos) value = trimmed(value.substr(0, comment));
    profile.try_emplace(to_lower(trimmed(line.substr(0, equals))), Secret(std::string(value)));
  }
}

std::optional<Credentials> keys_of(Profile const& profile) {
  Credentials credentials;
  credentials.access_key_id = setting(profile, "aws_access_key_id");
  credentials.secret_access_key = Secret(setting(profile, "aws_secret_access_key"));
  credentials.session_token = Secret(setting(profile, "aws_session_token"));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) return std::nullopt;
  return credentials;
}

std::string member(boost::json::object const& object, std::string_view name) {
  auto const* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// An unreadable time would make credentials that live for ever out of ones that do not.
Result<Credentials> checked(Credentials credentials, std::string_view expiration, std::string const& from) {
  auto const about = [&](char const* what) {
    return Error{Errc::protocol, std::string("read credentials: ") + what, from, "see what this source gives"};
  };
  credentials.source = from;
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return about("the answer has no access key id and secret");
  if (expiration.empty()) return credentials;
  credentials.expires = detail::parse_iso8601(expiration);
  if (!credentials.expires) return about("their expiration is not ISO 8601");
  return credentials;
}

}  // namespace

Profile read_profile(std::string_view credentials_text, std::string_view config_text, std::string_view name) {
  Profile profile;
  read_settings(credentials_text, name, "", profile);
  read_settings(config_text, name, "", profile);
  return profile;
}

std::string setting(Profile const& profile, std::string_view name) {
  auto const found = profile.find(name);
  return found == profile.end() ? std::string() : found->second.reveal();
}

Result<Credentials> parse_credential_file(std::string_view text, std::string const& path) {
  if (trimmed(text.substr(0, text.find('\n'))).starts_with('{')) return parse_credential_json(text, path);
  Profile profile;
  read_settings(text, "default", "default", profile);
  auto credentials = keys_of(profile);
  if (!credentials)
    return Error{Errc::invalid, "read credentials: there are none in this file", path,
                 "write the two lines aws_access_key_id = ... and aws_secret_access_key = ..."};
  credentials->source = path;
  return *credentials;
}

Result<Credentials> parse_credential_json(std::string_view body, std::string const& from) {
  boost::system::error_code error;
  auto const value = boost::json::parse(body, error);
  if (error || !value.is_object())
    return Error{Errc::protocol, "read credentials: the answer is not a JSON object", from,
                 "see what this source gives"};
  auto const& object = value.get_object();
  Credentials credentials;
  credentials.access_key_id = member(object, "AccessKeyId");
  credentials.secret_access_key = Secret(member(object, "SecretAccessKey"));
  credentials.session_token = Secret(member(object, "Token"));
  if (credentials.session_token.empty()) credentials.session_token = Secret(member(object, "SessionToken"));
  return checked(std::move(credentials), member(object, "Expiration"), from);
}

Result<Credentials> parse_sts_answer(std::string_view body, std::string const& from) {
  pugi::xml_document document;
  Credentials credentials;
  std::string expiration;
  if (detail::parse_xml(body, document)) {
    auto const node = document.child("AssumeRoleWithWebIdentityResponse")
                          .child("AssumeRoleWithWebIdentityResult")
                          .child("Credentials");
    credentials.access_key_id = detail::child_text(node, "AccessKeyId");
    credentials.secret_access_key = Secret(std::string(detail::child_text(node, "SecretAccessKey")));
    credentials.session_token = Secret(std::string(detail::child_text(node, "SessionToken")));
    expiration = detail::child_text(node, "Expiration");
  }
  return checked(std::move(credentials), expiration, from);
}

}  // namespace s3
