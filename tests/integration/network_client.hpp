#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <utility>
#include <vector>

namespace integration {

/// One request over TCP with exactly the headers that a test names, and its answer.
struct NetworkAnswer {
  NetworkAnswer() = default;
  int status = 0;
  std::string head, text;
  boost::json::value body;

  /// The value of a header, as sent; empty: there is none.
  [[nodiscard]] std::string header(std::string const& name) const {
    auto const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    auto const from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

class NetworkClient {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit NetworkClient(std::uint16_t port, std::string from = "127.0.0.1") : port_(port), from_(std::move(from)) {}

  [[nodiscard]] boost::asio::awaitable<NetworkAnswer> ask(std::string method, std::string target, Fields fields = {},
                                                          std::string body = {}) {
    bool has_host = false;
    std::string text = method + " " + target + " HTTP/1.1\r\nConnection: close\r\n";
    for (auto const& [name, value] : fields) {
      text += name + ": " + value + "\r\n";
      has_host = has_host || name == "Host";
    }
    if (!has_host) text += "Host: 127.0.0.1:" + std::to_string(port_) + "\r\n";
    if (!body.empty() || method != "GET") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n" + body;
    auto const raw = co_await exchange(std::move(text));
    NetworkAnswer answer;
    auto const end = raw.find("\r\n\r\n");
    if (raw.size() < 12 || end == std::string::npos) co_return answer;
    answer.status = std::stoi(raw.substr(9, 3));
    answer.head = raw.substr(0, end + 2);
    answer.text = raw.substr(end + 4);
    boost::system::error_code error;
    answer.body = boost::json::parse(answer.text, error);
    co_return answer;
  }

  /// A JSON write.
  [[nodiscard]] boost::asio::awaitable<NetworkAnswer> post(std::string target, std::string body, Fields fields = {}) {
    fields.emplace_back("Content-Type", "application/json");
    co_return co_await ask("POST", std::move(target), std::move(fields), std::move(body));
  }

  /// All that comes until the server closes.
  [[nodiscard]] boost::asio::awaitable<std::string> exchange(std::string bytes) {
    namespace asio = boost::asio;
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::socket socket(executor, asio::ip::tcp::endpoint(asio::ip::make_address(from_), 0));
    co_await socket.async_connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port_),
                                  asio::use_awaitable);
    (void)co_await asio::async_write(socket, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    std::string answer;
    (void)co_await asio::async_read(socket, asio::dynamic_buffer(answer), asio::as_tuple(asio::use_awaitable));
    co_return answer;
  }

 private:
  std::uint16_t port_;
  std::string from_;
};

}  // namespace integration
