#include "domain/template.hpp"

#include <gtest/gtest.h>

#include "core/result.hpp"

namespace {

using domain::Template;
using domain::TemplateValues;

std::vector<std::string> names() {
  domain::ParamSpec threshold;
  threshold.name = "threshold";
  return domain::template_names({threshold});
}

std::string expanded(std::string_view text, TemplateValues const& values) {
  return Template::compile(text, names()).value().expand(values);
}

std::vector<domain::TemplateError> errors(std::string_view text) {
  auto const compiled = Template::compile(text, names());
  return compiled ? std::vector<domain::TemplateError>() : compiled.error();
}

TEST(Template, puts_values_in) {
  EXPECT_EQ(
      expanded("--in=${input.path}, t=${params.threshold}", {{"input.path", "/in/a.csv"}, {"params.threshold", "2.5"}}),
      "--in=/in/a.csv, t=2.5");
}

TEST(Template, leaves_every_other_dollar_alone) {
  EXPECT_EQ(expanded("$HOME $1 $ a$", {}), "$HOME $1 $ a$");
  EXPECT_EQ(expanded("$$ $${input.path} $$$", {}), "$ ${input.path} $$");
}

TEST(Template, never_looks_at_what_it_put_in) {
  EXPECT_EQ(expanded("${input.name}", {{"input.name", "${run.id}$$(rm -rf /)"}}), "${run.id}$$(rm -rf /)");
}

TEST(Template, carries_bytes_that_are_not_utf8) {
  std::string const name = "caf\xe9\n\xff.csv";
  EXPECT_EQ(expanded("<${input.key}>", {{"input.key", name}}), "<" + name + ">");
}

TEST(Template, says_which_name_was_meant_and_where) {
  auto const found = errors("--t ${param.threshold}");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].offset, 4U);
  EXPECT_EQ(found[0].length, std::string("${param.threshold}").size());
  EXPECT_EQ(found[0].message, "'${param.threshold}' names nothing");
  EXPECT_EQ(found[0].hint, "did you mean 'params.threshold'?");
}

TEST(Template, lists_the_names_when_none_is_near) {
  auto const found = errors("${HOSTNAME}");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].hint.find("input.path"), std::string::npos);
  EXPECT_NE(found[0].hint.find("params.threshold"), std::string::npos);
}

TEST(Template, reports_all_errors_at_once) {
  EXPECT_EQ(errors("${a} ${b} ${input.path} ${}").size(), 3U);
}

TEST(Template, reports_an_unclosed_brace) {
  auto const found = errors("x${input.path");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].offset, 1U);
}

TEST(Template, refuses_mustaches_but_not_json) {
  EXPECT_EQ(errors("{{ input.path }}").size(), 1U);
  EXPECT_TRUE(errors(R"({"a": {"b": {}}})").empty());
  EXPECT_TRUE(errors("{{}}").empty());
}

TEST(Template, knows_what_it_uses) {
  auto const compiled = Template::compile("${input.sha256}", names()).value();
  EXPECT_TRUE(compiled.uses("input.sha256"));
  EXPECT_FALSE(compiled.uses("input.path"));
}

TEST(Template, a_forgotten_value_is_a_bug_that_is_heard) {
  EXPECT_THROW((void)expanded("${run.id}", {}), core::Failure);
}

TEST(Template, value_of_a_bad_text_throws_with_its_message) {
  try {
    (void)Template::compile("${nope}", names()).value();
    FAIL() << "it compiled";
  } catch (core::Failure const& failure) {
    EXPECT_NE(std::string(failure.what()).find("names nothing"), std::string::npos);
  }
}

}  // namespace
