#include "core/result.hpp"

#include <cerrno>
#include <cstring>

namespace core {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::invalid:
      return "invalid";
    case Errc::not_found:
      return "not_found";
    case Errc::conflict:
      return "conflict";
    case Errc::permission:
      return "permission";
    case Errc::unavailable:
      return "unavailable";
    case Errc::timeout:
      return "timeout";
    case Errc::protocol:
      return "protocol";
    case Errc::io:
      return "io";
    case Errc::no_space:
      return "no_space";
    case Errc::too_large:
      return "too_large";
    case Errc::unsupported:
      return "unsupported";
    case Errc::corrupt:
      return "corrupt";
    case Errc::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::message() const {
  std::string text = subject.empty() ? operation : subject + ": " + operation;
  if (!hint.empty()) text += " (" + hint + ")";
  return text;
}

Failure::Failure(Error error) : error_(std::move(error)), text_(error_.message()) {}

void throw_exception_from_error(Error const& error, boost::source_location const&) {
  throw Failure(error);
}

namespace {

Errc classify(int error_number) noexcept {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Errc::not_found;
    case EEXIST:
    case ENOTEMPTY:
    case EBUSY:
      return Errc::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return Errc::permission;
    case ECONNREFUSED:
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return Errc::unavailable;
    case ETIMEDOUT:
      return Errc::timeout;
    case ENOSPC:
    case EDQUOT:
      return Errc::no_space;
    case ENAMETOOLONG:
    case EFBIG:
      return Errc::too_large;
    case EINVAL:
    case ELOOP:
    case EISDIR:
      return Errc::invalid;
    case ENOSYS:
    case EOPNOTSUPP:
      return Errc::unsupported;
    default:
      return Errc::io;
  }
}

}  // namespace

Error from_errno(int error_number, std::string_view operation, std::string_view subject, std::string_view hint) {
  char buffer[128];
  char const* const text = ::strerror_r(error_number, buffer, sizeof buffer);
  return Error{classify(error_number), std::string(operation) + ": " + text, std::string(subject), std::string(hint)};
}

}  // namespace core
