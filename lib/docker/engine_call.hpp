#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/uri.hpp"
#include "docker/engine_client.hpp"
#include "docker/errors.hpp"

namespace docker {

struct EngineClient::Call {
  Call(std::string with_operation, std::string with_subject, std::string method, std::string path)
      : operation(std::move(with_operation)),
        subject(std::move(with_subject)),
        request(std::move(method), std::move(path)) {}

  std::string operation;  ///< "create container"
  std::string subject;    ///< its name, the image
  http::Request request;  ///< target without the version
  /// Makes an error of status, body, operation and subject.
  core::Error (*to_error)(int, std::string_view, std::string_view, std::string_view) = answer_error;
};

template <class Answer>
void EngineClient::count(std::string_view operation, core::Steady began, Result<Answer> const& answer) {
  auto const took = std::chrono::steady_clock::now() - began;
  if (!answer)
    requests_.failed(operation, answer.error().code, took);
  else if constexpr (requires { answer->status(); })
    requests_.answered(operation, answer->status(), took);
  else
    requests_.answered(operation, answer->status, took);
}

/// "/containers/<id>/<what>"; an empty id would name another resource, so it becomes one that cannot exist.
[[nodiscard]] inline std::string container_path(std::string_view id, std::string_view what) {
  return "/containers/" + (id.empty() ? std::string("-") : core::percent_encode(id)) + std::string(what);
}

}  // namespace docker
