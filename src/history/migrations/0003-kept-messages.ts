/**
 * Version 3: `note` says what a kept message tells, so that a newer one can take its place (JSON, deflated). `refusal`: a
 * channel that would not have a message for good, and the settings it was tried with.
 */
export const keptMessages = `
ALTER TABLE parcel ADD COLUMN note BLOB;
CREATE TABLE refusal (
  channel TEXT PRIMARY KEY, at INTEGER NOT NULL, settings TEXT NOT NULL, words TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;
