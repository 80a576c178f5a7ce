#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace core {

/// What kind of failure this is, as far as a caller may branch on it.
enum class Errc : std::uint8_t {
  invalid,      ///< the request or the input is wrong; trying again changes nothing
  not_found,    ///< the thing is proven not to be there
  conflict,     ///< it exists already, or is in a state that forbids this
  permission,   ///< the kernel, the peer or a policy says no
  unavailable,  ///< the other side cannot be reached or is not ready: try later
  timeout,      ///< no answer in time; the outcome is unknown
  protocol,     ///< the other side broke the rules of the format
  io,           ///< reading or writing failed (EIO and its kin)
  no_space,     ///< disk or quota is full
  too_large,    ///< a bound of ours was passed
  unsupported,  ///< known, but not offered here
  corrupt,      ///< stored state does not pass its own checks
  internal,     ///< a bug of ours
};

[[nodiscard]] std::string_view to_string(Errc code) noexcept;

/// An outcome a person can act on: what was tried, on what, why it failed, what to do.
struct Error {
  Errc code = Errc::internal;
  std::string operation;  ///< what was tried and what came back: "open: Permission denied"
  std::string subject;    ///< the file, object, container or key it happened to
  std::string hint;       ///< what the reader can do about it; may be empty

  /// One line for a person: "SUBJECT: OPERATION (HINT)".
  [[nodiscard]] std::string message() const;
};

/// Found by boost::system::result through ADL when value() is called on an error; throws core::Failure.
[[noreturn]] void throw_exception_from_error(Error const& error, boost::source_location const& where);

/// Carries an Error out of a place that cannot go on.
class Failure : public std::exception {
 public:
  explicit Failure(Error error);
  [[nodiscard]] Error const& error() const noexcept { return error_; }
  [[nodiscard]] char const* what() const noexcept override { return text_.c_str(); }

 private:
  Error error_;
  std::string text_;
};

/// Outcome for a caller that branches on it. Exceptions are for what ends a service.
template <class T>
using Result = boost::system::result<T, Error>;

/// Error from errno, with the call and the path it was about.
[[nodiscard]] Error from_errno(int error_number, std::string_view operation, std::string_view subject,
                               std::string_view hint = {});

}  // namespace core
