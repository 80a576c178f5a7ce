#include "orchestrator/webhook_signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

/// The vector of Standard Webhooks' own libraries (github.com/standard-webhooks/standard-webhooks, libraries/*/test).
TEST(WebhookSignature, is_that_of_standard_webhooks) {
  auto const key = webhook_key(s3::Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  ASSERT_TRUE(key);
  EXPECT_EQ(webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, covers_id_time_and_body) {
  auto const key = *webhook_key(s3::Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
  auto const signature = webhook_signature(key, "a", "1", "x");
  EXPECT_NE(signature, webhook_signature(key, "b", "1", "x"));
  EXPECT_NE(signature, webhook_signature(key, "a", "2", "x"));
  EXPECT_NE(signature, webhook_signature(key, "a", "1", "y"));
}

TEST(WebhookSignature, a_bad_secret_is_refused_and_not_shown) {
  for (auto const* const text : {"", "hunter2hunter2hunter2hunter2", "whsec_", "whsec_hunter2",
                                 "whsec_aHVudGVyMg==", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    auto const key = webhook_key(s3::Secret(text));
    ASSERT_FALSE(key) << text;
    EXPECT_THAT(key.error().message(), testing::Not(testing::HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace orchestrator
