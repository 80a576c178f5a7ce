#include "support/faulty_vfs.hpp"

#include <sqlite3.h>

#include <atomic>
#include <new>
#include <stdexcept>

namespace support {

namespace {

/// Written by the test's thread while no database is in use, read by the thread that writes.
struct Plan {
  std::atomic<DiskFault> fault{DiskFault::write_fails};
  std::atomic<std::int64_t> nth{0};  ///< 0: none
  std::atomic<bool> for_ever{false}, failed{false};
  std::atomic<std::int64_t> writes{0}, syncs{0};
};
Plan plan;  // SQLite's methods have nothing of ours at hand

/// Whether this step is one that fails.
bool is_due(std::int64_t number) {
  auto const nth = plan.nth.load();
  if (nth == 0 || number < nth || (number > nth && !plan.for_ever)) return false;
  plan.failed = true;
  return true;
}

struct File {
  sqlite3_file base;
  sqlite3_file* real;
};
sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<File*>(file)->real;
}

int close_file(sqlite3_file* file) {
  return real(file)->pMethods == nullptr ? SQLITE_OK : real(file)->pMethods->xClose(real(file));
}
int read_file(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return real(file)->pMethods->xRead(real(file), to, size, offset);
}
int write_file(sqlite3_file* file, void const* from, int size, sqlite3_int64 offset) {
  auto const number = ++plan.writes;
  if (plan.fault == DiskFault::sync_fails || !is_due(number))
    return real(file)->pMethods->xWrite(real(file), from, size, offset);
  switch (plan.fault) {
    case DiskFault::write_is_short:
      (void)real(file)->pMethods->xWrite(real(file), from, size / 2, offset);
      return SQLITE_FULL;
    case DiskFault::disk_is_full:
      return SQLITE_FULL;
    default:
      return SQLITE_IOERR_WRITE;
  }
}
int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync_file(sqlite3_file*, int) {
  auto const number = ++plan.syncs;
  if (plan.fault == DiskFault::sync_fails && is_due(number)) return SQLITE_IOERR_FSYNC;
  return SQLITE_OK;  // nobody cuts the power here, and there are thousands of them
}
int file_size(sqlite3_file* file, sqlite3_int64* size) {
  return real(file)->pMethods->xFileSize(real(file), size);
}
int lock_file(sqlite3_file* file, int lock) {
  return real(file)->pMethods->xLock(real(file), lock);
}
int unlock_file(sqlite3_file* file, int lock) {
  return real(file)->pMethods->xUnlock(real(file), lock);
}
int check_reserved(sqlite3_file* file, int* reserved) {
  return real(file)->pMethods->xCheckReservedLock(real(file), reserved);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
  return real(file)->pMethods->xFileControl(real(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
int map_shm(sqlite3_file* file, int page, int size, int extend, void volatile** mapped) {
  return real(file)->pMethods->xShmMap(real(file), page, size, extend, mapped);
}
int lock_shm(sqlite3_file* file, int offset, int n, int flags) {
  return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}
void barrier_shm(sqlite3_file* file) {
  real(file)->pMethods->xShmBarrier(real(file));
}
int unmap_shm(sqlite3_file* file, int remove) {
  return real(file)->pMethods->xShmUnmap(real(file), remove);
}

/// Version 2: shared memory for the WAL, no memory-mapped pages.
constexpr sqlite3_io_methods methods{
    2,         close_file,  read_file,      write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_reserved, control_file, sector_size,   characteristics, map_shm,
    lock_shm,  barrier_shm, unmap_shm,      nullptr,      nullptr};

int open_file(sqlite3_vfs* vfs, char const* name, sqlite3_file* file, int flags, int* given) {
  auto* const below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  auto* const ours = new (file) File{};
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  ours->real->pMethods = nullptr;
  int const code = below->xOpen(below, name, ours->real, flags, given);
  ours->base.pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

}  // namespace

struct FaultyVfs::State {
  sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
  sqlite3_vfs vfs = *below;
};

FaultyVfs::FaultyVfs() : state_(std::make_unique<State>()) {
  auto& vfs = state_->vfs;
  vfs.pNext = nullptr;
  vfs.zName = "faulty";
  vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->below->szOsFile;
  vfs.pAppData = state_->below;
  vfs.xOpen = open_file;
  // What stays as it was copied looks at nothing of the VFS but, for the unix one, pAppData in xOpen.
  if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) throw std::runtime_error("the VFS cannot be registered");
  heal();
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
  sqlite3_vfs_register(state_->below, 1);
}

void FaultyVfs::fail(DiskFault fault, std::int64_t nth, bool for_ever) {
  heal();
  plan.fault = fault;
  plan.for_ever = for_ever;
  plan.nth = nth;
}

void FaultyVfs::heal() {
  plan.nth = 0;
  plan.failed = false;
  plan.writes = plan.syncs = 0;
}

std::int64_t FaultyVfs::writes() const {
  return plan.writes;
}
std::int64_t FaultyVfs::syncs() const {
  return plan.syncs;
}
bool FaultyVfs::failed() const {
  return plan.failed;
}

}  // namespace support
