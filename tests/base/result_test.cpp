// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/base/result.h>

#include <memory>

namespace tarsier {
namespace {

Result<int> half(int value) {
    if (value % 2 != 0) return {Code::Invalid, "odd", "give an even number"};
    return value / 2;
}

Result<int> quarter(int value) {
    TARSIER_TRY(const int once, half(value));
    TARSIER_TRY(const int twice, half(once));
    return twice;
}

Status both(int a, int b) {
    TARSIER_CHECK(half(a));
    TARSIER_CHECK(half(b));
    return Ok{};
}

TEST(Result, CarriesTheValue) { EXPECT_EQ(*quarter(12), 3); }

TEST(Result, TryReturnsTheFirstErrorToTheCaller) {
    const Result<int> result = quarter(6);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::Invalid);
    EXPECT_EQ(result.error().hint, "give an even number");
}

TEST(Result, CheckPassesSuccessAndReturnsErrors) {
    EXPECT_TRUE(both(2, 4));
    EXPECT_FALSE(both(2, 3));
}

TEST(Result, HoldsTypesThatOnlyMove) {
    Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = *std::move(result);
    EXPECT_EQ(*taken, 7);
}

TEST(Error, PrintsPlaceMessageHintAndTheOtherErrors) {
    Error error = make_error(Code::Graph, "unknown option 'levl'", "did you mean 'level'?");
    error.where = {"a.yaml", 4, 9};
    error.node = "cut";
    error.others.push_back(make_error(Code::Graph, "second"));
    EXPECT_EQ(error.to_string(),
              "a.yaml:4:9: error: node 'cut': unknown option 'levl'\n  hint: did you mean "
              "'level'?\nerror: second");
}

TEST(SourcePos, LeavesOutWhatIsUnknown) {
    EXPECT_EQ((SourcePos{"f", 3, 0}).to_string(), "f:3");
    EXPECT_EQ((SourcePos{"f", 0, 5}).to_string(), "f");
}

TEST(Code, MapsToTheDocumentedExitCodes) {
    EXPECT_EQ(exit_code(Code::Usage), 2);
    EXPECT_EQ(exit_code(Code::Graph), 78);
    EXPECT_EQ(exit_code(Code::BadData), 65);
    EXPECT_EQ(exit_code(Code::Unsupported), 65);
    EXPECT_EQ(exit_code(Code::NotFound), 66);
    EXPECT_EQ(exit_code(Code::Unavailable), 69);
    EXPECT_EQ(exit_code(Code::Permission), 77);
    EXPECT_EQ(exit_code(Code::Io), 1);
    EXPECT_EQ(code_name(Code::Internal), "internal");
    EXPECT_EQ(code_name(Code::NotFound), "not_found");
}

}  // namespace
}  // namespace tarsier
