#include "s3/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <random>

namespace s3 {
namespace {

using core::Errc;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = EventNotice::Kind;

std::string record(std::string const& key, std::string const& source = "aws:s3") {
  return R"({"eventSource":")" + source +
         R"(","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"lab"},"object":{"key":")" + key + R"("}}})";
}
std::string records(std::string const& list) {
  return R"({"Records":[)" + list + "]}";
}
std::string enveloped(std::string const& message) {
  boost::json::object envelope{{"Type", "Notification"}, {"TopicArn", "arn:t"}, {"Message", message}};
  return boost::json::serialize(envelope);
}
std::vector<std::string> objects_of(std::string const& body) {
  auto const notice = parse_event(body);
  if (!notice) return {"error: " + notice.error().message()};
  std::vector<std::string> objects;
  for (auto const& object : notice->objects) objects.push_back(object.bucket + "|" + object.key);
  return objects;
}
core::Error error_of(std::string const& body) {
  auto const notice = parse_event(body);
  return notice ? core::Error{} : notice.error();
}

TEST(S3Event, keys_of_records_are_form_decoded) {
  EXPECT_THAT(objects_of(records(record("in/a+b%2Bc%C3%A9.csv"))), ElementsAre("lab|in/a b+c\xC3\xA9.csv"));
  EXPECT_THAT(objects_of(records(record("50%25+off%"))), ElementsAre("lab|50% off%"));
  EXPECT_THAT(objects_of(records(record("a%00b") + "," + record("c", "minio:s3"))),
              ElementsAre(std::string("lab|a\0b", 7), "lab|c"));
}

TEST(S3Event, a_key_of_ceph_that_could_mean_two_is_both) {
  EXPECT_THAT(objects_of(records(record("a+b", "ceph:s3"))), ElementsAre("lab|a+b", "lab|a b"));
  EXPECT_THAT(objects_of(records(record("plain", "ceph:s3"))), ElementsAre("lab|plain"));
}

TEST(S3Event, removals_and_unknown_events_are_hints_as_well) {
  auto const body =
      R"({"Records":[{"eventName":"ObjectRemoved:DeleteMarkerCreated","s3":{"bucket":{"name":"b"},"object":
    {"key":"gone"}}},{"eventName":"Something:New","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}]})";
  EXPECT_THAT(objects_of(body), ElementsAre("b|gone", "b|k"));
}

TEST(S3Event, event_bridge_does_not_encode_keys) {
  auto const body = R"({"version":"0","detail-type":"Object Created","source":"aws.s3",
    "detail":{"bucket":{"name":"lab"},"object":{"key":"a+b%2B c"}}})";
  EXPECT_THAT(objects_of(body), ElementsAre("lab|a+b%2B c"));
  EXPECT_THAT(objects_of(enveloped(body)), ElementsAre("lab|a+b%2B c"));
}

TEST(S3Event, an_sns_envelope_is_opened_once) {
  auto const inner = records(record("k"));
  EXPECT_THAT(objects_of(enveloped(inner)), ElementsAre("lab|k"));
  EXPECT_EQ(error_of(enveloped(enveloped(inner))).code, Errc::invalid);
  EXPECT_THAT(error_of(enveloped("not json")).message(), HasSubstr("`Message` is not JSON"));
}

TEST(S3Event, minio_sends_records_and_a_path_of_its_own) {
  EXPECT_THAT(objects_of(R"({"EventName":"s3:ObjectCreated:Put","Key":"lab/a+b","Records":[)" +
                         record("a%2Bb", "minio:s3") + "]}"),
              ElementsAre("lab|a+b"));
  EXPECT_THAT(objects_of(R"({"EventName":"s3:ObjectCreated:Put","Key":"lab/in/a+b"})"), ElementsAre("lab|in/a+b"));
  EXPECT_EQ(error_of(R"({"EventName":"s3:ObjectCreated:Put","Key":"lab"})").code, Errc::invalid);
}

TEST(S3Event, test_events_and_subscriptions_name_no_object) {
  auto const test = R"({"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"lab"})";
  EXPECT_EQ(parse_event(test)->kind, Kind::test);
  EXPECT_EQ(parse_event(enveloped(test))->kind, Kind::test);
  auto const asked =
      parse_event(R"({"Type":"SubscriptionConfirmation","TopicArn":"arn:t","SubscribeURL":"https://sns.x/?Token=1"})");
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->kind, Kind::subscription);
  EXPECT_EQ(asked->topic + asked->url, "arn:thttps://sns.x/?Token=1");
  EXPECT_THAT(asked->objects, IsEmpty());
  EXPECT_THAT(objects_of(records("")), IsEmpty()) << "no record is no error";
}

TEST(S3Event, what_is_no_event_is_refused_with_what_is_wrong) {
  for (auto const* const body :
       {"", "nothing", "[]", "1", "{}", R"({"Records":1})", R"({"Records":[1,null,{}]})", R"({"Type":"Other"})",
        R"({"detail":{}})", R"({"detail":{"bucket":{"name":"b"},"object":{"key":7}}})", "{\"Records\":[", "\xFF"}) {
    auto const error = error_of(body);
    EXPECT_EQ(error.code, Errc::invalid) << body;
    EXPECT_THAT(error.operation, Not(IsEmpty()));
    EXPECT_THAT(error.hint, HasSubstr("operations.md"));
  }
}

TEST(S3Event, one_bad_record_does_not_spoil_the_others) {
  auto const notice = parse_event(records(record("") + ",{}," + record("good") + "," + record(std::string(1025, 'x'))));
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->unreadable, 3);
  ASSERT_EQ(notice->objects.size(), 1U);
  EXPECT_EQ(notice->objects[0].key, "good");
  EXPECT_THAT(objects_of(records(record(std::string(1024, 'x')))), testing::SizeIs(1));
}

TEST(S3Event, it_is_bounded) {
  std::string many = record("k");
  for (int i = 0; i < 10'000; ++i) many += ",{}";
  EXPECT_EQ(error_of(records(many)).code, Errc::too_large);
  EXPECT_EQ(error_of(std::string(500'000, '[')).code, Errc::invalid);
  std::string deep = "1";
  for (int i = 0; i < 100; ++i) deep = R"({"detail":)" + deep + "}";
  EXPECT_EQ(error_of(deep).code, Errc::invalid);
}

/// Whatever is sent: an answer within the bounds, and no memory fault (AddressSanitizer looks on).
TEST(S3Event, mutated_events_are_answered) {
  std::vector<std::string> const seeds{records(record("in/a+b%2B") + "," + record("k", "ceph:s3")),
                                       enveloped(records(record("k"))), R"({"EventName":"x","Key":"lab/in/a+b"})",
                                       R"({"detail":{"bucket":{"name":"lab"},"object":{"key":"a"}}})"};
  std::minstd_rand random(4711);
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto body = seeds[random() % seeds.size()];
    for (auto changes = random() % 4; changes > 0; --changes) {
      auto const at = random() % body.size();
      switch (random() % 3) {
        case 0:
          body[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          body.erase(at, random() % 8);
          break;
        default:
          body.insert(at, body.substr(random() % body.size(), random() % 16));
      }
      if (body.empty()) break;
    }
    auto const notice = parse_event(body);
    if (!notice) continue;
    ++taken;
    for (auto const& object : notice->objects) {
      ASSERT_FALSE(object.bucket.empty() || object.key.empty()) << body;
      ASSERT_LE(object.key.size(), 1024U);
    }
  }
  EXPECT_GT(taken, 1000) << "the seeds must be understood";
}

}  // namespace
}  // namespace s3
