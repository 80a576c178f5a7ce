#include "store/tokens.hpp"

#include <algorithm>

namespace store {

namespace {

constexpr std::string_view columns =
    "t.token_id, t.name, t.access, t.pipelines, t.created_ms, t.expires_ms, t.last_used_ms";

std::optional<core::Wall> time_at(sql::Row const& row, int column) {
  auto const ms = row.optional_integer(column);
  return ms ? std::optional(core::from_ms(*ms)) : std::nullopt;
}

std::optional<std::int64_t> ms_of(std::optional<core::Wall> const& at) {
  return at ? std::optional(core::to_ms(*at)) : std::nullopt;
}

/// Names of pipelines need no escapes in JSON.
std::optional<std::string> json_list(std::optional<std::set<std::string>> const& names) {
  if (!names) return std::nullopt;
  std::string text;
  for (auto const& name : *names) text += (text.empty() ? "\"" : ",\"") + name + "\"";
  return "[" + text + "]";
}

std::set<std::string> parse_list(sql::Connection& db, std::string const& json) {
  std::set<std::string> names;
  db.each(
      "SELECT value FROM json_each(?)", [&names](sql::Row const& row) { names.insert(row.text(0)); }, json);
  return names;
}

TokenRow token_at(sql::Connection& db, sql::Row const& row) {
  TokenRow token;
  token.id = row.integer(0);
  token.name = row.text(1);
  token.access = row.text(2);
  if (auto const list = row.optional_text(3)) token.pipelines = parse_list(db, *list);
  token.created_at = core::from_ms(row.integer(4));
  token.expires_at = time_at(row, 5);
  token.last_used_at = time_at(row, 6);
  return token;
}

}  // namespace

core::Result<std::int64_t> insert_token(sql::Connection& db, NewToken const& token, core::Sha256Digest const& secret,
                                        core::Wall now) {
  if (db.integer("SELECT count(*) FROM token").value_or(0) >= most_tokens)
    db.run("DELETE FROM token WHERE expires_ms <= ?", core::to_ms(now));
  if (db.integer("SELECT count(*) FROM token").value_or(0) >= most_tokens)
    return core::Error{core::Errc::conflict, "there are " + std::to_string(most_tokens) + " tokens already", token.name,
                       "revoke some that nobody uses: `tidewheel token list` says when each was used last"};
  return db
      .integer(
          "INSERT INTO token(name, sha256, access, pipelines, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)"
          " RETURNING token_id",
          token.name, sql::blob(secret), token.access, json_list(token.pipelines), core::to_ms(now),
          ms_of(token.expires_at))
      .value();
}

std::vector<TokenRow> list_tokens(sql::Connection& db) {
  std::vector<TokenRow> tokens;
  auto const sql = "SELECT " + std::string(columns) + " FROM token t ORDER BY t.token_id DESC";
  db.each(sql, [&](sql::Row const& row) { tokens.push_back(token_at(db, row)); });
  return tokens;
}

bool delete_token(sql::Connection& db, std::int64_t id) {
  return db.run("DELETE FROM token WHERE token_id = ?", id) > 0;
}

void note_use(sql::Connection& db, std::int64_t id, core::Wall now) {
  db.run("UPDATE token SET last_used_ms = ? WHERE token_id = ?", core::to_ms(now), id);
}

std::optional<Bearer> find_token(sql::Connection& db, core::Sha256Digest const& secret) {
  auto const sql = "SELECT " + std::string(columns) + " FROM token t WHERE t.sha256 = ?";
  auto const found = [&db](sql::Row const& row) {
    Bearer bearer;
    bearer.token = token_at(db, row);
    bearer.expires_at = bearer.token.expires_at;
    return bearer;
  };
  return db.first(sql, found, sql::blob(secret));
}

std::optional<Bearer> find_session(sql::Connection& db, core::Sha256Digest const& secret) {
  auto const sql = "SELECT " + std::string(columns) +
                   ", s.expires_ms FROM session s JOIN token t USING (token_id) WHERE s.sha256 = ?";
  auto const found = [&db](sql::Row const& row) {
    Bearer bearer;
    bearer.token = token_at(db, row);
    bearer.by_session = true;
    bearer.expires_at = std::min(core::from_ms(row.integer(7)), bearer.token.expires_at.value_or(core::Wall::max()));
    return bearer;
  };
  return db.first(sql, found, sql::blob(secret));
}

bool insert_session(sql::Connection& db, std::int64_t token, core::Sha256Digest const& secret, core::Wall now,
                    core::Wall expires_at) {
  db.run("DELETE FROM session WHERE expires_ms <= ?", core::to_ms(now));
  db.run(
      "DELETE FROM session WHERE sha256 IN (SELECT sha256 FROM session WHERE token_id = ?"
      " ORDER BY created_ms DESC LIMIT -1 OFFSET ?)",
      token, most_sessions - 1);
  return db.run(
             "INSERT INTO session(sha256, token_id, created_ms, expires_ms)"
             " SELECT ?, token_id, ?, ? FROM token WHERE token_id = ?",
             sql::blob(secret), core::to_ms(now), core::to_ms(expires_at), token) > 0;
}

void delete_session(sql::Connection& db, core::Sha256Digest const& secret) {
  db.run("DELETE FROM session WHERE sha256 = ?", sql::blob(secret));
}

}  // namespace store
