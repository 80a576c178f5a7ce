-- The contract with readers (docs/contract.md). Dropped and made anew at every start; columns are only ever added, at
-- the end. Times are ISO text in UTC; run_no counts, run_id names; `key` is for display, `key_raw` its bytes, `uri` is
-- reversible text.

CREATE VIEW v1_meta AS
SELECT (SELECT value FROM meta WHERE name = 'instance') AS instance,
  (SELECT value FROM meta WHERE name = 'feed_id') AS feed_id,
  coalesce((SELECT min(seq) FROM feed), (SELECT value + 1 FROM counter WHERE name = 'feed')) AS feed_floor,
  (SELECT value FROM meta WHERE name = 'schema') AS schema;

CREATE VIEW v1_pipelines AS
SELECT p.name AS pipeline, p.state, v.number AS revision,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.first_seen_ms / 1000.0, 'unixepoch') AS first_seen_at,
  p.hold_reason, p.hold_detail,
  strftime('%Y-%m-%dT%H:%M:%fZ', p.hold_until_ms / 1000.0, 'unixepoch') AS hold_until,
  strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(p.paused_ms, (SELECT value FROM meta WHERE name = 'paused_ms')) / 1000.0, 'unixepoch') AS paused_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.good_ms / 1000.0, 'unixepoch') AS good_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.failing_ms / 1000.0, 'unixepoch') AS failing_since,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.expected_ms / 1000.0, 'unixepoch') AS expected_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.overdue_ms / 1000.0, 'unixepoch') AS overdue_since
FROM pipeline p LEFT JOIN revision v ON v.revision_id = p.revision_id
LEFT JOIN pipeline_health h ON h.pipeline_id = p.pipeline_id;

CREATE VIEW v1_alerts AS
SELECT p.name AS pipeline, a.output, a.bound, a.run_no,
  (SELECT o.value FROM run_output o WHERE o.run_no = a.run_no AND o.name = a.output) AS value,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.since_ms / 1000.0, 'unixepoch') AS since
FROM alert a JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_revisions AS
SELECT p.name AS pipeline, v.number AS revision, v.yaml,
  strftime('%Y-%m-%dT%H:%M:%fZ', v.registered_ms / 1000.0, 'unixepoch') AS registered_at, v.sha256
FROM revision v JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_runs AS
SELECT r.run_no, r.run_id, p.name AS pipeline, v.number AS revision, r.state, r.reason, r.trigger, r.attempts,
  r.retry_of, r.replaced_by, r.image, r.image_digest, r.exit_code, r.oom_killed,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.queued_ms / 1000.0, 'unixepoch') AS queued_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.started_ms / 1000.0, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.finished_ms / 1000.0, 'unixepoch') AS finished_at,
  (r.finished_ms - r.started_ms) / 1000.0 AS duration_s, r.max_rss_bytes, r.cpu_ms / 1000.0 AS cpu_s,
  r.detail, r.seq, r.input_drifted, r.image_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.pinned_ms / 1000.0, 'unixepoch') AS pinned_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.log_removed_ms / 1000.0, 'unixepoch') AS log_removed_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', nullif(r.artifacts_removed_ms, 0) / 1000.0, 'unixepoch') AS artifacts_removed_at
FROM run r JOIN pipeline p USING(pipeline_id) LEFT JOIN revision v ON v.revision_id = r.revision_id;

CREATE VIEW v1_attempts AS
SELECT a.run_no, r.run_id, p.name AS pipeline, a.attempt, a.step, a.outcome, a.reason, a.detail, a.exit_code, a.signal,
  a.oom_killed, a.max_rss_bytes, a.cpu_ms / 1000.0 AS cpu_s, a.container_name, a.container_id,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.created_ms / 1000.0, 'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.started_ms / 1000.0, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.exited_ms / 1000.0, 'unixepoch') AS exited_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', a.removed_ms / 1000.0, 'unixepoch') AS removed_at, a.log_suspect
FROM attempt a JOIN run r USING(run_no) JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_stages AS
SELECT s.run_no, r.run_id, p.name AS pipeline, s.attempt, s.name AS stage,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.began_ms / 1000.0, 'unixepoch') AS began_at,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.ended_ms / 1000.0, 'unixepoch') AS ended_at,
  (s.ended_ms - s.began_ms) / 1000.0 AS duration_s
