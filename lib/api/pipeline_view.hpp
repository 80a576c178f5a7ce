#pragma once

#include <optional>
#include <string>

#include "api/call.hpp"
#include "api/json.hpp"
#include "store/read_models.hpp"

namespace api {

/// Registered pipelines that the caller may see, each with its file, its newest runs and how it does; then files from
/// which nothing is registered, in state `invalid`. `only` that one, if not empty. Reader thread.
[[nodiscard]] json::array pipelines_to_json(sql::Connection& db, Principal const& who, std::string const& only);

/// The file with errors that is shown under this name; nullopt: there is none.
[[nodiscard]] std::optional<store::PipelineFile> faulty_file(sql::Connection& db, std::string const& name);

/// What only the page of one pipeline shows: its YAML, its resolved specification, its description, its view.
void add_revision(sql::Connection& db, json::object& pipeline, std::string const& name);

}  // namespace api
