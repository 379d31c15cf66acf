/** Version 1: everything the collector remembers. Times are epoch ms. Texts that come again stand in `text` once. */
export const first = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
CREATE TABLE run (
  id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER, every_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE cursor (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE text (id INTEGER PRIMARY KEY, value TEXT NOT NULL UNIQUE) STRICT;
-- pm_id -1 and '' where a kind has none: a UNIQUE index does not see two NULLs as equal.
CREATE TABLE subject (
  id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, home TEXT NOT NULL, pm_id INTEGER NOT NULL, name TEXT NOT NULL,
  namespace TEXT NOT NULL, path TEXT NOT NULL, UNIQUE (kind, home, pm_id, name, namespace, path)
) STRICT;
CREATE TABLE tick (sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, is_key INTEGER NOT NULL, frame BLOB NOT NULL) STRICT;
CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE process (
  id INTEGER PRIMARY KEY, pid INTEGER NOT NULL, started_at INTEGER, ppid INTEGER NOT NULL, uid INTEGER,
  role INTEGER NOT NULL, subject INTEGER, home INTEGER NOT NULL, comm INTEGER NOT NULL, cgroup INTEGER,
  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, rss INTEGER NOT NULL, run INTEGER
) STRICT;
CREATE INDEX process_by_pid ON process (pid);
CREATE INDEX process_by_end ON process (run, last_seen);
CREATE TABLE event (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE,
  facts TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_time ON event (at);
CREATE TABLE report (
  id INTEGER PRIMARY KEY, taken_at INTEGER NOT NULL, host TEXT NOT NULL, verdict TEXT NOT NULL, score INTEGER, grade TEXT,
  summary BLOB NOT NULL
) STRICT;
CREATE INDEX report_by_time ON report (host, taken_at);
`;
