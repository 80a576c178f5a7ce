#include <algorithm>
#include <boost/json/array.hpp>

#include "docker/detail/json.hpp"
#include "docker/engine.hpp"

namespace docker {

namespace json = boost::json;

namespace {

json::array to_array(std::vector<std::string> const& strings) {
  json::array array;
  for (std::string const& text : strings) array.emplace_back(text);
  return array;
}

/// `Mounts` and not `Binds`: a nested mount below a read-only bind would be writable, and ':' would split a path.
json::array to_array(std::vector<BindMount> const& mounts, std::vector<std::string> const& volumes) {
  json::array array;
  for (std::string const& target : volumes) {
    json::object object;
    object["Type"] = "volume";
    object["Target"] = target;
    array.push_back(std::move(object));
  }
  for (BindMount const& mount : mounts) {
    json::object bind_options;
    bind_options["NonRecursive"] = true;
    json::object object;
    object["Type"] = "bind";
    object["Source"] = mount.source;
    object["Target"] = mount.target;
    object["ReadOnly"] = mount.read_only;
    object["BindOptions"] = std::move(bind_options);
    array.push_back(std::move(object));
  }
  return array;
}

/// json-file spoils bytes that are not UTF-8. All options are said: where they are left out, an engine whose default
/// driver is `local` too puts its own there, and those may keep next to nothing. Of five files the oldest goes when the
/// newest is full, so four of them are what is kept at least; never less than the driver's own default, since who
/// prints fast is ahead of whoever reads the beginning.
json::object log_config(std::string const& driver, std::int64_t size) {
  constexpr std::int64_t files = 5;
  constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
  auto const file_size = std::max(20 * mebibyte, size / (files - 1) + mebibyte);
  json::object options;
  options["max-size"] = std::to_string(file_size);
  options["max-file"] = std::to_string(files);
  if (driver == "local") options["mode"] = "blocking";  // else lines are dropped where they come too fast
  json::object config;
  config["Type"] = driver;
  config["Config"] = std::move(options);
  return config;
}

/// What `docker run --gpus` sends (API 1.40).
json::array gpu_request(ContainerSpec const& spec) {
  json::object request;
  if (spec.gpu_devices.empty())
    request["Count"] = spec.gpus;
  else
    request["DeviceIDs"] = to_array(spec.gpu_devices);
  request["Capabilities"].emplace_array().emplace_back(json::array{"gpu"});
  json::array list;
  list.push_back(std::move(request));
  return list;
}

json::object host_config(ContainerSpec const& spec) {
  json::object host;
  host["AutoRemove"] = false;  // a crash of the engine would take the result with it
  host["CapDrop"].emplace_array().emplace_back("ALL");
  host["CapAdd"].emplace_array().emplace_back("DAC_OVERRIDE");
  host["SecurityOpt"].emplace_array().emplace_back("no-new-privileges:true");
  host["RestartPolicy"].emplace_object()["Name"] = "no";
  host["LogConfig"] = log_config(spec.log_driver, spec.log_size);
  host["Init"] = false;  // the engine's default may be true, and PID 1 is ours
  host["NetworkMode"] = spec.network_mode;
  if (spec.memory > 0) host["Memory"] = spec.memory;
  if (spec.memory > 0) host["MemorySwap"] = spec.memory;
  if (spec.nano_cpus > 0) host["NanoCpus"] = spec.nano_cpus;
  if (spec.gpus != 0 || !spec.gpu_devices.empty()) host["DeviceRequests"] = gpu_request(spec);
  if (spec.pids_limit > 0) host["PidsLimit"] = spec.pids_limit;
  if (!spec.group_add.empty()) host["GroupAdd"] = to_array(spec.group_add);
  if (!spec.mounts.empty() || !spec.volumes.empty()) host["Mounts"] = to_array(spec.mounts, spec.volumes);
  return host;
}

}  // namespace

std::string to_json(ContainerSpec const& spec) {
  json::object body;
  body["Image"] = spec.image;
  // Left out means "as in the image"; an empty list would mean it too, but not in every engine.
  if (!spec.entrypoint.empty()) body["Entrypoint"] = to_array(spec.entrypoint);
  if (!spec.command.empty()) body["Cmd"] = to_array(spec.command);
  if (!spec.environment.empty()) body["Env"] = to_array(spec.environment);
  if (!spec.user.empty()) body["User"] = spec.user;
  json::object labels;
  for (auto const& [name, value] : spec.labels) labels[name] = value;
  body["Labels"] = std::move(labels);
  body["Tty"] = false;  // so that log frames say which stream they came from
  body["OpenStdin"] = false;
  // Beside mode "none": dockerd then skips its network library, half of a start's time. The kernel gives the container
  // a loopback interface of its own either way; what is missing is the hosts file.
  if (spec.network_mode == "none") body["NetworkDisabled"] = true;
  body["StopTimeout"] = spec.stop_timeout.count();
  body["HostConfig"] = host_config(spec);
  return detail::canonical(body);
}

}  // namespace docker
