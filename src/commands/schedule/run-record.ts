import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod/mini';
import { defaultPath } from '../../history/place.ts';

/** How a scheduled run came to its end. `busy`: another one was at work. `deadline`, `stopped`: it was ended. */
export const runEnds = ['ended', 'deadline', 'stopped', 'busy', 'crashed'] as const;

const run = z.object({
  startedAt: z.number(),
  endedAt: z.number(),
  /** As told to cron. */
  exitCode: z.number(),
  end: z.enum(runEnds),
  /** The run was asked to deliver its report. */
  delivers: z.boolean(),
});
const setup = z.object({
  by: z.enum(['cron', 'systemd', 'pm2-module']),
  cron: z.string(),
  jitterMs: z.number(),
  installedAt: z.number(),
  node: z.string(),
  script: z.string(),
  reports: z.string(),
});
const record = z.object({
  schema: z.literal(1),
  id: z.string(),
  setup: z.nullable(setup),
  /** Newest first. */
  runs: z.array(run),
  /** What the newest run said. */
  log: z.string(),
});

export type RunEnd = (typeof runEnds)[number];
export type RunRecord = z.infer<typeof run>;
export type ScheduleSetup = z.infer<typeof setup>;
export type ScheduleRecord = z.infer<typeof record>;

const keptRuns = 20;
const logMaxChars = 20_000;

/** `schedules/` beside the history, in the state folder of this user. */
export function recordFolder(env: { readonly [name: string]: string | undefined }): string {
  return join(dirname(defaultPath(env)), 'schedules');
}

/** An empty one where there is none, or where it cannot be read: it is a memory, nothing depends on it. */
export function readRecord(folder: string, id: string): ScheduleRecord {
  const empty: ScheduleRecord = { schema: 1, id, setup: null, runs: [], log: '' };
  try {
    const parsed = record.safeParse(JSON.parse(readFileSync(pathOf(folder, id), 'utf8')));
    return parsed.success ? parsed.data : empty;
  } catch {
    return empty;
  }
}

/** Ids of which something is remembered. */
export function recordedIds(folder: string): readonly string[] {
  try {
    return readdirSync(folder).flatMap((name) => /^([0-9a-f]{8})\.json$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}

/** Written whole or not at all. Throws where the folder cannot be written. */
export function writeRecord(folder: string, written: ScheduleRecord): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = pathOf(folder, written.id);
  const half = `${path}.${process.pid}`;
  try {
    writeFileSync(half, `${JSON.stringify(written, null, 1)}\n`, { mode: 0o600 });
    renameSync(half, path);
  } finally {
    rmSync(half, { force: true });
  }
}

/** Adds a run. That another one was at work is no news of the log. */
export function addRun(before: ScheduleRecord, added: RunRecord, log: string): ScheduleRecord {
  return {
    ...before,
    runs: [added, ...before.runs].slice(0, keptRuns),
    log: added.end === 'busy' ? before.log : log.slice(-logMaxChars),
  };
}

export function forgetRecord(folder: string, id: string): void {
  rmSync(pathOf(folder, id), { force: true });
  rmSync(join(folder, `${id}.lock`), { force: true });
}

const pathOf = (folder: string, id: string): string => join(folder, `${id}.json`);
