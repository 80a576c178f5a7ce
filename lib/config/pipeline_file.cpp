#include "config/pipeline_file.hpp"

#include <algorithm>

#include "config/container_section.hpp"
#include "config/declarations_section.hpp"
#include "config/map_reader.hpp"
#include "config/signals_section.hpp"
#include "config/watch_section.hpp"
#include "domain/reserved.hpp"
#include "domain/template.hpp"

namespace config {
namespace {

bool is_pipeline_name(std::string_view name) {
  auto const fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 63 && name[0] >= 'a' && name[0] <= 'z' && std::ranges::all_of(name, fits);
}

class PipelineReader {
 public:
  PipelineReader(Reader const& reader, Node const& root, Places& places)
      : reader_(reader), top_(reader, root, ""), places_(places) {}

  domain::PipelineSpec read() {
    read_version();
    read_name();
    read_description();
    // Parameters first: templates may name them wherever they stand in the file.
    if (auto const* node = top_.take("params")) spec_.params = read_params(reader_, *node);
    if (auto const* node = top_.take("outputs")) spec_.outputs = read_outputs(reader_, *node);
    if (auto const* node = top_.take("artifacts")) spec_.artifacts = read_artifacts(reader_, *node);
    if (auto const* node =
            top_.require("watch", "say where the data lands: watch: {path: /srv/data/sensors, existing: skip}"))
      spec_.watch = read_watch(reader_, *node, places_);
    read_container(reader_, top_, domain::template_names(spec_.params), places_, spec_);
    if (auto const* node = top_.take("expect")) spec_.expect = read_expect(reader_, *node);
    if (auto const* node = top_.take("notify")) spec_.notify = read_notify(reader_, *node, places_);
    refuse_the_rest();
    return std::move(spec_);
  }

 private:
  void read_version() {
    auto const* node = top_.require("version", "write version: 1 at the top");
    if (node == nullptr) return;
    if (node->kind != Node::Kind::scalar || node->text != "1" || !node->plain)
      reader_.mismatch(*node, "1, the only version there is");
  }

  void read_name() {
    auto const* node = top_.require("name", "give the pipeline a name: name: sensor-qc");
    auto name = node == nullptr ? std::nullopt : reader_.text(*node);
    if (!name) return;
    if (!is_pipeline_name(*name)) {
      reader_.source().error(node->span, describe(*node) + " is not a pipeline's name",
                             "small letters, digits and '-', a letter first, at most 63");
      return;
    }
    if (name->ends_with(domain::reserved_pipeline_suffix))
      reader_.source().error(node->span, "a name may not end in '-history'",
                             "its results would have the view of another pipeline's history");
    spec_.name = std::move(*name);
  }

  void read_description() {
    for (auto const& [key, field] : {std::pair{"title", &domain::PipelineSpec::title},
                                     std::pair{"description", &domain::PipelineSpec::description},
                                     std::pair{"owner", &domain::PipelineSpec::owner}})
      if (auto const* node = top_.take(key))
        if (auto text = reader_.text(*node)) spec_.*field = std::move(*text);
    if (auto const* node = top_.take("tags")) spec_.tags = reader_.texts(*node, Reader::ListForm::list);
    if (auto const* node = top_.take("enabled"))
      if (auto const flag = reader_.boolean(*node)) spec_.enabled = *flag;
  }

  void refuse_the_rest() {
    top_.not_built_yet({"batch", "after", "schedule", "hosts"});
    top_.advise("on", "'on' is not a key here: YAML 1.1 readers take it for true", "write 'watch'");
    top_.advise("concurrency", "unknown key 'concurrency'", "did you mean 'max_running'?");
    top_.advise("services", "this is not a compose file", "one file is one pipeline: put its keys at the top");
    top_.finish(true);
  }

  Reader const& reader_;
  MapReader top_;
  Places& places_;
  domain::PipelineSpec spec_;
};

}  // namespace

PipelineFile load_pipeline(std::string_view text, std::string_view file) {
  PipelineFile loaded{{}, {}, {}, SourceText(text, file), {}};
  auto& source = loaded.source;
  auto const root = parse_document(source);
  if (root == nullptr || root->kind == Node::Kind::null) {
    if (source.clean()) source.file_error("the file is empty", "it needs at least version, name, image and watch");
  } else if (Reader const reader(source); reader.expect(*root, Node::Kind::map, "a map of a pipeline's keys")) {
    auto spec = PipelineReader(reader, *root, loaded.places).read();
    loaded.name = spec.name;
    if (source.clean()) loaded.spec = std::move(spec);
  }
  loaded.diagnostics = source.diagnostics();
  return loaded;
}

PipelineFile load_pipeline(std::string_view text, std::string_view file, Policy const& policy) {
  auto loaded = load_pipeline(text, file);
  if (!loaded.spec) return loaded;
  // Where there is but one connection it need not be named; the specification names it all the same, so that a second
  // one changes nothing for those that are registered.
  for (auto& watch : loaded.spec->watch)
    if (watch.s3 && watch.s3->connection.empty() && policy.connections && policy.connections->size() == 1)
      watch.s3->connection = policy.connections->front();
  refuse(loaded, check_policy(*loaded.spec, policy));
  return loaded;
}

void refuse(PipelineFile& file, std::vector<PolicyViolation> const& violations) {
  for (auto const& violation : violations) {
    auto const place = file.places.find(violation.where);
    if (place != file.places.end())
      file.source.error(place->second, violation.message, violation.hint);
    else
      file.source.file_error(violation.message, violation.hint);
  }
  if (!file.source.clean()) file.spec.reset();
  file.diagnostics = file.source.diagnostics();
}

}  // namespace config
