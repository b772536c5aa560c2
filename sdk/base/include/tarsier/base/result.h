// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarsier {

/// What went wrong, coarse enough to act upon. `exit_code()` maps each to the exit code of the
/// tools.
enum class Code {
    Usage,        ///< the caller asked for something that does not exist (exit 2)
    Invalid,      ///< a value is out of its range or of the wrong kind (exit 2)
    Graph,        ///< a graph file is wrong (exit 78)
    BadData,      ///< a file or stream is damaged (exit 65)
    Unsupported,  ///< well-formed input that this version cannot handle (exit 65)
    NotFound,     ///< a file, device or model is absent (exit 66)
    Unavailable,  ///< a service does not answer (exit 69)
    Permission,   ///< access was refused (exit 77)
    Exhausted,    ///< memory, disk or another resource ran out (exit 1)
    Io,           ///< reading or writing failed (exit 1)
    Cancelled,    ///< stopped on request before it was done (exit 1)
    Internal,     ///< our bug (exit 1)
};

/// The code's name in lower case, as it appears in messages and JSON.
std::string_view code_name(Code code);

/// The exit code that a program ends with after an error of this kind (sysexits where they fit).
int exit_code(Code code);

/// A place in a text file; lines and columns count from 1, 0 means unknown.
struct SourcePos {
    std::string file;
    int line = 0;
    int column = 0;

    bool known() const { return !file.empty(); }
    /// `file:line:col`, without the parts that are unknown.
    std::string to_string() const;
};

/// An error that names its place and, where there is one, the remedy.
struct Error {
    Code code = Code::Internal;
    std::string message;        ///< what is wrong, in words
    std::string node;           ///< path of the node in its graph; empty outside graphs
    SourcePos where;            ///< place in the graph or data file
    std::string hint;           ///< what to do about it
    std::vector<Error> others;  ///< further errors found in the same pass

    /// `file:line:col: error: message`, the hint and the other errors, one per line.
    std::string to_string() const;
};

/// An error without a place, which the caller may add.
inline Error make_error(Code code, std::string message, std::string hint = {}) {
    Error error;
    error.code = code;
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error;
}

/// The value of a Status that carries nothing.
struct Ok {};

/// A value or an Error: the subset of std::expected that this code base needs. Reentrant.
template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : value_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
    Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)
    Result(Code code, std::string message, std::string hint = {})
        : error_(make_error(code, std::move(message), std::move(hint))) {}

    bool has_value() const { return value_.has_value(); }
    explicit operator bool() const { return has_value(); }
    T& operator*() & { return *value_; }
    const T& operator*() const& { return *value_; }
    T&& operator*() && { return std::move(*value_); }
    T* operator->() { return &*value_; }
    const T* operator->() const { return &*value_; }
    /// Only when !has_value().
    Error& error() { return *error_; }
    const Error& error() const { return *error_; }

  private:
    std::optional<T> value_;
    std::optional<Error> error_;
};

/// Success or an Error.
using Status = Result<Ok>;

}  // namespace tarsier

#define TARSIER_CAT_(a, b) a##b
#define TARSIER_CAT(a, b) TARSIER_CAT_(a, b)
/// `TARSIER_TRY(Image out, pool.allocate(...));` declares `out`, or returns the error to the
/// caller.
#define TARSIER_TRY(decl, expr)                                                                    \
    auto TARSIER_CAT(result_, __LINE__) = (expr);                                                  \
    if (!TARSIER_CAT(result_, __LINE__)) return std::move(TARSIER_CAT(result_, __LINE__).error()); \
    decl = std::move(*TARSIER_CAT(result_, __LINE__))
/// The same for a Status: returns the error to the caller.
#define TARSIER_CHECK(expr)                                                     \
    do {                                                                        \
        if (auto status_ = (expr); !status_) return std::move(status_.error()); \
    } while (false)
