#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "s3/secret.hpp"

namespace s3 {

/// One profile of the AWS tools' files: its settings by lower-case name. The values of secrets are Secret as well.
using Profile = std::map<std::string, Secret, std::less<>>;

/// The settings of profile `name` from ~/.aws/credentials and ~/.aws/config, of which the first wins
/// (docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html). Empty if neither has it. Lines that are none of
/// theirs are passed over, as the AWS tools do. Pure.
[[nodiscard]] Profile read_profile(std::string_view credentials_text, std::string_view config_text,
                                   std::string_view name);

/// The setting's text, empty if there is none.
[[nodiscard]] std::string setting(Profile const& profile, std::string_view name);

/// A file that holds credentials and nothing else: the format of ~/.aws/credentials (with or without a section; of
/// several, [default]), or the JSON of a credentials endpoint. Pure. Errors: invalid, without a word of the content.
[[nodiscard]] core::Result<Credentials> parse_credential_file(std::string_view text, std::string const& path);

/// What container endpoints and IMDS answer: {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}. Pure. Errors:
/// protocol, without a word of the content.
[[nodiscard]] core::Result<Credentials> parse_credential_json(std::string_view body, std::string const& from);

/// What STS answers to AssumeRoleWithWebIdentity: XML. Pure. Errors as above.
[[nodiscard]] core::Result<Credentials> parse_sts_answer(std::string_view body, std::string const& from);

}  // namespace s3
