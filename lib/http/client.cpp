#include "http/client.hpp"

#include <algorithm>

#include "http/detail/client_connection.hpp"

namespace http {

using core::Errc;
using core::Error;
using Clock = std::chrono::steady_clock;

namespace {

/// A blank or a control character in method or target would end the request line early.
bool is_sendable(Request const& request) {
  auto const is_plain = [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; };
  return !request.method.empty() && request.target.starts_with('/') && std::ranges::all_of(request.method, is_plain) &&
         std::ranges::all_of(request.target, is_plain);
}

Error unsendable(Request const& request) {
  return Error{Errc::invalid, "the request target is not percent-encoded", request.method + " " + request.target, ""};
}

}  // namespace

Client::Client(Endpoint endpoint, Limits limits, std::optional<TlsTrust> trust)
    : endpoint_(std::move(endpoint)), limits_(limits), trust_(std::move(trust)) {
  if (endpoint_.is_tls() && !trust_) trust_ = TlsTrust::system();
}
Client::Client(Endpoint endpoint, Limits limits, TlsFiles files)
    : endpoint_(std::move(endpoint)), limits_(limits), files_(std::move(files)) {}
Client::~Client() = default;

Client::Connection Client::take_idle() {
  while (!idle_.empty()) {
    Idle candidate = std::move(idle_.back());
    idle_.pop_back();
    if (!candidate.connection->is_quiet()) {
      ++losses_;
      continue;
    }
    if (Clock::now() - candidate.since < limits_.idle_time) return std::move(candidate.connection);
  }
  return nullptr;
}

void Client::keep(Connection connection) {
  if (!connection->is_reusable() || idle_.size() >= limits_.idle_connections) return;
  idle_.push_back(Idle{std::move(connection), Clock::now()});
}

awaitable<Result<Client::Connection>> Client::connect(core::Steady deadline) {
  if (files_) {
    auto read = files_->trust();
    if (!read) {
      ++losses_;
      core::Error const& why = read.error();
      co_return Error{Errc::unavailable, "TLS: " + why.operation + ": " + why.subject, endpoint_.to_string(), why.hint};
    }
    trust_ = std::move(*read);
  }
  auto connection =
      co_await detail::ClientConnection::open(endpoint_, trust_, std::min(deadline, Clock::now() + limits_.connect));
  if (!connection) ++losses_;
  co_return connection;
}

awaitable<Result<Response>> Client::exchange(detail::ClientConnection& connection, Request const& request,
                                             core::Steady deadline) {
  auto const patience = Patience::until(deadline);
  auto const sent = co_await connection.write(request, patience);
  if (!sent) co_return sent.error();
  auto head = co_await connection.read_head(request.method, patience);
  if (!head) co_return head.error();
  auto body = co_await connection.read_all(request.body_limit, patience);
  if (!body) co_return body.error();
  co_return Response{head->status, std::move(head->headers), std::move(*body)};
}

awaitable<Result<Response>> Client::send(Request request) {
  if (!is_sendable(request)) co_return unsendable(request);
  core::Steady const deadline = Clock::now() + request.deadline;
  Connection connection = take_idle();
  if (connection != nullptr) {
    auto answer = co_await exchange(*connection, request, deadline);
    if (answer) {
      keep(std::move(connection));
      co_return answer;
    }
    bool const stale = answer.error().code == Errc::unavailable && !connection->has_heard();
    if (answer.error().code == Errc::unavailable) ++losses_;
    if (!stale || !is_idempotent(request.method)) co_return answer;
  }
  auto fresh = co_await connect(deadline);
  if (!fresh) co_return fresh.error();
  connection = std::move(*fresh);
  auto answer = co_await exchange(*connection, request, deadline);
  if (answer) keep(std::move(connection));
  if (!answer && answer.error().code == Errc::unavailable) ++losses_;
  co_return answer;
}

awaitable<Result<ResponseStream>> Client::open(Request request, Patience patience) {
  co_return co_await begin(request, nullptr, patience);
}

awaitable<Result<ResponseStream>> Client::open(Request request, BodySource body, Patience patience) {
  co_return co_await begin(request, &body, patience);
}

awaitable<Result<ResponseStream>> Client::begin(Request const& request, BodySource const* body, Patience patience) {
  if (!is_sendable(request)) co_return unsendable(request);
  auto const first_deadline = patience.next_deadline().value_or(core::Steady::max());
  auto fresh = co_await connect(first_deadline);
  if (!fresh) co_return fresh.error();
  Connection connection = std::move(*fresh);
  auto const sent = co_await connection->write(request, patience, body);
  if (!sent) co_return sent.error();
  auto head = co_await connection->read_head(request.method, patience);
  if (!head && head.error().code == Errc::unavailable) ++losses_;
  if (!head) co_return head.error();
  co_return ResponseStream(std::move(connection), head->status, std::move(head->headers), patience);
}

}  // namespace http
