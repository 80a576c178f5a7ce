#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/sha256.hpp"
#include "core/time.hpp"
#include "sql/connection.hpp"

namespace store {

/// Bearer tokens and the browser sessions made with them. Only hashes of the secrets are stored: they are of 256 random
/// bits, so a fast hash without salt does, and finding one by its hash takes the same time whatever was guessed.

inline constexpr std::int64_t most_tokens = 1000;
inline constexpr std::int64_t most_sessions = 100;  ///< of one token

struct NewToken {
  NewToken() = default;
  std::string name;
  std::string access;                              ///< read, operate or admin
  std::optional<std::set<std::string>> pipelines;  ///< nullopt: all
  std::optional<core::Wall> expires_at;
};
struct TokenRow : NewToken {
  std::int64_t id = 0;
  core::Wall created_at;
  std::optional<core::Wall> last_used_at;
};
/// Who comes with a secret, and until when it holds.
struct Bearer {
  Bearer() = default;
  TokenRow token;
  bool by_session = false;
  std::optional<core::Wall> expires_at;  ///< of the session, or of the token
};

/// conflict: there are as many as may be, none of them expired.
[[nodiscard]] core::Result<std::int64_t> insert_token(sql::Connection& db, NewToken const& token,
                                                      core::Sha256Digest const& secret, core::Wall now);
/// Newest first.
[[nodiscard]] std::vector<TokenRow> list_tokens(sql::Connection& db);
/// Its sessions go with it. False: there is none.
[[nodiscard]] bool delete_token(sql::Connection& db, std::int64_t id);
void note_use(sql::Connection& db, std::int64_t id, core::Wall now);

/// Expired ones too, so that their bearers can be told.
[[nodiscard]] std::optional<Bearer> find_token(sql::Connection& db, core::Sha256Digest const& secret);
[[nodiscard]] std::optional<Bearer> find_session(sql::Connection& db, core::Sha256Digest const& secret);

/// Sessions that are over go; of those of this token, so do the oldest beyond the bound. False: the token is gone.
[[nodiscard]] bool insert_session(sql::Connection& db, std::int64_t token, core::Sha256Digest const& secret,
                                  core::Wall now, core::Wall expires_at);
void delete_session(sql::Connection& db, core::Sha256Digest const& secret);

}  // namespace store