FROM stage s JOIN run r USING(run_no) JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_changes AS
SELECT c.seq, strftime('%Y-%m-%dT%H:%M:%fZ', c.at_ms / 1000.0, 'unixepoch') AS at, c.kind AS change, s.uri AS source,
  coalesce(c.key_text, CAST(c.key AS TEXT)) AS key, c.key AS key_raw, c.size,
  coalesce(c.version_id, c.etag, c.size || '-' || c.mtime_ns || '-' || c.ctime_ns || '-' || c.ino) AS version,
  CASE WHEN c.sha256 IS NOT NULL THEN lower(hex(c.sha256)) END AS sha256,
  strftime('%Y-%m-%dT%H:%M:%fZ', c.detected_ms / 1000.0, 'unixepoch') AS detected_at
FROM change c JOIN source s USING(source_id);

CREATE VIEW v1_inputs AS
SELECT r.run_id, i.uri, coalesce(i.key_text, CAST(i.key AS TEXT)) AS key, i.key AS key_raw, i.size,
  coalesce(i.version_id, i.etag, i.size || '-' || i.mtime_ns || '-' || i.ctime_ns || '-' || i.ino) AS version,
  CASE WHEN i.sha256 IS NOT NULL THEN lower(hex(i.sha256)) END AS sha256, i.run_no, p.name AS pipeline, i.position
FROM run_input i JOIN run r USING(run_no) JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_params AS
SELECT a.run_no, r.run_id, p.name AS pipeline, a.name, a.type, a.value, a.origin
FROM run_param a JOIN run r USING(run_no) JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_outputs AS
SELECT o.run_no, r.run_id, p.name AS pipeline, o.name, o.type, o.unit, o.value,
  CASE WHEN o.type IN ('int', 'float', 'bool') THEN CAST(o.value AS REAL) END AS value_num, CAST(o.value AS TEXT) AS value_text
FROM run_output o JOIN run r USING(run_no) JOIN pipeline p USING(pipeline_id);

CREATE VIEW v1_artifacts AS
SELECT r.run_id, coalesce(a.name_text, CAST(a.name AS TEXT)) AS name, a.role, a.media_type, a.size,
  lower(hex(a.sha256)) AS sha256, a.path, a.run_no, p.name AS pipeline, a.attempt, a.name AS name_raw
FROM artifact a JOIN run r USING(run_no) JOIN pipeline p USING(pipeline_id);

-- What was decided about the present version of everything seen: a row a pipeline, or one without where none wanted it.
-- CROSS JOIN keeps the order item, pipeline, decision, so that each decision is found by its whole primary key.
CREATE VIEW v1_items AS
SELECT s.uri AS source, coalesce(i.key_text, CAST(i.key AS TEXT)) AS key,
  coalesce(i.version_id, i.etag, i.size || '-' || i.mtime_ns || '-' || i.ctime_ns || '-' || i.ino) AS version, p.name AS pipeline,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.seen_ms / 1000.0, 'unixepoch') AS seen_at, d.decision, d.reason,
  (SELECT run_id FROM run r WHERE r.run_no = d.run_no) AS run_id, i.key AS key_raw, i.seq
FROM source s CROSS JOIN item i CROSS JOIN pipeline p CROSS JOIN decision d
WHERE i.source_id = s.source_id AND d.pipeline_id = p.pipeline_id AND d.source_id = i.source_id AND d.key = i.key
  AND d.seq = i.seq
UNION ALL
SELECT s.uri, coalesce(i.key_text, CAST(i.key AS TEXT)),
  coalesce(i.version_id, i.etag, i.size || '-' || i.mtime_ns || '-' || i.ctime_ns || '-' || i.ino), NULL,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.seen_ms / 1000.0, 'unixepoch'), NULL, 'not_matched', NULL, i.key, i.seq
FROM source s CROSS JOIN item i
WHERE i.source_id = s.source_id AND NOT EXISTS (
  SELECT 1 FROM pipeline p CROSS JOIN decision d
  WHERE d.pipeline_id = p.pipeline_id AND d.source_id = i.source_id AND d.key = i.key AND d.seq = i.seq);

CREATE VIEW v1_feed AS
SELECT (SELECT value FROM meta WHERE name = 'feed_id') AS feed_id, f.seq,
  strftime('%Y-%m-%dT%H:%M:%fZ', f.at_ms / 1000.0, 'unixepoch') AS at, f.event, r.run_id, p.name AS pipeline, f.state,
  f.run_no
FROM feed f JOIN run r USING(run_no) JOIN pipeline p ON p.pipeline_id = f.pipeline_id;
