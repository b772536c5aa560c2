// SPDX-License-Identifier: Apache-2.0
#include <tarsier/graph/option.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <tarsier/base/assets.h>
#include <tarsier/graph/node.h>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "option_text.h"

namespace tarsier {
namespace {

struct Unit {
    std::string_view name;
    double ns;
};
constexpr Unit kUnits[] = {{"h", 3600e9}, {"min", 60e9}, {"s", 1e9},
                           {"ms", 1e6},   {"us", 1e3},   {"ns", 1}};
// Beyond this a duration in ns would leave int64: about 292 years.
constexpr double kMaxNs = 9.2e18;

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<bool> parse_bool(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    for (const std::string_view word : {"true", "yes", "on"})
        if (lower == word) return true;
    for (const std::string_view word : {"false", "no", "off"})
        if (lower == word) return false;
    return std::nullopt;
}

bool is_color(std::string_view text) {
    return (text.size() == 7 || text.size() == 9) && text[0] == '#' &&
           text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

std::optional<double> number_of(const OptionValue& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
        return static_cast<double>(*integer);
    if (const auto* number = std::get_if<double>(&value)) return *number;
    return std::nullopt;
}

bool in_range(const Constraint& constraint, double value) {
    if (!std::isfinite(value)) return false;
    return constraint.kind != Constraint::Kind::Range ||
           (value >= constraint.low && value <= constraint.high);
}

bool string_fits(const Constraint& constraint, const std::string& text) {
    if (constraint.kind == Constraint::Kind::Choice)
        return std::ranges::find(constraint.choices, text) != constraint.choices.end();
    if (constraint.kind == Constraint::Kind::Color) return is_color(text);
    return true;
}

bool fits(const OptionBase& option, const OptionValue& value) {
    const std::string_view type = option.type();
    const auto* text = std::get_if<std::string>(&value);
    if (type == "boolean") return std::holds_alternative<bool>(value);
    if (type == "string") return text && string_fits(option.constraint(), *text);
    if (type == "duration") {
        const Result<Duration> duration = parse_duration(text ? *text : std::string());
        return duration && in_range(option.constraint(), duration->seconds());
    }
    const std::optional<double> number = number_of(value);
    if (!number || !in_range(option.constraint(), *number)) return false;
    constexpr double kMin = std::numeric_limits<int>::min();
    constexpr double kMax = std::numeric_limits<int>::max();
    return type == "number" ||
           (std::holds_alternative<std::int64_t>(value) && *number >= kMin && *number <= kMax);
}

std::string bound_text(const OptionBase& option, double bound) {
    if (option.type() == "duration")
        return format_duration({static_cast<std::int64_t>(std::llround(bound * 1e9))});
    return fmt::format("{}", bound);
}

}  // namespace

std::string to_string(const OptionValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    return std::visit(
        [](const auto& v) {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>)
                return v;
            else
                return fmt::format("{}", v);
        },
        value);
}

Result<Duration> parse_duration(std::string_view text) {
    const std::size_t split = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::optional<double> number = parse_number<double>(text.substr(0, split));
    const auto* unit = std::ranges::find(kUnits, text.substr(split), &Unit::name);
    if (number && unit != std::end(kUnits) && *number * unit->ns <= kMaxNs)
        return Duration{static_cast<std::int64_t>(std::llround(*number * unit->ns))};
    return {Code::Invalid, fmt::format("'{}' is no duration", text),
            "write a number and a unit: 250ms, 10s, 1.5min (ns, us, ms, s, min, h)"};
}

std::string format_duration(Duration duration) {
    if (duration.ns == 0) return "0s";
    // The largest unit that needs no fraction; ns never does.
    const auto* const unit = std::ranges::find_if(kUnits, [&](const Unit& candidate) {
        return duration.ns % static_cast<std::int64_t>(candidate.ns) == 0;
    });
    return fmt::format("{}{}", duration.ns / static_cast<std::int64_t>(unit->ns), unit->name);
}

std::string expected_text(const OptionBase& option) {
    const Constraint& constraint = option.constraint();
    if (constraint.kind == Constraint::Kind::Choice)
        return fmt::format("one of {}", fmt::join(constraint.choices, ", "));
    if (constraint.kind == Constraint::Kind::Color) return "a colour #rrggbb or #rrggbbaa";
    std::string text = "a string";
    if (option.type() == "boolean") text = "true or false";
    if (option.type() == "integer") text = "an integer";
    if (option.type() == "number") text = "a number";
    if (option.type() == "duration") text = "a duration such as 250ms or 10s";
    if (constraint.kind != Constraint::Kind::Range) return text;
    if (option.type() == "duration") text += ",";
    return fmt::format("{} {}..{}", text, bound_text(option, constraint.low),
                       bound_text(option, constraint.high));
}

OptionValue read_option(const OptionBase& option, std::string_view text) {
    const std::string_view type = option.type();
    if (type == "boolean")
        if (const auto value = parse_bool(text)) return *value;
    if (type == "integer" || type == "number")
        if (const auto value = parse_number<std::int64_t>(text)) return *value;
    if (type == "number")
        if (const auto value = parse_number<double>(text)) return *value;
    return std::string(text);
}

OptionBase::OptionBase(Node* node, std::string_view name, std::string_view doc,
                       Constraint constraint)
    : name_(name), doc_(doc), constraint_(std::move(constraint)) {
    node->options_.push_back(this);
}

Status OptionBase::check(const OptionValue& value) const {
    if (fits(*this, value)) return Ok{};
    const std::string text = to_string(value);
    std::string hint;
    if (const std::string_view near = closest(text, constraint_.choices); !near.empty())
        hint = fmt::format("did you mean '{}'?", near);
    return {Code::Invalid,
            fmt::format("option '{}' = {}, expected {}", name_, text, expected_text(*this)), hint};
}

template <class T>
std::string_view Option<T>::type() const {
    if constexpr (std::is_same_v<T, bool>) return "boolean";
    if constexpr (std::is_same_v<T, int>) return "integer";
    if constexpr (std::is_floating_point_v<T>) return "number";
    if constexpr (std::is_same_v<T, std::string>) return "string";
    return "duration";
}

namespace {

template <class T>
OptionValue to_value(const T& value) {
    if constexpr (std::is_same_v<T, Duration>) return format_duration(value);
    // The shortest decimal of the float: 0.1f is meant as 0.1.
    if constexpr (std::is_same_v<T, float>) return *parse_number<double>(fmt::format("{}", value));
    if constexpr (std::is_same_v<T, int>) return std::int64_t{value};
    if constexpr (!std::is_same_v<T, Duration> && !std::is_same_v<T, int>) return value;
}

}  // namespace

template <class T>
OptionValue Option<T>::initial() const {
    return to_value(initial_);
}

template <class T>
OptionValue Option<T>::value() const {
    return to_value(current_);
}

template <class T>
Status Option<T>::set(const OptionValue& value) {
    TARSIER_CHECK(check(value));
    if constexpr (std::is_same_v<T, Duration>)
        staged_ = *parse_duration(std::get<std::string>(value));
    else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
        staged_ = static_cast<T>(*number_of(value));
    else
        staged_ = std::get<T>(value);
    return Ok{};
}

template class Option<bool>;
template class Option<int>;
template class Option<float>;
template class Option<double>;
template class Option<std::string>;
template class Option<Duration>;

}  // namespace tarsier
