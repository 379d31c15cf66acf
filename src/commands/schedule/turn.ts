import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { EpochMs } from '../../model/text.ts';

/** Who holds a schedule's lock. `startTicks` tells a process from a later one with its pid: /proc/PID/stat, field 22. */
export interface Holder {
  readonly pid: number;
  readonly startTicks: string | null;
  readonly since: EpochMs;
}

export type Turn =
  | { readonly ok: true; release(): void }
  | { readonly ok: false; readonly holder: Holder | null };

const lookEveryMs = 250;

/**
 * One run at a time of a schedule: takes the lock, or waits up to `waitMs` for the run that has it. A lock whose process is
 * gone is taken over, also where its pid belongs to somebody else by now. `isOver` ends the wait early. Throws where the
 * file cannot be made.
 */
export async function takeTurn(
  path: string,
  waitMs: number,
  now: () => EpochMs,
  isOver: () => boolean = () => false,
): Promise<Turn> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const own: Holder = { pid: process.pid, startTicks: startTicks(process.pid), since: now() };
  const text = JSON.stringify(own);
  for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
    if (put(path, text)) return { ok: true, release: () => release(path, text) };
    const seen = readText(path);
    const holder = seen === null ? null : parse(seen);
    if (seen !== null && (holder === null || !isAtWork(holder))) {
      takeAway(path, seen);
      if (put(path, text)) return { ok: true, release: () => release(path, text) };
    }
    if (waitedMs >= waitMs || isOver()) return { ok: false, holder };
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** The run that is at work now; null = none. */
export function holderOf(path: string): Holder | null {
  const text = readText(path);
  const holder = text === null ? null : parse(text);
  return holder !== null && isAtWork(holder) ? holder : null;
}

/** The file appears with its whole text or not at all: a link fails where there is one already. */
function put(path: string, text: string): boolean {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, text, { mode: 0o600 });
  try {
    linkSync(half, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(half, { force: true });
  }
}

/** Two runs may find the same dead lock: only what was seen is removed, a lock that came in between is put back. */
function takeAway(path: string, seen: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
    if (readText(aside) !== seen) linkSync(aside, path);
  } catch {
    // Somebody was faster; the next look shows who.
  } finally {
    rmSync(aside, { force: true });
  }
}

function release(path: string, text: string): void {
  if (readText(path) === text) rmSync(path, { force: true });
}

function parse(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { pid, startTicks: ticks, since } = { pid: 0, startTicks: null, since: 0, ...value };
    const isWhole = typeof pid === 'number' && pid > 0 && typeof since === 'number';
    return isWhole ? { pid, startTicks: typeof ticks === 'string' ? ticks : null, since } : null;
  } catch {
    return null;
  }
}

function isAtWork({ pid, startTicks: ticks }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return ticks === null || startTicks(pid) === ticks;
}

/** With the boot's id: ticks count from the boot on. null = no /proc. */
function startTicks(pid: number): string | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name in parentheses may hold blanks and parentheses of its own.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const boot = readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return ticks === undefined ? null : `${boot}:${ticks}`;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
