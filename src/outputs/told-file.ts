import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Json } from '../model/text.ts';

/** A hundred apps have some 100 KB. */
const maxBytes = 16 * 1024 * 1024;

/** What channels were told, where there can be no store: a home on a network file system, no SQLite, a full disk. */
export interface ToldFile {
  /** null = never told, or not readable. */
  told(channel: string, scope: string): Json | null;
  remember(channel: string, scope: string, told: Json): void;
}

/**
 * A file beside the reports, so that a run every few minutes does not tell the same each time. Of two runs at once the last
 * one counts. Never throws: where it cannot be written either, every run may tell.
 */
export function toldFile(reports: string): ToldFile {
  const path = join(resolve(reports), '.told.json');
  const keyOf = (channel: string, scope: string): string => JSON.stringify([channel, scope]);
  return {
    told: (channel, scope) => readAll(path).get(keyOf(channel, scope)) ?? null,
    remember(channel, scope, told) {
      const all = readAll(path).set(keyOf(channel, scope), told);
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        rmSync(temporary, { force: true });
        writeFileSync(temporary, JSON.stringify(Object.fromEntries(all)), { mode: 0o600, flag: 'wx' });
        renameSync(temporary, path);
      } catch {
        remove(temporary);
      }
    },
  };
}

function readAll(path: string): Map<string, Json> {
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > maxBytes) return new Map();
    const json: Json = JSON.parse(readFileSync(path, 'utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? new Map(Object.entries(json))
      : new Map();
  } catch {
    return new Map();
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder may not be written at all.
  }
}
