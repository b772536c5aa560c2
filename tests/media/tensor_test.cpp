// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <tarsier/media/audio.h>
#include <tarsier/media/tensor.h>

namespace tarsier {
namespace {

TEST(Shape, CountsElementsWithoutOverflow) {
    EXPECT_EQ((Shape{1, 3, 256, 256}).elements(), 196608);
    EXPECT_EQ((Shape{}).elements(), 1);
    EXPECT_EQ((Shape{5, 0}).elements(), 0);
    EXPECT_EQ((Shape{1LL << 31, 1LL << 31, 4}).elements(), -1);
    EXPECT_EQ((Shape{2, -1}).elements(), -1);
}

TEST(Shape, PrintsAndCompares) {
    EXPECT_EQ((Shape{1, 3, 8}).to_string(), "1x3x8");
    EXPECT_EQ((Shape{1, 3}), (Shape{1, 3}));
    EXPECT_FALSE((Shape{1, 3}) == (Shape{1, 3, 1}));
}

TEST(Tensor, OwnsItsElements) {
    Result<Tensor> tensor = Tensor::allocate({2, 3}, ElementType::F32);
    ASSERT_TRUE(tensor);
    ASSERT_EQ(tensor->floats().size(), 6U);
    tensor->floats()[5] = 1.5F;
    EXPECT_EQ(std::as_const(*tensor).floats()[5], 1.5F);
    EXPECT_EQ(tensor->bytes(), 24U);
}

TEST(Tensor, RefusesImpossibleShapes) {
    EXPECT_FALSE(Tensor::allocate({-1}, ElementType::F32));
    EXPECT_FALSE(Tensor::allocate({1LL << 40, 8}, ElementType::I8));
}

TEST(ElementType, KnowsSizesAndNames) {
    EXPECT_EQ(element_bytes(ElementType::F16), 2U);
    EXPECT_EQ(element_name(ElementType::I8), "i8");
}

TEST(Audio, CountsFramesNotSamples) {
    const Audio audio{16000, 2, std::vector<float>(320)};
    EXPECT_EQ(audio.frames(), 160);
    EXPECT_EQ(Audio{}.frames(), 0);
}

}  // namespace
}  // namespace tarsier
