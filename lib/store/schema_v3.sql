-- Schema, version 3: requests that make many runs, what runs left behind, images that were pulled.

-- How far such a request has come under its Idempotency-Key: sent again, it goes on there, or gets its answer again.
CREATE TABLE bulk(
  caller TEXT NOT NULL, key TEXT NOT NULL,
  request_sha256 BLOB NOT NULL,
  position TEXT NOT NULL,                   -- what has been gone through, as the request's kind writes it
  answer TEXT NOT NULL,                     -- JSON, of what has been done so far
  done INTEGER NOT NULL,                    -- 1: all of it
  at_ms INTEGER NOT NULL,
  PRIMARY KEY(caller, key)) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_by_age ON bulk(at_ms);

-- What retention has taken from a run, and what it must not take.
ALTER TABLE run ADD COLUMN pinned_ms INTEGER;         -- NULL: not pinned
ALTER TABLE run ADD COLUMN pinned_by TEXT;
ALTER TABLE run ADD COLUMN log_removed_ms INTEGER;    -- NULL: it is there
ALTER TABLE run ADD COLUMN artifacts_removed_ms INTEGER;  -- 0: looked at, there were none
CREATE INDEX run_with_log ON run(finished_ms) WHERE finished_ms IS NOT NULL AND attempts > 0 AND log_removed_ms IS NULL;
CREATE INDEX run_with_artifacts ON run(finished_ms)
  WHERE finished_ms IS NOT NULL AND attempts > 0 AND artifacts_removed_ms IS NULL;

-- What the engine did not have under that reference until we pulled it. Nothing else is ours to remove, and this only by
-- its reference and only while that still means this image.
CREATE TABLE pulled_image(
  reference TEXT NOT NULL, image_id TEXT NOT NULL,
  image_digest TEXT,                        -- repository@sha256:...
  pulled_ms INTEGER NOT NULL,
  used_ms INTEGER,                          -- when an attempt with it was last made; NULL: not yet
  PRIMARY KEY(reference, image_id)) STRICT, WITHOUT ROWID;
CREATE INDEX pulled_image_by_id ON pulled_image(image_id);

-- Of an attempt without our init, what the init would have known; and of every one, whether its log is whole.
ALTER TABLE attempt ADD COLUMN engine TEXT;             -- the life of the engine whose word about its end counts
ALTER TABLE attempt ADD COLUMN running_boot TEXT;       -- when it was first seen to run: the machine's boot, and
ALTER TABLE attempt ADD COLUMN running_mono_ms INTEGER; -- CLOCK_MONOTONIC
ALTER TABLE attempt ADD COLUMN timed_out_ms INTEGER;    -- it is stopped for its timeout
ALTER TABLE attempt ADD COLUMN log_suspect INTEGER NOT NULL DEFAULT 0;
