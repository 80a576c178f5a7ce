#pragma once

#include "s3/credential_source.hpp"

namespace s3 {

/// A file of its own, see parse_credential_file(). A relative path is one of systemd's credentials
/// ($CREDENTIALS_DIRECTORY, systemd.exec(5)). It must be there.
class FileCredentials final : public CredentialSource {
 public:
  FileCredentials(SourceContext context, std::string path) : context_(std::move(context)), path_(std::move(path)) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override;
  std::string name() const override { return "the file " + path_; }

 private:
  SourceContext context_;
  std::string path_;
};

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
class EnvironmentCredentials final : public CredentialSource {
 public:
  explicit EnvironmentCredentials(SourceContext context) : context_(std::move(context)) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override;
  std::string name() const override { return "the environment"; }

 private:
  SourceContext context_;
};

/// A profile of ~/.aws/credentials and ~/.aws/config: AWS_PROFILE or "default"; the files may be elsewhere
/// (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE). Keys, or role_arn with web_identity_token_file. Profiles that ask
/// another program or log in (role_arn with source_profile, credential_process, sso) are Errc::unsupported.
class ProfileCredentials final : public CredentialSource {
 public:
  explicit ProfileCredentials(SourceContext context) : context_(std::move(context)) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override;
  std::string name() const override;

 private:
  SourceContext context_;
};

/// A token file (AWS_WEB_IDENTITY_TOKEN_FILE, read anew each time) and AWS_ROLE_ARN, given to STS:
/// docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html. AWS_ENDPOINT_URL_STS moves STS.
class WebIdentityCredentials final : public CredentialSource {
 public:
  explicit WebIdentityCredentials(SourceContext context) : context_(std::move(context)) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override;
  std::string name() const override { return "a web identity token"; }

 private:
  SourceContext context_;
};

/// The endpoint that AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI name (ECS, EKS pod identity), with the token
/// of AWS_CONTAINER_AUTHORIZATION_TOKEN or of the file that _TOKEN_FILE names, read anew each time, as it rotates.
/// Without TLS only the addresses of this host and of these services are asked.
class ContainerCredentials final : public CredentialSource {
 public:
  explicit ContainerCredentials(SourceContext context) : context_(std::move(context)) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override;
  std::string name() const override { return "the container credentials endpoint"; }

 private:
  SourceContext context_;
};

/// The role of this EC2 instance, by IMDSv2. Each of its three requests may take a second: in a container with hop
/// limit 1 nothing ever answers. AWS_EC2_METADATA_DISABLED=true switches it off, AWS_EC2_METADATA_SERVICE_ENDPOINT
/// moves it.
class InstanceCredentials final : public CredentialSource {
 public:
  explicit InstanceCredentials(SourceContext context) : context_(std::move(context)) {}
  awaitable<Result<std::optional<Credentials>>> fetch() override;
  std::string name() const override { return "the EC2 instance's role"; }

 private:
  SourceContext context_;
};

}  // namespace s3
