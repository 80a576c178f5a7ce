-- Schema, version 2: who may come in over TCP, pauses, what is expected of a pipeline, and whom to tell.

-- Bearer tokens. Only their hashes are here; 256 random bits need no salt.
CREATE TABLE token(
  token_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 BLOB NOT NULL UNIQUE,
  access TEXT NOT NULL CHECK(access IN ('read', 'operate', 'admin')),
  pipelines TEXT,                           -- JSON list of names; NULL: all
  created_ms INTEGER NOT NULL, expires_ms INTEGER, last_used_ms INTEGER) STRICT;

-- A browser's cookie, got for a token; ends with it.
CREATE TABLE session(
  sha256 BLOB PRIMARY KEY, token_id INTEGER NOT NULL REFERENCES token ON DELETE CASCADE,
  created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_token ON session(token_id, created_ms);

-- Idempotency-Key of POST .../runs: the same request again is answered with the run that the first one made.
CREATE TABLE idempotency(
  caller TEXT NOT NULL, key TEXT NOT NULL,
  request_sha256 BLOB NOT NULL, run_no INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  PRIMARY KEY(caller, key)) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_age ON idempotency(at_ms);

ALTER TABLE change ADD COLUMN detected_ms INTEGER;    -- when the first hint of it came; NULL: it settled as it was found

ALTER TABLE pipeline ADD COLUMN paused_ms INTEGER;   -- NULL: not paused; nothing new starts
ALTER TABLE pipeline ADD COLUMN paused_by TEXT;

-- How a pipeline does, as was told last: moved on by the feed, one entry after another (meta 'notify_seq').
CREATE TABLE pipeline_health(
  pipeline_id INTEGER PRIMARY KEY REFERENCES pipeline,
  good_ms INTEGER,                          -- the last success
  good_seq INTEGER, good_run_no INTEGER,    -- of the newest good run, by its data; what `alert` goes by
  failing_run_no INTEGER, failing_ms INTEGER,  -- the first failure since; NULL: the newest end was none
  expect_rule TEXT, expect_since_ms INTEGER,   -- `expect` as text, and since when it holds; NULL: there is none
  expected_ms INTEGER,                      -- when the next data is due; while it is overdue: when it was
  overdue_ms INTEGER) STRICT;               -- since when it is overdue; NULL: it is not

-- Outputs of the newest good run that lie beyond their bounds.
CREATE TABLE alert(
  pipeline_id INTEGER NOT NULL REFERENCES pipeline, output TEXT NOT NULL,
  bound TEXT NOT NULL CHECK(bound IN ('above', 'below')), run_no INTEGER NOT NULL, since_ms INTEGER NOT NULL,
  PRIMARY KEY(pipeline_id, output)) STRICT, WITHOUT ROWID;

-- Notifications, each to one webhook. Written together with the state that they tell of.
CREATE TABLE outbox(
  outbox_id INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,                   -- the same in every try, and for every webhook
  webhook TEXT NOT NULL, pipeline_id INTEGER NOT NULL REFERENCES pipeline,
  type TEXT NOT NULL, body TEXT NOT NULL,
  created_ms INTEGER NOT NULL, next_ms INTEGER,  -- next_ms: of the next try; NULL: delivered, or given up
  tries INTEGER NOT NULL DEFAULT 0, tried_ms INTEGER, delivered_ms INTEGER,
  error TEXT) STRICT;                       -- of the last try, or why it was given up
CREATE INDEX outbox_waiting ON outbox(webhook, outbox_id) WHERE next_ms IS NOT NULL;
CREATE INDEX outbox_ended ON outbox(webhook, tried_ms) WHERE next_ms IS NULL;

-- A page of one pipeline's runs in one state, wherever they lie; and who retried whom.
CREATE INDEX run_by_pipeline_state ON run(pipeline_id, state, run_no);
CREATE INDEX run_by_retry ON run(retry_of) WHERE retry_of IS NOT NULL;

-- How many runs are in which state: moved on with each of their states, so that nobody has to count millions of rows.
CREATE TABLE run_count(
  pipeline_id INTEGER NOT NULL REFERENCES pipeline, state TEXT NOT NULL, runs INTEGER NOT NULL,
  PRIMARY KEY(pipeline_id, state)) STRICT, WITHOUT ROWID;
INSERT INTO run_count SELECT pipeline_id, state, count(*) FROM run GROUP BY pipeline_id, state;
