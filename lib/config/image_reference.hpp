#pragma once

#include <string>
#include <string_view>

namespace config {

/// Empty if `image` is a reference that Docker takes (distribution/reference: [host[:port]/]path[:tag][@digest]); else
/// what is wrong with it.
[[nodiscard]] std::string image_complaint(std::string_view image);

/// The reference with the parts that Docker adds: "debian" -> "docker.io/library/debian:latest". `image` has to be
/// right.
[[nodiscard]] std::string full_image(std::string_view image);

}  // namespace config
