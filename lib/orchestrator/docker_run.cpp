#include "orchestrator/docker_run.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstdio>

#include "core/sha256.hpp"
#include "core/utf8.hpp"
#include "domain/params.hpp"
#include "domain/source_root.hpp"
#include "domain/template.hpp"
#include "orchestrator/container_plan.hpp"

namespace orchestrator {

namespace {

namespace json = boost::json;

std::string text_at(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(json::object const& object, std::string_view key) {
  auto const* const value = object.if_contains(key);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("_-./:=,@%+").find(c) != std::string_view::npos;
}

bool is_printable(std::string_view bytes) {
  auto const control = [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == 0x7f; };
  return core::is_utf8(bytes) && std::ranges::none_of(bytes, control);
}

/// A field of --mount, which is read as CSV.
std::string mount_field(std::string const& text) {
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char const c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

class Line {
 public:
  Line(store::RunRow const& run, domain::PipelineSpec const& pipeline, std::string const& state_dir)
      : run_(run), pipeline_(pipeline), state_dir_(state_dir) {}

  std::string write(json::object const& body) {
    add_limits(body);
    add_mounts(body);
    add_environment();
    auto argv = pipeline_.entrypoint.value_or(std::vector<std::string>());
    if (!argv.empty()) {
      add("--entrypoint", argv.front());
      argv.erase(argv.begin());
    }
    line_ += " " + shell_word(text_at(body, "Image"));
    for (auto const& word : argv) line_ += " " + shell_word(word);
    for (auto const& word : pipeline_.command) line_ += " " + shell_word(expand(word));
    return std::move(line_);
  }

 private:
  void add(std::string_view option, std::string const& value) {
    line_ += " " + std::string(option) + " " + shell_word(value);
  }

  static std::string joined(std::vector<std::string> const& words) {
    std::string text;
    for (auto const& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
  }

  void add_limits(json::object const& body) {
    auto const* const found = body.if_contains("HostConfig");
    auto const& host = found != nullptr && found->is_object() ? found->get_object() : json::object();
    add("--network", text_at(host, "NetworkMode"));
    if (auto const memory = number_at(host, "Memory"); memory > 0) {
      add("--memory", std::to_string(memory));
      add("--memory-swap", std::to_string(memory));
    }
    if (auto const cpus = number_at(host, "NanoCpus"); cpus > 0)
      add("--cpus", domain::to_argument(static_cast<double>(cpus) / 1e9));
    if (auto const& gpus = pipeline_.gpus; !gpus.devices.empty())
      add("--gpus", "\"device=" + joined(gpus.devices) + "\"");
    else if (gpus.count != 0)
      add("--gpus", gpus.count < 0 ? "all" : std::to_string(gpus.count));
    if (auto const pids = number_at(host, "PidsLimit"); pids > 0) add("--pids-limit", std::to_string(pids));
    line_ += " --cap-drop ALL --cap-add DAC_OVERRIDE --security-opt no-new-privileges:true";
    if (auto const user = text_at(body, "User"); !user.empty()) add("--user", user);
    for (auto const& group : pipeline_.group_add) add("--group-add", group);
  }

  void add_mounts(json::object const& body) {
    json::value const* mounts = nullptr;
    if (auto const* const host = body.if_contains("HostConfig"); host != nullptr && host->is_object())
      mounts = host->get_object().if_contains("Mounts");
    if (mounts != nullptr && mounts->is_array())
      for (auto const& mount : mounts->get_array())
        if (mount.is_object()) add_mount(mount.get_object());
    line_ += " -v \"$PWD/out:/out\"";
  }

  void add_mount(json::object const& mount) {
    auto const source = text_at(mount, "Source");
    auto const target = text_at(mount, "Target");
    if (target.starts_with("/.tidewheel/")) return;
    if (text_at(mount, "Type") == "volume") {
      if (target == "/.tidewheel") add_uploaded_input();
      return;
    }
    bool const is_ours = source.starts_with(state_dir_ + "/");
    if (is_ours && !target.starts_with("/in")) return;  // the hosts file
    if (target.starts_with("/in")) input_target_ = target;
    auto const field = "type=bind,source=";
    auto const rest = "," + mount_field("target=" + target) + ",readonly";
    if (is_ours)
      line_ += std::string(" --mount ") + field + "\"$PWD\"/" + shell_word(target.substr(target.rfind('/') + 1) + rest);
    else
      add("--mount", "type=bind," + mount_field("source=" + source) + rest);
  }

  /// Of an engine on another host, where the input is no mount.
  void add_uploaded_input() {
    if (run_.inputs.empty() || domain::gets_url(pipeline_)) return;
    auto const& key = run_.inputs.front().key;
    input_target_ = "/in/" + key.substr(key.rfind('/') + 1);
    line_ += " --mount type=bind,source=\"$PWD\"/" + shell_word(input_target_.substr(4) + ",") +
             shell_word(mount_field("target=" + input_target_) + ",readonly");
  }

  void add_environment() {
    for (auto const& [name, value] : pipeline_.environment) add("--env", name + "=" + expand(value));
    add("--env", "TIDEWHEEL_RUN_ID=" + run_.id);
    add("--env", "TIDEWHEEL_PIPELINE=" + pipeline_.name);
    add("--env", "TIDEWHEEL_INPUT=" + input_path());
    add("--env", std::string("TIDEWHEEL_OUT=") + out_path);
  }

  [[nodiscard]] std::string input_path() const {
    if (run_.inputs.empty() || input_target_.empty()) return {};
    if (input_target_ != "/in") return input_target_;
    auto const& input = run_.inputs.front();
    for (auto const& watch : pipeline_.watch)
      if (domain::root_of(watch) == input.root && watch.mount == domain::Mount::source) return "/in/" + input.key;
    return "/in/" + input.key.substr(input.key.rfind('/') + 1);
  }

  std::string expand(std::string const& text) {
    if (!values_) values_ = make_values();
    auto const compiled = domain::Template::compile(text, domain::template_names(pipeline_.params));
    return compiled ? compiled->expand(*values_) : text;
  }

  [[nodiscard]] domain::TemplateValues make_values() const {
    docker::Image const image;
    PlanRequest request{{}, run_.id, run_.attempts, pipeline_, image, {}, run_.params, {}, {}, {}};
    if (!run_.inputs.empty()) {
      auto const& input = run_.inputs.front();
      auto& mounted = request.input.emplace();
      mounted.path = input_path();
      mounted.key = input.key;
      mounted.uri = input.uri;
      mounted.size = input.version.size;
      mounted.sha256 = input.hash ? core::to_hex(*input.hash) : std::string();
    }
    auto values = template_values(request);
    for (auto const& param : pipeline_.params) values["params." + param.name];  // one that the run does not have
    return values;
  }

  store::RunRow const& run_;
  domain::PipelineSpec const& pipeline_;
  std::string const& state_dir_;
  std::string line_ = "mkdir -p out && docker run --rm";
  std::string input_target_;
  std::optional<domain::TemplateValues> values_;
};

}  // namespace

std::string shell_word(std::string_view bytes) {
  if (!bytes.empty() && std::ranges::all_of(bytes, is_plain)) return std::string(bytes);
  if (!is_printable(bytes)) {
    std::string word = "$'";
    for (char const c : bytes) {
      if (is_plain(c) || c == ' ') {
        word += c;
        continue;
      }
      char code[8];  // bash and zsh take two digits and no more
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      word += code;
    }
    return word + "'";
  }
  std::string word = "'";
  for (char const c : bytes) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

std::string docker_run(store::RunRow const& run, domain::PipelineSpec const& pipeline, std::string const& create_body,
                       std::string const& state_dir) {
  boost::system::error_code error;
  auto const body = json::parse(create_body, error);
  if (error || !body.is_object()) return {};
  return Line(run, pipeline, state_dir).write(body.get_object());
}

}  // namespace orchestrator
