#include "orchestrator/container_plan.hpp"

#include <algorithm>
#include <cmath>

#include "core/sha256.hpp"
#include "core/ulid.hpp"
#include "domain/init_protocol.hpp"
#include "domain/params.hpp"
#include "domain/template.hpp"
#include "orchestrator/plain_plan.hpp"
#include "orchestrator/secrets.hpp"

namespace orchestrator {

namespace {

std::string expand(std::string const& text, domain::TemplateValues const& values,
                   std::vector<std::string> const& names) {
  // The YAML's check compiled this text with the same names.
  return domain::Template::compile(text, names).value().expand(values);
}

/// Root needs no help with /out: the init makes it. Names and ids that are surely root's count; a name that only the
/// image knows does not.
bool runs_as_root(std::string const& user) {
  auto const name = user.substr(0, user.find(':'));
  return name.empty() || name == "0" || name == "root";
}

domain::InitCommand init_command(PlanRequest const& request, std::vector<std::string> argv,
                                 domain::TemplateValues const& values, std::vector<std::string> const& names) {
  domain::InitCommand command;
  command.argv = std::move(argv);
  command.timeout = request.pipeline.timeout;
  command.grace = request.pipeline.stop_grace_period;
  command.out_dir = out_path;
  for (auto const& [name, value] : request.pipeline.environment)
    command.environment.push_back(name + "=" + expand(value, values, names));
  command.environment.push_back("TIDEWHEEL_RUN_ID=" + request.run_id);
  command.environment.push_back("TIDEWHEEL_PIPELINE=" + request.pipeline.name);
  command.environment.push_back("TIDEWHEEL_INPUT=" + values.at("input.path"));
  // Where the URL is, never what it is: an environment is seen in /proc and inherited by whatever is started.
  if (auto const& file = values.at("input.url_file"); !file.empty())
    command.environment.push_back("TIDEWHEEL_INPUT_URL_FILE=" + file);
  command.environment.push_back(std::string("TIDEWHEEL_OUT=") + out_path);
  command.environment.push_back("TIDEWHEEL_OUTPUTS=/.tidewheel/outputs");
  command.environment.push_back("TIDEWHEEL_PARAMS=/.tidewheel/params.json");
  // W3C Trace Context: the trace is the run (its ULID's hash), so every attempt of it joins the same trace.
  auto const trace = core::sha256_hex(request.run_id);
  command.environment.push_back("TRACEPARENT=00-" + trace.substr(0, 32) + "-" +
                                core::sha256_hex(trace + std::to_string(request.attempt)).substr(0, 16) + "-01");
  return command;
}

/// Nobody has told dockerd to write a hosts file (ContainerSpec), and R's parallel clusters, for one, talk to
/// "localhost".
bool wants_hosts(domain::PipelineSpec const& pipeline) {
  auto const brings_hosts = [](auto const& volume) { return volume.target == "/etc" || volume.target == "/etc/hosts"; };
  return pipeline.network_mode == "none" && std::ranges::none_of(pipeline.volumes, brings_hosts);
}

void bind_files(docker::ContainerSpec& spec, PlanRequest const& request) {
  auto const& pipeline = request.pipeline;
  auto const bind = [&spec](std::filesystem::path const& source, std::string target, bool read_only) {
    spec.mounts.push_back({source.string(), std::move(target), read_only});
  };
  if (pipeline.init) {
    bind(request.init_binary, init_path, true);
    bind(request.attempt_dir / "command", "/.tidewheel/command", true);
    bind(request.attempt_dir / "record", "/.tidewheel/record", false);
    bind(request.attempt_dir / "bundle", "/.tidewheel/bundle", false);
  }
  bind(request.attempt_dir / "params.json", "/.tidewheel/params.json", true);
  bind(request.attempt_dir / "outputs", "/.tidewheel/outputs", false);
  if (request.input) bind(request.input->host_path, request.input->mount_target, true);
  for (auto const& name : pipeline.secrets)
    bind(laid_secret(request.attempt_dir, name), std::string(domain::secrets_folder) + "/" + name, true);
  for (auto const& volume : pipeline.volumes) bind(volume.source, volume.target, true);
  if (wants_hosts(pipeline)) bind(request.hosts_file, "/etc/hosts", true);
}

/// What bind_files() gives a container here, for one that has nothing of this host. Never the record: an upload may be
/// repeated, and what would wipe a start mark is not part of it.
std::vector<UploadMember> uploads_of(PlanRequest const& request) {
  std::vector<UploadMember> uploads;
  auto const folder = [&uploads](std::string target, unsigned mode) {
    uploads.push_back({std::move(target), {}, mode});
  };
  auto const file = [&uploads](std::filesystem::path const& source, std::string_view target, unsigned mode) {
    uploads.push_back({std::string(target.substr(1)), source.string(), mode});
  };
  folder(".tidewheel", 01777);  // whatever user the container has makes the record here
  if (request.pipeline.init) {
    file(request.init_binary, init_path, 0755);
    file(request.attempt_dir / "command", "/.tidewheel/command", 0644);
  }
  file(request.attempt_dir / "params.json", "/.tidewheel/params.json", 0644);
  file(request.attempt_dir / "outputs", "/.tidewheel/outputs", 0666);
  folder("out", 0777);
  if (wants_hosts(request.pipeline)) file(request.hosts_file, "/etc/hosts", 0644);
  for (auto const& name : request.pipeline.secrets)
    file(laid_secret(request.attempt_dir, name), std::string(domain::secrets_folder) + "/" + name, 0444);
  if (!request.input) return uploads;
  if (request.input->mount_target.starts_with("/in/")) folder("in", 0755);
  file(request.input->host_path, request.input->mount_target, 0444);
  return uploads;
}

docker::ContainerSpec container_spec(PlanRequest const& request) {
  auto const& pipeline = request.pipeline;
  docker::ContainerSpec spec;
  spec.image = request.image.digest.empty() ? request.image.id : request.image.digest;
  if (pipeline.init) spec.entrypoint = {init_path, "/.tidewheel/command", "/.tidewheel/record", "/.tidewheel/bundle"};
  spec.user = pipeline.user;
  spec.group_add = pipeline.group_add;
  spec.network_mode = pipeline.network_mode;
  spec.log_driver = request.log_driver;
  spec.log_size = pipeline.log_limit;
  spec.memory = pipeline.mem_limit;
  spec.nano_cpus = static_cast<std::int64_t>(std::llround(pipeline.cpus * 1e9));
  spec.gpus = pipeline.gpus.count;
  spec.gpu_devices = pipeline.gpus.devices;
  spec.pids_limit = pipeline.pids_limit;
  spec.stop_timeout = std::chrono::ceil<std::chrono::seconds>(pipeline.stop_grace_period);
  if (request.remote) {
    if (pipeline.init) spec.entrypoint.back() = "-";
    spec.volumes.emplace_back("/.tidewheel");
    if (!pipeline.secrets.empty()) spec.volumes.emplace_back(domain::secrets_folder);
  } else {
    bind_files(spec, request);
  }
  spec.labels = {{label::instance, request.instance},
                 {label::run_id, request.run_id},
                 {label::attempt, std::to_string(request.attempt)},
                 {label::pipeline, pipeline.name}};
  return spec;
}

}  // namespace

domain::TemplateValues template_values(PlanRequest const& request) {
  domain::TemplateValues values;
  values["run.id"] = request.run_id;
  values["pipeline.name"] = request.pipeline.name;
  values["out.dir"] = out_path;
  for (auto const& param : request.params) values["params." + param.name] = domain::to_argument(param.value);
  // A run by hand may have no input: its names stand for nothing then.
  for (auto const* const name : {"path", "key", "name", "stem", "folder", "uri", "size", "sha256", "etag", "url_file"})
    values[std::string("input.") + name];
  if (!request.input) return values;
  auto const& input = *request.input;
  for (auto& [name, value] : domain::key_values(input.key)) values[name] = std::move(value);
  values["input.path"] = input.path;
  values["input.uri"] = input.uri;
  values["input.size"] = std::to_string(input.size);
  values["input.sha256"] = input.sha256;
  values["input.etag"] = input.etag;
  values["input.url_file"] = input.url_file;
  return values;
}

std::string container_name(std::string const& instance, std::string const& run_id, std::int64_t attempt) {
  return "tidewheel-" + instance.substr(0, 8) + "-" + run_id + "-a" + std::to_string(attempt);
}

core::Result<ContainerPlan> plan_container(PlanRequest const& request) {
  auto values = template_values(request);
  auto const names = domain::template_names(request.pipeline.params);
  auto argv = request.pipeline.entrypoint.value_or(request.image.entrypoint);
  if (request.pipeline.command.empty()) {
    // As `docker run` does: an entrypoint of one's own drops the image's CMD.
    if (!request.pipeline.entrypoint)
      argv.insert(argv.end(), request.image.command.begin(), request.image.command.end());
  } else {
    for (auto const& text : request.pipeline.command) argv.push_back(expand(text, values, names));
  }
  if (argv.empty())
    return core::Error{core::Errc::invalid,
                       "there is nothing to run: neither the image nor the pipeline names a command",
                       request.pipeline.image, "give the pipeline a `command:`"};
  auto const command = init_command(request, std::move(argv), values, names);
  auto command_file = domain::encode(command);
  if (!command_file) return command_file.error();

  ContainerPlan plan;
  if (request.pipeline.init) plan.command_file = std::move(*command_file);
  plan.params_json = domain::params_json(request.params);
  plan.name = container_name(request.instance, request.run_id, request.attempt);
  auto spec = container_spec(request);
  if (!request.pipeline.init)
    if (auto carried = carry_command(command, spec); !carried) return carried.error();
  plan.body_sha256 = core::sha256_hex(docker::to_json(spec) + plan.command_file);
  spec.labels[label::spec] = plan.body_sha256;
  plan.body = docker::to_json(spec);
  if (request.remote) plan.uploads = uploads_of(request);
  auto const& user = request.pipeline.user.empty() ? request.image.user : request.pipeline.user;
  plan.open_out = !request.remote && (!request.pipeline.init || !runs_as_root(user));
  return plan;
}

}  // namespace orchestrator
