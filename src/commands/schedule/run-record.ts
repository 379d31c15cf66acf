import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultPath } from '../../history/place.ts';
import type { EpochMs } from '../../model/text.ts';

/** How a scheduled run came to its end. `busy`: another one was at work. `deadline`, `stopped`: it was ended. */
export const runEnds = ['ended', 'deadline', 'stopped', 'busy', 'crashed'] as const;

export type RunEnd = (typeof runEnds)[number];

export interface RunRecord {
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  /** As told to cron. */
  readonly exitCode: number;
  readonly end: RunEnd;
  /** The run was asked to deliver its report. */
  readonly delivers: boolean;
}

/** What was installed, for `--status` to compare with. */
export interface ScheduleSetup {
  readonly by: 'cron' | 'systemd' | 'pm2-module';
  /** Five fields. */
  readonly cron: string;
  readonly jitterMs: number;
  readonly installedAt: EpochMs;
  readonly node: string;
  readonly script: string;
  /** Folder, absolute. */
  readonly reports: string;
  /** The process that keeps the time: the PM2 module; null = cron or systemd does. */
  readonly pid: number | null;
}

export interface ScheduleRecord {
  readonly schema: 1;
  readonly id: string;
  readonly setup: ScheduleSetup | null;
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  /** What the newest run said. */
  readonly log: string;
}

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
    const { schema, setup, runs, log } = fieldsOf(JSON.parse(readFileSync(pathOf(folder, id), 'utf8')));
    if (schema !== 1 || !Array.isArray(runs)) return empty;
    return {
      schema,
      id,
      setup: setupOf(fieldsOf(setup)),
      runs: runs.flatMap((run) => runOf(fieldsOf(run)) ?? []),
      log: typeof log === 'string' ? log : '',
    };
  } catch {
    return empty;
  }
}

type Fields = { readonly [name: string]: unknown };

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** By hand: zod would stay in the memory of the PM2 module, which writes this once. */
function runOf({ startedAt, endedAt, exitCode, end, delivers }: Fields): RunRecord | null {
  const known = runEnds.find((each) => each === end);
  if (typeof startedAt !== 'number' || typeof endedAt !== 'number' || typeof exitCode !== 'number')
    return null;
  return known === undefined
    ? null
    : { startedAt, endedAt, exitCode, end: known, delivers: delivers === true };
}

function setupOf({
  by,
  cron,
  jitterMs,
  installedAt,
  node,
  script,
  reports,
  pid,
}: Fields): ScheduleSetup | null {
  const known = (['cron', 'systemd', 'pm2-module'] as const).find((each) => each === by);
  if (known === undefined || typeof jitterMs !== 'number' || typeof installedAt !== 'number') return null;
  if (typeof cron !== 'string' || typeof node !== 'string') return null;
  if (typeof script !== 'string' || typeof reports !== 'string') return null;
  return {
    by: known,
    cron,
    jitterMs,
    installedAt,
    node,
    script,
    reports,
    pid: typeof pid === 'number' ? pid : null,
  };
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

/** Schedules of the PM2 module, as it noted them at its start. */
export const moduleRecords = (folder: string): readonly ScheduleRecord[] =>
  recordedIds(folder)
    .map((id) => readRecord(folder, id))
    .filter(({ setup }) => setup?.by === 'pm2-module');

/** The module that keeps this time is there. A process that may not be signalled is there, too. */
export function isKept({ setup }: ScheduleRecord): boolean {
  if (setup?.pid == null) return false;
  try {
    return process.kill(setup.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

export function forgetRecord(folder: string, id: string): void {
  rmSync(pathOf(folder, id), { force: true });
  rmSync(join(folder, `${id}.lock`), { force: true });
}

const pathOf = (folder: string, id: string): string => join(folder, `${id}.json`);
