-- Schema, version 1. Times are milliseconds since the epoch, UTC. Keys are bytes.
-- Only the v1_* views (views.sql) are a contract. No json_valid() in checks: trusted_schema=OFF forbids it (3.40).
CREATE TABLE meta(name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- Gap-free numbers: taken inside the transaction that uses them, so a rolled-back one leaves no hole.
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('change', 0), ('feed', 0), ('run', 0);

CREATE TABLE source(
  source_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK(kind IN ('local', 's3')),
  root BLOB NOT NULL,                       -- absolute path, or CONNECTION:s3://BUCKET/PREFIX
  uri TEXT NOT NULL,                        -- percent-encoded
  baseline_ms INTEGER NOT NULL,             -- what the first scan finds is `existing` if it is older than this
  created_ms INTEGER NOT NULL,
  UNIQUE(kind, root)) STRICT;

-- The inventory: every non-ignored file's version that the journal has been told of.
CREATE TABLE item(
  source_id INTEGER NOT NULL REFERENCES source, key BLOB NOT NULL,
  key_text TEXT,                            -- for display, where the key is not plain UTF-8 (here and below)
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL, ino INTEGER NOT NULL,
  etag TEXT, version_id TEXT,               -- S3 only; ctime_ns and ino are 0 there
  sha256 BLOB,                              -- of this version, where one was taken
  seq INTEGER NOT NULL,                     -- the change that told of this version; 0: existing
  seen_ms INTEGER NOT NULL,
  missing INTEGER NOT NULL DEFAULT 0,       -- phase one of a removal; S3: the pass that first missed it
  PRIMARY KEY(source_id, key)) STRICT, WITHOUT ROWID;
CREATE INDEX item_missing ON item(source_id, missing, key) WHERE missing > 0;

-- Where the listing of an S3 source stands. No token is kept: a pass goes on behind its shards' cursors.
CREATE TABLE s3_pass(
  source_id INTEGER PRIMARY KEY REFERENCES source,
  pass INTEGER NOT NULL,                    -- number of the newest one
  open INTEGER NOT NULL,                    -- 1: it is under way
  void INTEGER NOT NULL,                    -- 1: a page broke the rules, so absence in it proves nothing
  scope TEXT NOT NULL,                      -- the globs that it lists for, a line each: other keys may be left out
  started_ms INTEGER NOT NULL,
  complete INTEGER NOT NULL DEFAULT 0,      -- the last one after which all shards were known; 0: none yet
  complete_listed INTEGER NOT NULL DEFAULT 0, complete_started_ms INTEGER, complete_ms INTEGER) STRICT;

-- A stretch of the keys that is listed by itself: behind `lo`, up to and with the `lo` of the next one.
CREATE TABLE s3_shard(
  source_id INTEGER NOT NULL REFERENCES source, lo BLOB NOT NULL,
  state INTEGER NOT NULL CHECK(state IN (0, 1, 2)),  -- in the open pass: left out, under way, listed to its end
  cursor BLOB NOT NULL,                     -- all keys up to this one have been compared
  listed INTEGER NOT NULL,                  -- objects that the open pass has met
  keys INTEGER NOT NULL,                    -- objects when it was last listed to its end
  visit INTEGER NOT NULL,                   -- the pass that did so and was believed; 0: none yet
  visit_started_ms INTEGER NOT NULL,        -- when that one began
  calm INTEGER NOT NULL,                    -- visits in a row that found nothing different
  PRIMARY KEY(source_id, lo)) STRICT, WITHOUT ROWID;

-- The keys of a listing that comes in no order, while its pass is open.
CREATE TABLE s3_seen(source_id INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(source_id, key)) STRICT, WITHOUT ROWID;

-- "This key may have changed": pushed by a bucket's notifications, here until somebody looked.
CREATE TABLE s3_hint(
  source_id INTEGER NOT NULL REFERENCES source, key BLOB NOT NULL,
  received_ms INTEGER NOT NULL,             -- for the first time
  times INTEGER NOT NULL,                   -- how often since: a look that began before the last of them is too old
  PRIMARY KEY(source_id, key)) STRICT, WITHOUT ROWID;

-- The journal.
CREATE TABLE change(
  seq INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source, key BLOB NOT NULL, key_text TEXT,
  kind TEXT NOT NULL CHECK(kind IN ('created', 'modified', 'removed', 'renamed')),
  size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, ino INTEGER, etag TEXT, version_id TEXT, sha256 BLOB,
  at_ms INTEGER NOT NULL) STRICT;
CREATE INDEX change_by_key ON change(source_id, key, seq);

-- One row a file in pipelines_dir, valid or not.
CREATE TABLE pipeline_file(
  file TEXT PRIMARY KEY, pipeline TEXT, sha256 TEXT NOT NULL, first_seen_ms INTEGER NOT NULL, read_ms INTEGER NOT NULL,
  diagnostics TEXT) STRICT, WITHOUT ROWID;  -- NULL: valid

CREATE TABLE pipeline(
  pipeline_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK(state IN ('live', 'disabled', 'retired')),
  revision_id INTEGER,                      -- the current one
  first_seen_ms INTEGER NOT NULL,           -- what `existing: skip` counts from
  decided_revision_id INTEGER,              -- the revision for which all of the inventory has been decided
  hold_reason TEXT, hold_detail TEXT, hold_until_ms INTEGER, hold_count INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE revision(
  revision_id INTEGER PRIMARY KEY,
  pipeline_id INTEGER NOT NULL REFERENCES pipeline,
  number INTEGER NOT NULL,                  -- 1, 2, ... for people
  sha256 TEXT NOT NULL,                     -- of the YAML text
  yaml TEXT NOT NULL, spec TEXT NOT NULL,    -- spec: JSON
  registered_ms INTEGER NOT NULL,
  UNIQUE(pipeline_id, sha256), UNIQUE(pipeline_id, number)) STRICT;

-- Columns of the wide views: the union over revisions; a type never changes.
CREATE TABLE output_column(
  pipeline_id INTEGER NOT NULL REFERENCES pipeline, name TEXT NOT NULL, type TEXT NOT NULL, position INTEGER NOT NULL,
  PRIMARY KEY(pipeline_id, name)) STRICT, WITHOUT ROWID;

-- What was decided about each version of each item for each pipeline. The primary key is the handled-once promise.
CREATE TABLE decision(
  pipeline_id INTEGER NOT NULL REFERENCES pipeline, source_id INTEGER NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL,
  decision TEXT NOT NULL CHECK(decision IN ('run', 'skip')),
  reason TEXT NOT NULL, run_no INTEGER, at_ms INTEGER NOT NULL,
  PRIMARY KEY(pipeline_id, source_id, key, seq)) STRICT, WITHOUT ROWID;

CREATE TABLE run(
  run_no INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  pipeline_id INTEGER NOT NULL REFERENCES pipeline,
  revision_id INTEGER REFERENCES revision,  -- binds when the run leaves `queued`
  revision_given INTEGER NOT NULL DEFAULT 0,  -- asked for (retry): never bound to another
  state TEXT NOT NULL CHECK(state IN ('queued', 'held', 'pulling', 'starting', 'running', 'collecting', 'retry_wait',
    'succeeded', 'failed', 'rejected', 'timed_out', 'cancelled', 'interrupted', 'outdated', 'skipped')),
  reason TEXT NOT NULL DEFAULT 'none', detail TEXT,
  trigger TEXT NOT NULL CHECK(trigger IN ('change', 'existing', 'manual', 'retry', 'rerun', 'backfill')),
  source_id INTEGER, key BLOB, seq INTEGER NOT NULL DEFAULT 0,   -- the item and the change that it handles
  place INTEGER NOT NULL,                   -- order in the queue; a successor inherits it
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  retry_of INTEGER,
  replaced_by INTEGER,                      -- outdated: its successor; succeeded: the item's newer good run
  cancel_ms INTEGER,                        -- a cancel was asked for
  image TEXT, image_id TEXT, image_digest TEXT,
  exit_code INTEGER, oom_killed INTEGER NOT NULL DEFAULT 0, input_drifted INTEGER NOT NULL DEFAULT 0,
  queued_ms INTEGER NOT NULL, started_ms INTEGER, finished_ms INTEGER,
  max_rss_bytes INTEGER, cpu_ms INTEGER) STRICT;
CREATE INDEX run_by_pipeline ON run(pipeline_id, run_no);
CREATE INDEX run_by_state ON run(state, run_no);
CREATE INDEX run_by_item ON run(source_id, key, run_no);
CREATE INDEX run_queue ON run(pipeline_id, place, not_before_ms, state) WHERE state IN ('queued', 'retry_wait');
CREATE INDEX run_due ON run(not_before_ms) WHERE not_before_ms > 0 AND state IN ('queued', 'retry_wait', 'held');
-- What a newer version of the item makes outdated; few, however many runs the item has had.
CREATE INDEX run_waiting ON run(source_id, key, pipeline_id) WHERE state IN ('queued', 'held', 'pulling', 'retry_wait');
CREATE INDEX run_good ON run(pipeline_id, seq, run_no) WHERE state = 'succeeded';
-- The good run of each item that no newer one has replaced: the rows of v1_p_<pipeline>.
CREATE INDEX run_newest ON run(pipeline_id, seq, run_no) WHERE state = 'succeeded' AND replaced_by IS NULL;
CREATE INDEX run_newest_of_item ON run(pipeline_id, source_id, key) WHERE state = 'succeeded' AND replaced_by IS NULL;

CREATE TABLE attempt(
  run_no INTEGER NOT NULL REFERENCES run, attempt INTEGER NOT NULL,
  step TEXT NOT NULL CHECK(step IN ('creating', 'created', 'starting', 'running', 'exited', 'collecting', 'collected',
    'removing', 'removed')),
  container_name TEXT NOT NULL, container_id TEXT,
  create_body TEXT NOT NULL, create_sha256 TEXT NOT NULL,
  outcome TEXT, reason TEXT, detail TEXT,   -- outcome: the run state that this attempt alone would give
  exit_code INTEGER, signal INTEGER, oom_killed INTEGER NOT NULL DEFAULT 0, max_rss_bytes INTEGER, cpu_ms INTEGER,
  created_ms INTEGER NOT NULL, started_ms INTEGER, exited_ms INTEGER, removed_ms INTEGER,
  PRIMARY KEY(run_no, attempt)) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_open ON attempt(step) WHERE step <> 'removed';

-- Where the time of a run went: one row a stage entered.
CREATE TABLE stage(
  run_no INTEGER NOT NULL REFERENCES run, attempt INTEGER NOT NULL, name TEXT NOT NULL,
  began_ms INTEGER NOT NULL, ended_ms INTEGER,
  PRIMARY KEY(run_no, attempt, name)) STRICT, WITHOUT ROWID;

CREATE TABLE run_input(
  run_no INTEGER NOT NULL REFERENCES run, position INTEGER NOT NULL,
  source_id INTEGER, key BLOB NOT NULL, key_text TEXT, uri TEXT NOT NULL,
  size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, ino INTEGER, etag TEXT, version_id TEXT, sha256 BLOB,
  PRIMARY KEY(run_no, position)) STRICT, WITHOUT ROWID;

CREATE TABLE run_param(
  run_no INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL, type TEXT NOT NULL, value ANY,
  origin TEXT NOT NULL CHECK(origin IN ('default', 'user')),
  PRIMARY KEY(run_no, name)) STRICT, WITHOUT ROWID;

CREATE TABLE run_output(
  run_no INTEGER NOT NULL REFERENCES run, name TEXT NOT NULL,
  type TEXT NOT NULL CHECK(type IN ('int', 'float', 'bool', 'string', 'json')), value ANY, unit TEXT,
  PRIMARY KEY(run_no, name),
  CHECK(value IS NULL OR CASE type WHEN 'int' THEN typeof(value) = 'integer' WHEN 'bool' THEN value IN (0, 1)
    WHEN 'float' THEN typeof(value) IN ('real', 'integer') ELSE typeof(value) = 'text' END))
  STRICT, WITHOUT ROWID;

CREATE TABLE artifact(
  artifact_id INTEGER PRIMARY KEY, run_no INTEGER NOT NULL REFERENCES run, attempt INTEGER NOT NULL,
  name BLOB NOT NULL, name_text TEXT,       -- path below /out, bytes
  role TEXT NOT NULL CHECK(role IN ('report', 'plot', 'table', 'summary', 'file')),
  media_type TEXT NOT NULL, size INTEGER NOT NULL, sha256 BLOB NOT NULL, path TEXT NOT NULL,  -- below state_dir
  UNIQUE(run_no, attempt, name)) STRICT;

-- Gap-free, in commit order.
CREATE TABLE feed(
  seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, event TEXT NOT NULL, run_no INTEGER NOT NULL,
  pipeline_id INTEGER NOT NULL,
  state TEXT NOT NULL) STRICT;
