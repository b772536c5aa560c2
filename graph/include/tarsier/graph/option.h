// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tarsier/base/result.h>

namespace tarsier {

class Node;

/// A length of time, written in graph files as a number with a unit: `250ms`, `10s`, `1.5min`.
struct Duration {
    std::int64_t ns = 0;
    double seconds() const { return static_cast<double>(ns) * 1e-9; }
    bool operator==(const Duration&) const = default;
};
/// Accepts `<number><ns|us|ms|s|min|h>`; fails with Invalid otherwise.
Result<Duration> parse_duration(std::string_view text);
/// In the largest unit that needs no fraction: "250ms", "10s".
std::string format_duration(Duration duration);

/// A value as it stands in a graph file.
using OptionValue = std::variant<bool, std::int64_t, double, std::string>;
std::string to_string(const OptionValue& value);

/// What values an option takes beyond its type.
struct Constraint {
    enum class Kind { None, Range, Choice, Model, InputFile, Destination, Color };
    Kind kind = Kind::None;
    double low = 0;  ///< Range: inclusive bounds, in the option's unit (seconds for durations)
    double high = 0;
    std::vector<std::string_view> choices;
};
inline Constraint within(double low, double high) {
    return {Constraint::Kind::Range, low, high, {}};
}
inline Constraint one_of(std::initializer_list<std::string_view> choices) {
    return {Constraint::Kind::Choice, 0, 0, choices};
}
/// The stem of a file in assets/models, or a path to a .tsr file. The checker looks whether it is
/// there.
inline Constraint a_model() { return {Constraint::Kind::Model, 0, 0, {}}; }
/// A file that is read; looked for beside the graph file, then in the working directory. May be
/// empty.
inline Constraint an_input_file() { return {Constraint::Kind::InputFile, 0, 0, {}}; }
/// Where data leaves the graph: `window`, `null:` and nothing stay here, a URI goes to the network,
/// anything else is a file. The checker reports what raw pictures and sound reach it.
inline Constraint a_destination() { return {Constraint::Kind::Destination, 0, 0, {}}; }
/// `#rrggbb` or `#rrggbbaa`.
inline Constraint a_color() { return {Constraint::Kind::Color, 0, 0, {}}; }

/// A documented, ranged option of a node. A name with a dot ("still.fps") is a member of a group,
/// written in the graph file as `still: {fps: 30}`. Values are staged by set() and take effect
/// between firings.
class OptionBase {
  public:
    virtual ~OptionBase() = default;
    OptionBase(const OptionBase&) = delete;
    OptionBase& operator=(const OptionBase&) = delete;

    std::string_view name() const { return name_; }
    std::string_view doc() const { return doc_; }
    const Constraint& constraint() const { return constraint_; }
    /// "boolean", "integer", "number", "string" or "duration".
    virtual std::string_view type() const = 0;
    virtual OptionValue initial() const = 0;
    virtual OptionValue value() const = 0;
    /// Checks type and constraint and stages the value. Errors are Invalid and name option, value
    /// and range.
    virtual Status set(const OptionValue& value) = 0;
    /// Makes the staged value current. Called by the engine between two firings.
    virtual void apply() = 0;

  protected:
    OptionBase(Node* node, std::string_view name, std::string_view doc, Constraint constraint);
    Status check(const OptionValue& value) const;

  private:
    std::string_view name_;
    std::string_view doc_;
    Constraint constraint_;
};

/// T: bool, int, float, double, std::string or Duration.
template <class T>
class Option final : public OptionBase {
  public:
    Option(Node* node, std::string_view name, std::type_identity_t<T> initial, std::string_view doc,
           Constraint constraint = {})
        : OptionBase(node, name, doc, std::move(constraint)),
          initial_(initial),
          staged_(initial),
          current_(initial) {}

    /// The current value; constant during process().
    const T& operator*() const { return current_; }
    const T* operator->() const { return &current_; }

    std::string_view type() const override;
    OptionValue initial() const override;
    OptionValue value() const override;
    Status set(const OptionValue& value) override;
    void apply() override { current_ = staged_; }

  private:
    T initial_;
    T staged_;
    T current_;
};

extern template class Option<bool>;
extern template class Option<int>;
extern template class Option<float>;
extern template class Option<double>;
extern template class Option<std::string>;
extern template class Option<Duration>;

}  // namespace tarsier
