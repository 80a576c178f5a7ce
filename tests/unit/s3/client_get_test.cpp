#include "unit/s3/fixture.hpp"

namespace s3_test {

using s3::ByteRange;
using s3::GetOptions;
using s3::ObjectInfo;

class S3ClientGet : public S3Test {
 protected:
  Result<ObjectInfo> get(s3::Client& client, GetOptions options = GetOptions()) {
    return run([&]() -> awaitable<Result<ObjectInfo>> {
      http::BodySink sink = [this](std::string_view piece) -> awaitable<Result<void>> {
        received += piece;
        if (received.size() > sink_takes) co_return core::Error{Errc::no_space, "write: full", "/out", ""};
        co_return Result<void>();
      };
      co_return co_await client.get("k", options, std::move(sink));
    });
  }

  /// Keeps to Range and If-Match, and breaks the connection after `cut` bytes of the first `cuts` answers.
  Answer object(std::string body, std::string etag, std::size_t cut = 0, std::size_t cuts = 0) {
    return [=, this](RequestContext const& request) {
      std::size_t first = 0;
      auto const range = request.headers.find("range");
      if (range) first = std::stoul(std::string(range->substr(6)));
      auto const match = request.headers.find("if-match");
      if (match && *match != "\"" + etag + "\"") return error_reply(412, "PreconditionFailed");
      auto const rest = body.substr(first);
      bool const breaks = seen.size() <= cuts;
      auto producer = [rest = breaks ? rest.substr(0, cut) : rest](http::BodyWriter& writer) -> awaitable<void> {
        (void)co_await writer.write(rest);
      };
      auto reply = Reply::stream(range ? 206 : 200, "application/octet-stream", std::move(producer));
      reply.headers.set("Content-Length", std::to_string(rest.size()));
      reply.headers.set("ETag", "\"" + etag + "\"");
      if (range)
        reply.headers.set("Content-Range", "bytes " + std::to_string(first) + "-" + std::to_string(body.size() - 1) +
                                               "/" + std::to_string(body.size()));
      return reply;
    };
  }

  std::string received;
  std::size_t sink_takes = std::string::npos;
};

TEST_F(S3ClientGet, gives_every_byte_once) {
  std::string const body(300000, 'x');
  answers({object(body + "y", "e")});
  auto const client = make_client();
  auto const info = get(*client);
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_EQ(received, body + "y");
  EXPECT_EQ(info->size, 300001);
  EXPECT_EQ(client->usage().bytes, 300001U);
  EXPECT_EQ(client->usage().gets, 1U);
}

TEST_F(S3ClientGet, gives_an_empty_object) {
  answers({object("", "e")});
  auto const client = make_client();
  EXPECT_EQ(get(*client)->size, 0);
}

TEST_F(S3ClientGet, goes_on_where_the_connection_broke) {
  answers({object("0123456789", "e", 4, 2)});
  auto const client = make_client();
  auto const info = get(*client);
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_EQ(received, "0123456789");
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[1].headers.find("range"), "bytes=4-");
  EXPECT_EQ(seen[1].headers.find("if-match"), "\"e\"") << "the same version or none";
  EXPECT_EQ(seen[2].headers.find("range"), "bytes=8-");
}

TEST_F(S3ClientGet, joins_no_two_versions) {
  answers({object("0123456789", "old", 4, 1), object("abcdefghij", "new")});
  auto const client = make_client();
  auto const info = get(*client);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Errc::conflict);
  EXPECT_EQ(received, "0123");
}

TEST_F(S3ClientGet, asks_for_a_part) {
  Reply part = object_reply("234", "e");
  part.status = 206;
  part.headers.set("Content-Range", "bytes 2-4/10");
  answer_with(part);
  auto const client = make_client();
  GetOptions options;
  options.range = ByteRange{2, 4};
  options.version_id = "v";
  auto const info = get(*client, options);
  ASSERT_TRUE(info) << info.error().message();
  EXPECT_EQ(received, "234");
  EXPECT_EQ(info->size, 10);
  EXPECT_EQ(seen[0].headers.find("range"), "bytes=2-4");
  EXPECT_EQ(seen[0].target, "/data/k?versionId=v");
}

