/**
 * Version 2: what each channel was told, and messages that could not go out yet. `scope` is the host, and the app of a
 * report about one app alone. A claim holds a channel for one process, known by pid and the tick it was started at.
 */
export const deliveries = `
CREATE TABLE told (
  channel TEXT NOT NULL, scope TEXT NOT NULL, at INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (channel, scope)
) STRICT, WITHOUT ROWID;
CREATE TABLE parcel (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, id TEXT NOT NULL, queued_at INTEGER NOT NULL,
  body BLOB NOT NULL, UNIQUE (channel, id)
) STRICT;
CREATE TABLE claim (
  channel TEXT PRIMARY KEY, pid INTEGER NOT NULL, started TEXT NOT NULL, at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;
