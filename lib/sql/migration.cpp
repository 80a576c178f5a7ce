#include "sql/migration.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/fd.hpp"
#include "sql/transaction.hpp"

namespace sql {
namespace {

[[noreturn]] void refuse(core::Errc code, Connection const& db, std::string operation, std::string hint) {
  throw core::Failure({code, std::move(operation), db.file().string(), std::move(hint)});
}

void sync_path(std::filesystem::path const& path, int flags) {
  core::Fd const fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) throw core::Failure(core::from_errno(errno, "fsync", path.string()));
}

std::filesystem::path folder_of(std::filesystem::path const& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

bool is_empty(Connection& db) {
  return db.integer("SELECT count(*) FROM sqlite_schema") == 0;
}

void check_owner(Connection& db, std::int32_t application_id, std::int64_t version) {
  auto const found = db.integer("PRAGMA application_id").value_or(0);
  if (found == application_id) return;
  if (found == 0 && version == 0 && is_empty(db)) return;
  refuse(core::Errc::conflict, db,
         "the file is a database of another program (application_id " + std::to_string(found) + ")",
         "give a state directory of its own, or move the file away");
}

}  // namespace

void copy_database(Connection& db, std::filesystem::path const& target) {
  auto partial = target;
  partial += ".partial";
  std::filesystem::remove(partial);
  db.run("VACUUM INTO ?", partial.string());
  sync_path(partial, O_RDONLY);  // VACUUM INTO writes without syncing
  std::filesystem::rename(partial, target);
  sync_path(folder_of(target), O_RDONLY | O_DIRECTORY);
}

void migrate(Connection& db, std::int32_t application_id, std::span<std::string const> steps) {
  auto const version = db.integer("PRAGMA user_version").value_or(0);
  check_owner(db, application_id, version);
  auto const newest = static_cast<std::int64_t>(steps.size());
  if (version > newest)
    refuse(
        core::Errc::unsupported, db,
        "the database has schema " + std::to_string(version) + ", this program knows up to " + std::to_string(newest),
        "install the version that wrote it or a newer one, or restore the copy made before the upgrade (" +
            db.file().filename().string() + ".v" + std::to_string(newest) + ".bak)");
  if (version > 0 && version < newest) {
    auto backup = db.file();
    backup += ".v" + std::to_string(version) + ".bak";
    copy_database(db, backup);
  }
  for (auto step = version; step < newest; ++step) {
    Transaction transaction(db);
    if (step == 0) db.run("PRAGMA application_id=" + std::to_string(application_id));
    db.run_script(steps[static_cast<std::size_t>(step)]);
    db.run("PRAGMA user_version=" + std::to_string(step + 1));
    transaction.commit();
  }
}

}  // namespace sql