TEST_F(S3ClientGet, takes_no_other_part_than_it_asked_for) {
  GetOptions options;
  options.range = ByteRange{2, 4};
  auto const client = make_client();
  answer_with(object_reply("0123456789", "e"));
  EXPECT_EQ(get(*client, options).error().code, Errc::protocol) << "Range ignored";
  Reply part = object_reply("345", "e");
  part.status = 206;
  part.headers.set("Content-Range", "bytes 3-5/10");
  answer_with(part);
  EXPECT_EQ(get(*client, options).error().code, Errc::protocol);
  EXPECT_EQ(received, "");
}

TEST_F(S3ClientGet, takes_no_other_version_than_it_asked_for) {
  auto const client = make_client();
  answer_with(object_reply("0123456789", "new"));  // a server that ignores If-Match
  GetOptions by_etag;
  by_etag.if_match = "old";
  EXPECT_EQ(get(*client, by_etag).error().code, Errc::conflict);
  EXPECT_EQ(seen.back().headers.find("if-match"), "\"old\"");
  GetOptions by_size;
  by_size.expected_size = 9;
  EXPECT_EQ(get(*client, by_size).error().code, Errc::conflict);
  GetOptions by_version;
  by_version.version_id = "v1";
  auto other = object_reply("0123456789", "e");
  other.headers.set("x-amz-version-id", "v2");
  answer_with(other);
  EXPECT_EQ(get(*client, by_version).error().code, Errc::conflict);
  EXPECT_EQ(received, "") << "told before the first byte";
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(S3ClientGet, small_objects_share_a_connection) {
  auto const client = make_client();
  GetOptions options;
  options.expected_size = 10;
  std::string remote;
  answers({[&](RequestContext const& request) {
    remote += request.remote + " ";
    return object_reply("0123456789", "e");
  }});
  ASSERT_TRUE(get(*client, options));
  ASSERT_TRUE(get(*client, options));
  EXPECT_EQ(received, "01234567890123456789");
  auto const half = remote.size() / 2;
  EXPECT_EQ(remote.substr(0, half), remote.substr(half)) << "the same port";
  EXPECT_EQ(client->usage().bytes, 20U);
  sink_takes = 25;
  EXPECT_EQ(get(*client, options).error().code, Errc::no_space) << "the sink's own error";
}

TEST_F(S3ClientGet, small_objects_are_checked_as_large_ones_are) {
  auto const client = make_client();
  GetOptions options;
  options.expected_size = 4;
  answer_with(object_reply("0123456789", "e"));
  EXPECT_EQ(get(*client, options).error().code, Errc::conflict);
  answer_with(error_reply(404, "NoSuchKey"));
  EXPECT_EQ(get(*client, options).error().code, Errc::not_found);
  EXPECT_EQ(received, "");
}

TEST_F(S3ClientGet, ends_with_the_sinks_own_error) {
  answers({object("0123456789", "e")});
  sink_takes = 3;
  auto const client = make_client();
  EXPECT_EQ(get(*client).error().code, Errc::no_space);
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(S3ClientGet, says_which_is_missing) {
  auto const client = make_client();
  answer_with(error_reply(404, "NoSuchKey"));
  EXPECT_EQ(get(*client).error().code, Errc::not_found);
  answer_with(error_reply(404, "NoSuchVersion"));
  EXPECT_EQ(get(*client).error().code, Errc::not_found);
  answer_with(error_reply(404, "NoSuchBucket"));
  EXPECT_EQ(get(*client).error().code, Errc::invalid);
}

TEST_F(S3ClientGet, gives_up_where_nothing_moves) {
  answers({object("0123456789", "e", 0, 100)});
  auto const client = make_client();
  EXPECT_EQ(get(*client).error().code, Errc::unavailable);
  EXPECT_EQ(seen.size(), 3U);
}

}  // namespace s3_test
