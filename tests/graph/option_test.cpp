// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/graph/node.h>

#include "run_node.h"

namespace tarsier {
namespace {

struct Holder final : Node {
    Option<bool> flag{this, "flag", false, "a switch"};
    Option<int> level{this, "level", 128, "grey levels", within(0, 255)};
    Option<float> share{this, "share", 0.1f, "part of the whole", within(0, 1)};
    Option<double> any{this, "any", 1.5, "any number"};
    Option<std::string> effect{this, "effect", "blur", "what to do", one_of({"blur", "color"})};
    Option<std::string> ink{this, "ink", "#000000", "colour", a_color()};
    Option<Duration> wait{this, "wait", Duration{kSecond}, "how long", within(0.1, 60)};
    Status process() override { return Ok{}; }
};

TEST(Option, KeepsItsValueUntilTheStagedOneIsApplied) {
    Holder holder;
    ASSERT_TRUE(holder.level.set(std::int64_t{7}));
    EXPECT_EQ(*holder.level, 128);
    holder.level.apply();
    EXPECT_EQ(*holder.level, 7);
    EXPECT_EQ(holder.level.value(), OptionValue(std::int64_t{7}));
    EXPECT_EQ(holder.level.initial(), OptionValue(std::int64_t{128}));
}

TEST(Option, NamesItselfTheValueAndTheRange) {
    Holder holder;
    const Status status = holder.level.set(std::int64_t{300});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Code::Invalid);
    EXPECT_EQ(status.error().message, "option 'level' = 300, expected an integer 0..255");
    EXPECT_EQ(holder.wait.set("2h").error().message,
              "option 'wait' = 2h, expected a duration such as 250ms or 10s, 100ms..1min");
}

TEST(Option, TakesBothEndsOfItsRange) {
    Holder holder;
    EXPECT_TRUE(holder.level.set(std::int64_t{0}));
    EXPECT_TRUE(holder.level.set(std::int64_t{255}));
    EXPECT_FALSE(holder.level.set(std::int64_t{-1}));
    EXPECT_FALSE(holder.level.set(std::int64_t{256}));
    EXPECT_FALSE(holder.level.set(std::int64_t{1} << 40));
}

TEST(Option, RefusesAValueOfAnotherType) {
    Holder holder;
    EXPECT_ERROR(holder.level.set(1.5), Code::Invalid, "an integer");
    EXPECT_ERROR(holder.level.set("7"), Code::Invalid, "an integer");
    EXPECT_ERROR(holder.flag.set(std::int64_t{1}), Code::Invalid, "true or false");
    EXPECT_ERROR(holder.effect.set(true), Code::Invalid, "one of blur, color");
    EXPECT_ERROR(holder.wait.set(std::int64_t{10}), Code::Invalid, "a duration");
    EXPECT_TRUE(holder.share.set(std::int64_t{1}));
}

TEST(Option, RefusesNumbersThatAreNone) {
    Holder holder;
    EXPECT_FALSE(holder.any.set(std::numeric_limits<double>::quiet_NaN()));
    EXPECT_FALSE(holder.any.set(std::numeric_limits<double>::infinity()));
    EXPECT_TRUE(holder.any.set(-1e300));
}

TEST(Option, SuggestsTheNearestChoice) {
    Holder holder;
    const Status status = holder.effect.set("blurr");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().hint, "did you mean 'blur'?");
}

TEST(Option, KnowsColours) {
    Holder holder;
    EXPECT_TRUE(holder.ink.set("#00ff7F"));
    EXPECT_TRUE(holder.ink.set("#00ff7f80"));
    for (const char* wrong : {"", "red", "#12345", "#12345g", "#1234567", "112233"})
        EXPECT_FALSE(holder.ink.set(wrong)) << wrong;
}

TEST(Option, ShowsAFloatAsItWasWritten) { EXPECT_EQ(Holder().share.initial(), OptionValue(0.1)); }

TEST(Duration, IsReadWithEveryUnit) {
    EXPECT_EQ(parse_duration("7ns")->ns, 7);
    EXPECT_EQ(parse_duration("3us")->ns, 3 * kMicrosecond);
    EXPECT_EQ(parse_duration("250ms")->ns, 250 * kMillisecond);
    EXPECT_EQ(parse_duration("10s")->ns, 10 * kSecond);
    EXPECT_EQ(parse_duration("1.5min")->ns, 90 * kSecond);
    EXPECT_EQ(parse_duration("2h")->ns, 7200 * kSecond);
}

TEST(Duration, IsRefusedWithoutUnitOrNumber) {
    for (const char* wrong :
         {"", "10", "s", "-1s", "1 s", "10sec", "1e3s", "nans", "1..5s", "1e400h"})
        EXPECT_FALSE(parse_duration(wrong)) << wrong;
    EXPECT_FALSE(parse_duration("99999999999h"));
}

TEST(Duration, IsWrittenInTheLargestUnitWithoutAFraction) {
    for (const char* text : {"0s", "250ms", "10s", "90s", "2min", "2h", "7ns", "1500us"})
        EXPECT_EQ(format_duration(*parse_duration(text)), text);
    EXPECT_EQ(format_duration({3600 * kSecond}), "1h");
}

}  // namespace
}  // namespace tarsier
