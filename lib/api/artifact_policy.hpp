#pragma once

#include <string>
#include <string_view>

#include "http/headers.hpp"

namespace api {

/// What a browser may do with an artifact of this media type. Analysis output is hostile until proven otherwise:
/// documents get an origin of their own and reach nothing but their own folder (CSP 3, research: a report that could
/// reach the host could call the API). On the answer, not on the frame, so a link in a new tab is as safe.
/// `host`: of the request, "example.org:7420"; `folder`: the path below which the report's own files lie, with a slash
/// at its end. `scripts`: false leaves them out altogether. Pure.
void set_artifact_policy(http::Headers& headers, std::string_view media_type, std::string_view host,
                         std::string_view folder, bool scripts = true);

/// Whether a browser runs or renders it as a document: HTML, SVG, XML.
[[nodiscard]] bool is_document(std::string_view media_type) noexcept;

/// "attachment; filename*=UTF-8''a%20b.csv" (RFC 6266) for what is no safe thing to show, else "inline; ...".
[[nodiscard]] std::string content_disposition(std::string_view media_type, std::string_view name, bool download);

}  // namespace api
