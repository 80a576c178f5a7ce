#include "config/daemon_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/corpus.hpp"

namespace {

using config::load_daemon_config;
using testing::ElementsAre;
using testing::HasSubstr;

std::string errors_of(std::string const& text) {
  auto const loaded = load_daemon_config(text, "tidewheeld.yaml");
  EXPECT_NE(loaded.config.has_value(), !loaded.diagnostics.empty());
  return config::render(loaded.diagnostics);
}

TEST(DaemonConfig, the_file_that_is_shipped_says_what_the_defaults_are) {
  auto const loaded =
      load_daemon_config(corpus::read(std::filesystem::path(TIDEWHEEL_CONFIG) / "tidewheeld.yaml"), "tidewheeld.yaml");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  auto const defaults = config::default_daemon_config();
  EXPECT_EQ(loaded.config->state_dir, defaults.state_dir);
  EXPECT_EQ(loaded.config->pipelines_dir, defaults.pipelines_dir);
  EXPECT_EQ(loaded.config->secrets_dir, defaults.secrets_dir);
  EXPECT_EQ(loaded.config->engine_socket, defaults.engine_socket);
  EXPECT_EQ(loaded.config->api.socket, defaults.api.socket);
  EXPECT_EQ(loaded.config->api.groups, defaults.api.groups);
  EXPECT_TRUE(loaded.config->api.listen.empty());
  EXPECT_EQ(loaded.config->pull_silence, defaults.pull_silence);
  EXPECT_EQ(loaded.config->runs, defaults.runs);
  EXPECT_EQ(loaded.config->starts, defaults.starts);
  EXPECT_EQ(loaded.config->min_free, defaults.min_free);
  EXPECT_EQ(loaded.config->downloads, defaults.downloads);
  EXPECT_EQ(loaded.config->staging_max, defaults.staging_max);
  EXPECT_EQ(loaded.config->log_level, defaults.log_level);
  EXPECT_EQ(loaded.config->instance, defaults.instance);
  EXPECT_EQ(loaded.config->policy.networks, defaults.policy.networks);
  EXPECT_EQ(loaded.config->policy.images, defaults.policy.images);
}

TEST(DaemonConfig, what_is_commented_out_there_loads_too) {
  auto text = corpus::read(std::filesystem::path(TIDEWHEEL_CONFIG) / "tidewheeld.yaml");
  for (std::string const key : {"# instance:", "  # listen:", "  # tls:", "  # trusted_proxy:", "  # public_url:",
                                "  # starts:", "# policy:", "# registries:", "#   registry.example.org:5000:",
                                "# docker_config:", "#   images:", "#   paths:", "#   networks:", "#   max_mem:"}) {
    auto const at = text.find("\n" + key);
    ASSERT_NE(at, std::string::npos) << key;
    auto const hash = text.find('#', at);
    text.erase(hash, 2);
  }
  auto const loaded = load_daemon_config(text, "tidewheeld.yaml");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  EXPECT_EQ(loaded.config->policy.max_mem, std::int64_t{16} << 30);
  EXPECT_EQ(loaded.config->starts, 3);
}

TEST(DaemonConfig, reads_every_key) {
  auto const loaded = load_daemon_config(R"(version: 1
instance: etl-03
state_dir: /srv/tw
pipelines_dir: /srv/p
engine: {host: unix:///run/user/1000/docker.sock}
api: {socket: /tmp/tw.sock, groups: {ops: operate, users: read}, listen: [0.0.0.0:7420, "[::1]:7421"], public_url: "https://TW.example.org/",
  tls: {cert: /etc/tw/cert.pem, key: /etc/tw/key.pem}, trusted_proxy: [10.0.0.7, "FD00:0::1"]}
limits: {runs: 8, starts: 2}
policy: {images: ["ds/*"], paths: ["/srv/data/**"], networks: [none, bridge], max_mem: 16g}
storage: {min_free: 1g}
staging: {downloads: 3, max_bytes: 10g}
log: {level: debug}
)",
                                         "d.yaml");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  auto const& c = *loaded.config;
  EXPECT_EQ(c.instance, "etl-03");
  EXPECT_EQ(c.database(), "/srv/tw/tidewheel.db");
  EXPECT_EQ(c.engine_socket, "/run/user/1000/docker.sock");
  EXPECT_EQ(c.api.groups.at("users"), config::Access::read);
  EXPECT_EQ(c.api.groups.at("ops"), config::Access::operate);
  EXPECT_THAT(c.api.listen, ElementsAre(config::ListenAddress{"0.0.0.0", 7420}, config::ListenAddress{"::1", 7421}));
  EXPECT_EQ(c.api.base_url(), "https://tw.example.org");
  EXPECT_EQ(c.api.tls.value().key, "/etc/tw/key.pem");
  EXPECT_THAT(c.api.trusted_proxies, ElementsAre("10.0.0.7", "fd00::1"));
  EXPECT_NE(config::volume_complaint("/etc/tw/key.pem", c.policy), "") << "no container gets to see it";
  EXPECT_EQ(c.runs, 8);
  EXPECT_EQ(c.starts, 2);
  EXPECT_THAT(c.policy.images, ElementsAre("ds/*"));
  EXPECT_THAT(c.policy.volumes, ElementsAre("/srv/data/**"));
  EXPECT_THAT(c.policy.networks, ElementsAre("none", "bridge"));
  EXPECT_EQ(c.policy.max_mem, std::int64_t{16} << 30);
  EXPECT_EQ(c.min_free, std::int64_t{1} << 30);
  EXPECT_EQ(c.downloads, 3);
  EXPECT_EQ(c.staging_max, std::int64_t{10} << 30);
  EXPECT_EQ(c.log_level, config::LogLevel::debug);
}

TEST(DaemonConfig, completes_what_depends_on_the_host) {
  auto const config = config::default_daemon_config();
  EXPECT_FALSE(config.instance.empty());
  EXPECT_GE(config.starts, 2);
}

TEST(DaemonConfig, bounds_what_all_runs_may_use_together) {
  EXPECT_EQ(config::default_daemon_config().limit_cpus, 0);
  EXPECT_EQ(config::default_daemon_config().limit_memory, 0);
  auto const loaded = load_daemon_config("version: 1\nlimits: {cpus: 7.5, memory: 24g, gpus: 2}\n", "tidewheeld.yaml");
  ASSERT_TRUE(loaded.config);
  EXPECT_EQ(loaded.config->limit_cpus, 7.5);
  EXPECT_EQ(loaded.config->limit_memory, std::int64_t{24} << 30);
  EXPECT_EQ(loaded.config->limit_gpus, 2);
  EXPECT_THAT(errors_of("version: 1\nlimits: {memory: 1k}\n"), HasSubstr(":2:18:"));
}

TEST(DaemonConfig, says_how_long_what_runs_left_behind_is_kept) {
  auto const plain = config::load_daemon_config("version: 1\n", "tidewheeld.yaml");
  ASSERT_TRUE(plain.config);
  EXPECT_EQ(plain.config->retention.logs, std::chrono::hours(30 * 24));
  EXPECT_EQ(plain.config->retention.artifacts, std::chrono::hours(90 * 24));
  EXPECT_EQ(plain.config->retention.keep_last, 10);
  EXPECT_FALSE(plain.config->retention.make_room);
  auto const loaded = config::load_daemon_config(
      "version: 1\nstorage: {min_free_inodes: 20000}\n"
      "retention: {logs: never, artifacts: 7d, keep_last: 0, when_disk_low: remove_oldest}\n",
      "tidewheeld.yaml");
  ASSERT_TRUE(loaded.config);
  EXPECT_FALSE(loaded.config->retention.logs);
  EXPECT_EQ(loaded.config->retention.artifacts, std::chrono::hours(7 * 24));
  EXPECT_EQ(loaded.config->retention.keep_last, 0);
  EXPECT_TRUE(loaded.config->retention.make_room);
  EXPECT_EQ(loaded.config->min_free_inodes.of(1'000'000), 20'000);
  EXPECT_THAT(errors_of("version: 1\nretention: {logs: 0s}\n"), HasSubstr(":2:19:"));
  EXPECT_THAT(errors_of("version: 1\nretention: {artifacts: always}\n"), HasSubstr(":2:24:"));
  EXPECT_THAT(errors_of("version: 1\nretention: {when_disk_low: panic}\n"), HasSubstr("remove_oldest"));
  EXPECT_THAT(errors_of("version: 1\nstorage: {min_free_inodes: 120%}\n"), HasSubstr("5%"));
}

TEST(DaemonConfig, tells_all_errors_at_once) {
  auto const said = errors_of(R"(version: 1
instance: "no spaces"
state_dir: var/lib
pipelines_dir: /etc//x
engine: {host: tcp://10.0.0.1:2376}
api: {socket: /tmp/tw.sock, listen: 127.0.0.1:0, groups: {x: owner}}
limits: {runs: 0, cpus: 0}
policy: {paths: [srv], networks: none}
storage: {min_free: lots}
staging: {downloads: 0, max_bytes: 0, keep: 1}
retention: {logs: soon}
log: {level: loud}
colour: red
)");
  for (auto const* line :
       {":2:11:", ":3:12:", ":4:16:", ":5:16:", ":6:37:", ":6:62:", ":7:16:", ":7:25:", ":8:9:", ":8:18:", ":8:34:",
        ":9:21:", ":10:22:", ":10:36:", ":10:39:", ":11:19:", ":12:14:", ":13:1:"})
    EXPECT_THAT(said, HasSubstr(std::string("tidewheeld.yaml") + line)) << said;
  EXPECT_THAT(said, HasSubstr("18 errors"));
}

TEST(DaemonConfig, reads_an_engine_on_another_host) {
  auto const engine_of = [](std::string const& host) {
    auto const loaded = load_daemon_config(
        "version: 1\nengine: {host: '" + host + "', tls: {ca: /a.pem, cert: cert.pem, key: /k.pem}}\n", "d.yaml");
    EXPECT_TRUE(loaded.config) << config::render(loaded.diagnostics);
    return loaded.config ? loaded.config->remote_engine.value() : config::RemoteEngine();
  };
  auto const engine = engine_of("tcp://docker.example.org:2377");
  EXPECT_EQ(engine.host, "docker.example.org");
  EXPECT_EQ(engine.port, 2377);
  EXPECT_EQ(engine.ca, "/a.pem");
  EXPECT_EQ(engine.cert, "cert.pem") << "one of systemd's credentials";
  EXPECT_EQ(engine_of("tcp://docker").port, 2376);
  EXPECT_EQ(engine_of("tcp://[fd00::1]").host, "fd00::1");
  EXPECT_EQ(engine_of("tcp://[fd00::1]:99").port, 99);
}

TEST(DaemonConfig, never_asks_an_engine_over_tcp_without_tls) {
  auto const said = errors_of("version: 1\nengine: {host: tcp://10.0.0.1:2376}\n");
  EXPECT_THAT(said, HasSubstr(":2:16: "));
  EXPECT_THAT(said, HasSubstr("whoever reaches the port is root on its host"));
  EXPECT_THAT(errors_of("version: 1\nengine: {host: tcp://h, tls: {ca: /a, cert: /b}}\n"), HasSubstr("key"));
  EXPECT_THAT(errors_of("version: 1\nengine: {host: tcp://h, tls: {ca: a/b, cert: /b, key: /c}}\n"),
              HasSubstr("absolute"));
  EXPECT_THAT(errors_of("version: 1\nengine: {host: unix:///s, tls: {ca: /a, cert: /b, key: /c}}\n"),
              HasSubstr("a socket needs none"));
  for (auto const* host : {"tcp://", "tcp://:2376", "tcp://h:0", "tcp://h:65536", "tcp://h:x", "tcp://u@h",
                           "tcp://[::1", "tcp://[::1]2376", "ssh://h"})
    EXPECT_NE(errors_of("version: 1\nengine: {host: '" + std::string(host) + "', tls: {ca: /a, cert: /b, key: /c}}\n"),
              "")
        << host;
}

std::string api_errors(std::string const& api) {
  return errors_of("version: 1\napi: {" + api + "}\n");
}

TEST(DaemonConfig, listens_on_loopback_as_it_is_and_beyond_it_only_with_tls_or_a_proxy_that_has_it) {
  for (auto const* const good : {"listen: 127.0.0.1:7420", "listen: \"[::1]:7420\"",
                                 "listen: [127.0.0.2:1, 127.0.0.1:2]", "listen: 0.0.0.0:7420, trusted_proxy: 10.0.0.7",
                                 "listen: 10.0.0.1:443, tls: {cert: /c, key: /k}", "listen: []"})
    EXPECT_EQ(api_errors(good), "") << good;
  for (auto const* const bare : {"listen: 0.0.0.0:7420", "listen: 10.0.0.1:7420", "listen: \"[::]:7420\"",
                                 "listen: [127.0.0.1:7420, 192.168.1.2:7420]"}) {
    auto const said = api_errors(bare);
    EXPECT_THAT(said, HasSubstr("can be reached from other machines")) << bare;
    EXPECT_THAT(said, HasSubstr("tls: {cert:")) << bare;
    EXPECT_THAT(said, HasSubstr("tidewheeld.yaml:2:")) << bare;
  }
}

TEST(DaemonConfig, says_what_an_address_looks_like) {
  for (auto const* const wrong : {"listen: localhost:7420", "listen: 127.0.0.1", "listen: 127.0.0.1:0", "listen: :7420",
                                  "listen: 127.0.0.1:99999", "listen: ::1:7420", "listen: 7420"})
    EXPECT_THAT(api_errors(wrong), HasSubstr("tidewheeld.yaml:2:")) << wrong;
  EXPECT_THAT(api_errors("listen: localhost:7420"), HasSubstr("such as 127.0.0.1:7420"));
  EXPECT_THAT(api_errors("listen: [127.0.0.1:1, 127.0.0.1:1]"), HasSubstr("twice"));
  EXPECT_THAT(api_errors("trusted_proxy: 10.0.0.0/8"), HasSubstr("not a numeric address"));
  for (auto const* const wrong : {"tw.example.org", "https://host/path", "ftp://host", "https://", "https://a b"})
    EXPECT_THAT(api_errors("public_url: \"" + std::string(wrong) + "\""), HasSubstr("without a path")) << wrong;
  EXPECT_THAT(api_errors("tls: {cert: c.pem}"), HasSubstr("2 errors"));
}

TEST(DaemonConfig, knows_what_it_is_called_from_outside) {
  auto const url = [](std::string const& api) {
    return load_daemon_config("version: 1\napi: {" + api + "}\n", "d.yaml").config.value().api.base_url();
  };
  EXPECT_EQ(url("socket: /s"), "");
  EXPECT_EQ(url("listen: 127.0.0.1:7420"), "http://127.0.0.1:7420");
  EXPECT_EQ(url("listen: \"[::]:7420\", tls: {cert: /c, key: /k}"), "https://[::1]:7420");
  EXPECT_EQ(url("listen: 127.0.0.1:7420, public_url: \"https://tw.example.org:8443\""), "https://tw.example.org:8443");
}

TEST(DaemonConfig, reads_connections_to_s3) {
  auto const loaded = config::load_daemon_config(R"(version: 1
s3:
  acme: {endpoint: "https://s3.example.org:9000/", region: eu-central-1, ca_file: /etc/ca.pem, lists_per_minute: 600, credentials: file:/etc/keys,
         hints_secret: file:/etc/hints}
  amazon: {region: eu-west-1, credentials: profile:lab}
  local: {endpoint: "http://[::1]:7480", addressing: virtual, credentials: env}
  unit: {endpoint: https://s3.eu-west-3.amazonaws.com, addressing: path, credentials: file:acme, hints_secret: file:hints}
)",
                                                 "tidewheeld.yaml");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  auto const& s3 = loaded.config->s3;
  using Kind = config::S3Credentials::Kind;
  EXPECT_EQ(s3.at("acme").endpoint, "https://s3.example.org:9000");
  EXPECT_EQ(s3.at("acme").addressing, config::S3Addressing::path);
  EXPECT_EQ(s3.at("acme").ca_file, "/etc/ca.pem");
  EXPECT_EQ(s3.at("acme").lists_per_minute, 600);
  EXPECT_EQ(s3.at("amazon").lists_per_minute, config::amazon_lists_per_minute);
  EXPECT_EQ(s3.at("local").lists_per_minute, 0);
  EXPECT_EQ(s3.at("acme").credentials.value, "/etc/keys");
  EXPECT_EQ(s3.at("amazon").endpoint, "https://s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(s3.at("amazon").addressing, config::S3Addressing::virtual_host);
  EXPECT_EQ(s3.at("amazon").credentials.kind, Kind::profile);
  EXPECT_EQ(s3.at("local").addressing, config::S3Addressing::virtual_host);
  EXPECT_EQ(s3.at("local").credentials.kind, Kind::environment);
  EXPECT_EQ(s3.at("unit").addressing, config::S3Addressing::path);
  EXPECT_EQ(s3.at("unit").credentials.value, "acme");
  EXPECT_EQ(loaded.config->policy.connections, (std::vector<std::string>{"acme", "amazon", "local", "unit"}));
  EXPECT_NE(config::volume_complaint("/etc/keys", loaded.config->policy), "") << "keys are never mounted anywhere";
  EXPECT_EQ(s3.at("acme").hints_secret, "/etc/hints");
  EXPECT_EQ(s3.at("unit").hints_secret, "hints");
  EXPECT_EQ(s3.at("local").hints_secret, "");
  EXPECT_NE(config::volume_complaint("/etc/hints", loaded.config->policy), "");
}

TEST(DaemonConfig, tells_what_is_wrong_with_a_connection_and_never_repeats_a_key) {
  auto const said = errors_of(R"(version: 1
s3:
  Acme: {endpoint: https://a}
  b: {credentials: auto}
  c: {endpoint: "https://host/bucket"}
  d: {endpoint: https://host, region: "eu central", addressing: both, colour: red}
  e: {endpoint: https://host, credentials: AKIASECRETSECRET}
  f: {endpoint: https://host, secret_key: wJalrXUtnFEMI}
  g: {endpoint: "https://AKIA:wJalrXUtnFEMI@host"}
  h: {endpoint: https://host, ca_file: ca.pem}
  i: {endpoint: https://host, hints_secret: wJalrXUtnFEMI}
)");
  for (auto const* text : {"'Acme' is not a name", "needs an 'endpoint'", "without a bucket", "is not a region",
                           "found 'both'", "unknown key 'colour'", "s3.e.credentials does not say", "s3.f.secret_key",
                           "s3.g.endpoint", ":10:", "s3.i.hints_secret does not say"})
    EXPECT_THAT(said, HasSubstr(text)) << said;
  EXPECT_THAT(said, testing::Not(HasSubstr("AKIASECRETSECRET")));
  EXPECT_THAT(said, testing::Not(HasSubstr("wJalrXUtnFEMI")));
}

TEST(DaemonConfig, a_policy_has_to_say_what_it_allows) {
  EXPECT_THAT(errors_of("version: 1\npolicy: {max_mem: 1g}\n"), HasSubstr("'images' is missing"));
}

TEST(DaemonConfig, a_socket_path_has_to_fit_its_kernel_structure) {
  EXPECT_THAT(errors_of("version: 1\napi: {socket: /" + std::string(120, 'a') + "}\n"),
              HasSubstr("too long for a socket"));
}

TEST(DaemonConfig, an_empty_file_is_an_error) {
  EXPECT_THAT(errors_of(""), HasSubstr("the file is empty"));
}

std::string webhook(std::string const& keys) {
  return "version: 1\nwebhooks: {ops: {" + keys + "}}\n";
}

TEST(DaemonConfig, reads_registries_and_lets_no_pipeline_near_their_passwords) {
  auto const loaded = load_daemon_config(R"(version: 1
engine: {pull_silence: 5m}
registries:
  registry.example.org:5000: {username: ci, password_file: /etc/tw/registry.password}
  docker.io: {username: lab, password_file: hub}
docker_config: /etc/tw/config.json
)",
                                         "d.yaml");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  auto const& c = *loaded.config;
  EXPECT_EQ(c.pull_silence, std::chrono::minutes(5));
  ASSERT_EQ(c.registries.size(), 2U);
  EXPECT_EQ(c.registries.at("registry.example.org:5000").username, "ci");
  EXPECT_EQ(c.registries.at("docker.io").password_file, "hub") << "a systemd credential";
  EXPECT_EQ(c.docker_config, "/etc/tw/config.json");
  EXPECT_THAT(c.policy.forbidden_paths, testing::IsSupersetOf({"/etc/tw/registry.password", "/etc/tw/config.json"}));
  EXPECT_EQ(config::default_daemon_config().docker_config, "");
  EXPECT_EQ(load_daemon_config("version: 1\ndocker_config: docker-config\n", "d.yaml").config->docker_config,
            "docker-config");
}

TEST(DaemonConfig, refuses_what_is_no_registry_and_shows_no_password) {
  auto const said = errors_of(R"(version: 1
registries:
  https://a.org: {username: ci, password_file: /p}
  b.org:x: {username: ci, password_file: /p}
  c.org: {password_file: /p}
  d.org: {username: "a:b", password_file: /p}
  e.org: {username: ci, password_file: p/q}
  f.org: {username: ci}
  g.org: {username: ci, password: TOPSECRET}
  h.org: [ci]
docker_config: ~/.docker/config.json
)");
  for (auto const* word :
       {"'https://a.org' is not a registry", "'b.org:x' is not a registry", ":5:", "not a name of a user",
        ":7:", ":8:", "registries.g.org.password: secrets do not belong into this file", ":10:", ":11:"})
    EXPECT_THAT(said, HasSubstr(word));
  EXPECT_EQ(said.find("TOPSECRET"), std::string::npos) << said;
}

TEST(DaemonConfig, reads_webhooks_and_lets_no_pipeline_near_their_secrets) {
  auto const loaded = load_daemon_config(
      webhook("url: 'https://hooks.example.org/x?y=1', secret: 'file:/etc/tidewheel/ops.secret', pipelines: [qc-*]"),
      "f");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  auto const& hook = loaded.config->webhooks.at("ops");
  EXPECT_EQ(hook.url, "https://hooks.example.org/x?y=1");
  EXPECT_EQ(hook.secret, "/etc/tidewheel/ops.secret");
  EXPECT_THAT(hook.pipelines, ElementsAre("qc-*"));
  EXPECT_THAT(loaded.config->policy.webhooks->at("ops"), ElementsAre("qc-*"));
  EXPECT_THAT(loaded.config->policy.forbidden_paths, testing::Contains("/etc/tidewheel/ops.secret"));
}

TEST(DaemonConfig, reads_who_may_have_which_secret_and_lets_no_pipeline_near_their_folder) {
  std::string const rest = "policy: {images: ['*'], paths: ['*'], ";
  auto const loaded = load_daemon_config(
      "version: 1\nsecrets_dir: /srv/secrets\n" + rest + "secrets: {api_key: [sensor-*, lab]}}", "f");
  ASSERT_TRUE(loaded.config) << config::render(loaded.diagnostics);
  EXPECT_EQ(loaded.config->secrets_dir, "/srv/secrets");
  EXPECT_THAT(loaded.config->policy.secrets.at("api_key"), ElementsAre("sensor-*", "lab"));
  EXPECT_THAT(loaded.config->policy.forbidden_paths, testing::Contains("/srv/secrets"));
  EXPECT_THAT(errors_of("version: 1\n" + rest + "secrets: {Api-Key: ['*']}}"), HasSubstr("not a name of a secret"));
  EXPECT_THAT(errors_of("version: 1\n" + rest + "secrets: {api_key: '*'}}"), HasSubstr("expected a list of globs"));
  EXPECT_THAT(errors_of("version: 1\n" + rest + "secrets: [api_key]}"), HasSubstr("expected a map"));
}

TEST(DaemonConfig, plain_http_is_for_receivers_on_this_host_alone) {
  for (auto const* const url :
       {"http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:80/", "https://a.example"})
    EXPECT_EQ(errors_of(webhook("secret: file:ops, url: '" + std::string(url) + "'")), "") << url;
  for (auto const* const url : {"http://hooks.example.org/x", "http://10.0.0.1/", "http://127.0.0.1.example.org/",
                                "http://localhost.example.org/", "http://127.example.org/"})
    EXPECT_THAT(errors_of(webhook("secret: file:ops, url: '" + std::string(url) + "'")),
                HasSubstr("for receivers on this host alone"))
        << url;
}

TEST(DaemonConfig, what_is_wrong_with_a_webhook_shows_no_secret) {
  for (auto const* const keys :
       {"url: 'https://me:hunter2@a.example/', secret: file:ops", "url: 'ftp://hunter2', secret: file:ops",
        "url: 'https://', secret: file:ops", "url: 'https://a.example/#hunter2', secret: file:ops",
        "url: 'https://a.example/', secret: whsec_hunter2", "url: 'https://a.example/', secret: 'file:'"}) {
    auto const said = errors_of(webhook(keys));
    EXPECT_NE(said, "") << keys;
    EXPECT_THAT(said, testing::Not(HasSubstr("hunter2"))) << keys;
  }
  EXPECT_THAT(errors_of(webhook("url: 'https://a.example/'")), HasSubstr("'secret' is missing"));
  EXPECT_THAT(errors_of("version: 1\nwebhooks: {Ops: {url: 'https://a.example/', secret: file:ops}}\n"),
              HasSubstr("not a name of a webhook"));
}

}  // namespace
