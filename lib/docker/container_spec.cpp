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
json::array to_array(std::vector<BindMount> const& mounts) {
  json::array array;
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

json::object host_config(ContainerSpec const& spec) {
  json::object host;
  host["AutoRemove"] = false;  // a crash of the engine would take the result with it
  host["CapDrop"].emplace_array().emplace_back("ALL");
  host["CapAdd"].emplace_array().emplace_back("DAC_OVERRIDE");
  host["SecurityOpt"].emplace_array().emplace_back("no-new-privileges:true");
  host["RestartPolicy"].emplace_object()["Name"] = "no";
  host["LogConfig"].emplace_object()["Type"] = "local";  // json-file spoils bytes that are not UTF-8
  host["Init"] = false;                                  // the engine's default may be true, and PID 1 is ours
  host["NetworkMode"] = spec.network_mode;
  if (spec.memory > 0) host["Memory"] = spec.memory;
  if (spec.memory > 0) host["MemorySwap"] = spec.memory;
  if (spec.nano_cpus > 0) host["NanoCpus"] = spec.nano_cpus;
  if (spec.pids_limit > 0) host["PidsLimit"] = spec.pids_limit;
  if (!spec.group_add.empty()) host["GroupAdd"] = to_array(spec.group_add);
  if (!spec.mounts.empty()) host["Mounts"] = to_array(spec.mounts);
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
