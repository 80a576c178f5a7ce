#include "core/secret.hpp"

#include <openssl/crypto.h>

namespace core {

void Secret::wipe() noexcept {
  OPENSSL_cleanse(text_.data(), text_.size());
  text_.clear();
}

// A short string's move leaves its bytes behind, and with a length of 0 nobody could wipe them: so copy, then wipe.
Secret::Secret(Secret&& other) noexcept {
  text_ = other.text_;
  other.wipe();
}

Secret& Secret::operator=(Secret const& other) {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  other.wipe();
  return *this;
}

Secret::~Secret() {
  wipe();
}

}  // namespace core
