#include "s3/client.hpp"
#include "s3/detail/call.hpp"

namespace s3 {

namespace {

QueryPairs query_of(ListingQuestion const& question) {
  QueryPairs query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", std::to_string(question.max_keys)}};
  if (!question.prefix.empty()) query.emplace_back("prefix", question.prefix);
  if (!question.delimiter.empty()) query.emplace_back("delimiter", question.delimiter);
  if (!question.token.empty()) query.emplace_back("continuation-token", question.token);
  if (question.token.empty() && !question.start_after.empty()) query.emplace_back("start-after", question.start_after);
  return query;
}

}  // namespace

awaitable<Result<ListingPage>> Client::list(ListingQuestion question, Usage* bill) {
  question.bucket = settings_.bucket;
  Call call("list objects", "GET", question.prefix);
  call.is_listing = true;
  call.bill = bill;
  call.query = query_of(question);
  call.body_limit = longest_listing;
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  auto page = parse_listing(answer->body, question, plus_);
  // A page that is not believed may be one whose '+' was misread: "a+b" for "a b" stands in another place.
  bool const has_plus = page ? page->plus_seen : answer->body.find('+') != answer->body.npos;
  bool const must_ask = has_plus && plus_ == PlusMeaning::unknown && !plus_asked_;
  if (!must_ask) co_return page;
  auto const meaning = co_await ask_for_plus();
  if (!meaning) co_return meaning.error();
  co_return parse_listing(answer->body, question, plus_);
}

/// Asked once for each client; a server that does not tell is taken by the letter of RFC 3986, where '+' is a plus.
awaitable<Result<void>> Client::ask_for_plus() {
  Call call("ask how listings are encoded", "GET", "");
  call.is_listing = true;
  call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", "1"}};
  call.query.emplace_back("start-after", plus_probe);
  call.body_limit = longest_listing;
  auto const answer = co_await send(std::move(call));
  if (!answer) co_return answer.error();
  plus_ = read_plus_probe(answer->body);
  plus_asked_ = true;
  co_return Result<void>();
}

}  // namespace s3
