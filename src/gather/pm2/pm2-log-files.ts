import type { Host, OpenFile } from '../../host/host.ts';
import type { Gap, Why } from '../../model/gap.ts';
import type { Cleaner } from '../clean.ts';
import type { GatherContext } from '../gatherer.ts';
import { type Scan, type ScanEnd, scanBackwards } from './pm2-log-backwards.ts';
import { findGenerations, type Generation, maxGenerations, openGeneration } from './pm2-log-generations.ts';
import { makeMeanings } from './pm2-log-scan.ts';
import type { LogStamps } from './pm2-log-stamps.ts';

const dayMs = 24 * 3_600_000;
/** West-most zone: a wall clock shows at most this much less than UTC. */
const westMs = 12 * 3_600_000;
/** In ours: a gigabyte takes 0.3 s from memory, a million lines of PM2 about 80 MB; a slow disk is what costs time. */
const maxBytes = 8 * 1024 * 1024 * 1024;
const maxLines = 1_000_000;

/** What was read of one home's pm2.log and its generations. */
export interface LogFiles {
  /** Oldest first. */
  readonly scans: readonly Scan[];
  readonly stamps: LogStamps;
  /** How the reading of the oldest one ended. */
  readonly end: ScanEnd;
  readonly bytes: number;
  readonly lines: number;
  /** All there are, newest first, read or not. */
  readonly generations: readonly Generation[];
  /** pm2.log itself; null = it could not be opened. */
  readonly current: { readonly sizeBytes: number; readonly modifiedAt: number } | null;
  readonly gaps: readonly Gap[];
}

/** Reads pm2.log, and generations as far as the window and the caps reach. */
export async function readFiles(
  host: Host,
  { clean, options }: GatherContext,
  home: string,
  stamps: LogStamps,
  isLate: () => boolean,
): Promise<LogFiles> {
  const path = `${home}/pm2.log`;
  const from = options.window.from - dayMs;
  const meaningOf = makeMeanings(clean);
  const gaps: Gap[] = [];
  const scans: Scan[] = [];
  let lines = 0;
  let bytes = 0;
  const scan = async (file: OpenFile): Promise<ScanEnd> => {
    const limits = {
      untilWallMs: from - westMs,
      maxBytes: maxBytes - bytes,
      maxLines: maxLines - lines,
      isLate,
    };
    const result = await scanBackwards(file, limits, meaningOf, stamps);
    file.close();
    lines += result.lines;
    bytes += result.readBytes;
    scans.unshift(result);
    return result.end;
  };
  const opened = host.open(path);
  let end: ScanEnd = 'beginning';
  if (opened.ok) end = await scan(opened.value);
  else {
    const remedy = opened.why === 'permission-denied' ? 'run-as-owner' : 'keep-pm2-log';
    gaps.push(gapOf(clean, path, opened.why, opened.detail, remedy));
  }
  const generations = findGenerations(host, home);
  for (const [index, generation] of generations.entries()) {
    if (end !== 'beginning' || generation.modifiedAt < from) break;
    if (index >= maxGenerations) {
      const detail = `${generations.length} generations, ${maxGenerations} of them read`;
      gaps.push(gapOf(clean, path, 'truncated', detail, 'raise-budget'));
      break;
    }
    const older = openGeneration(host, generation);
    if (!older.ok) {
      const remedy = older.why === 'permission-denied' ? 'run-as-owner' : 'none';
      gaps.push(gapOf(clean, generation.path, older.why, older.detail, remedy));
      break;
    }
    end = await scan(older.value);
  }
  const current = opened.ok
    ? { sizeBytes: opened.value.sizeBytes, modifiedAt: opened.value.modifiedAt }
    : null;
  return { scans, stamps, end, bytes, lines, generations, current, gaps };
}

/** What is not seen of a log. */
export function gapOf(clean: Cleaner, subject: string, why: Why, detail: string, remedy: Gap['remedy']): Gap {
  const text = clean.text(subject);
  return {
    key: 'pm2Log',
    subject: text,
    why,
    tried: [{ source: text, why, detail: clean.text(detail) }],
    remedy,
  };
}
