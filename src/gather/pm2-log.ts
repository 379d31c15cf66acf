import type { Host, OpenFile } from '../host/host.ts';
import type { Attempt, Gap, Gathered, Why } from '../model/gap.ts';
import type { Pm2Log } from '../model/pm2.ts';
import type { CleanText, EpochMs } from '../model/text.ts';
import type { Cleaner } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { setTimes } from './pm2/pm2-log-clock.ts';
import { makeMeanings, type RawLine, type Scan, scanBackwards } from './pm2/pm2-log-scan.ts';

const dayMs = 24 * 3_600_000;
/** West-most zone: a wall clock shows at most this much less than UTC. */
const westMs = 12 * 3_600_000;
/** In ours: 2 GB of output of cluster apps take about 2 s, 400,000 lines of PM2 about 60 MB. */
const maxBytes = 2 * 1024 * 1024 * 1024;
const maxLines = 400_000;
const maxMs = 4_000;
/** Packed logs are unpacked whole: text shrinks to a tenth, so this is about 16 MB on disk. */
const maxUnpackedBytes = 160 * 1024 * 1024;
const maxPackedBytes = 32 * 1024 * 1024;
const maxGenerations = 40;

/**
 * `pm2.log.1`, `pm2.log-20261120.gz` (logrotate), `pm2__2026-11-20_00-00-00.log` (pm2-logrotate 3.0.0), each with or
 * without `.gz`.
 */
const generationName = /^pm2(?:\.log[.\-_].+|__.+\.log(?:\.gz)?)$/;

interface Generation {
  readonly path: string;
  readonly modifiedAt: EpochMs;
  readonly sizeBytes: number;
}

interface HomeLog {
  readonly log: Pm2Log | null;
  readonly gaps: readonly Gap[];
}

/**
 * pm2.log of every home, with its rotated siblings: what the daemon said in the window, and one day before it (for the
 * uptime of what ended first). Read backwards; never whole into memory.
 */
export const pm2Log: Gatherer<'pm2Log'> = {
  key: 'pm2Log',
  sources: ['$PM2_HOME/pm2.log', 'pm2.log.*, pm2.log-*, pm2__*.log beside it, also .gz'],
  privilege: 'Read access to the PM2 home: its owner, or root.',
  remedy: 'keep-pm2-log',
  after: ['daemons'],
  budgetMs: 8_000,
  async gather(host: Host, context: GatherContext): Promise<Gathered<readonly Pm2Log[]>> {
    const deadline = host.monotonicMs() + maxMs;
    const read = homesOf(host, context).map((home) =>
      readHome(host, context, home, () => host.monotonicMs() > deadline),
    );
    const gaps = read.flatMap((home) => home.gaps);
    const logs = read.map((home) => home.log).filter((log) => log !== null);
    const [first, ...rest] = gaps;
    if (logs.length === 0) {
      const none = gapOf(context.clean, 'pm2.log', 'not-found', 'no PM2 home is known', 'start-pm2');
      return first === undefined ? unseen(none) : { seen: false, gaps: [first, ...rest] };
    }
    const starts = logs.map((log) => log.coversFrom).filter((from) => from !== null);
    return {
      seen: true,
      value: logs,
      source: context.clean.text(logs.map((log) => log.path).join(', ')),
      covers: { from: starts.length === 0 ? null : Math.max(...starts), to: context.options.window.to },
      gaps,
    };
  },
};

function homesOf(host: Host, context: GatherContext): readonly string[] {
  const daemons = context.seen('daemons');
  if (daemons !== null && daemons.length > 0) return [...new Set(daemons.map((daemon) => daemon.home))];
  if (context.options.homes.length > 0) return context.options.homes;
  return [host.env['PM2_HOME'] ?? `${host.homeFolder}/.pm2`];
}

function readHome(host: Host, context: GatherContext, home: string, isLate: () => boolean): HomeLog {
  const { clean } = context;
  const path = `${home}/pm2.log`;
  const gaps: Gap[] = [];
  const meaningOf = makeMeanings(clean);
  const untilWallMs = context.options.window.from - dayMs - westMs;
  const scans: Scan[] = [];
  let sizeBytes = 0;
  let lines = 0;
  let bytes = 0;
  const scan = (file: OpenFile) => {
    const limits = { untilWallMs, maxBytes: maxBytes - bytes, maxLines: maxLines - lines, isLate };
    const result = scanBackwards(file, limits, meaningOf);
    lines += result.lines.length;
    bytes += result.readBytes;
    scans.unshift(result);
    return result.end;
  };

  const current = host.open(path);
  let end: Scan['end'] = 'beginning';
  if (current.ok) {
    sizeBytes = current.value.sizeBytes;
    end = scan(current.value);
    current.value.close();
  } else {
    gaps.push(
      gapOf(
        clean,
        path,
        current.why,
        current.detail,
        current.why === 'permission-denied' ? 'run-as-owner' : 'keep-pm2-log',
      ),
    );
  }
  const generations = findGenerations(host, home);
  for (const generation of generations) {
    if (end !== 'beginning' || generation.modifiedAt < context.options.window.from - dayMs) break;
    const opened = generation.path.endsWith('.gz')
      ? unpack(host, generation.path)
      : host.open(generation.path);
    if (!opened.ok) {
      gaps.push(
        gapOf(
          clean,
          generation.path,
          opened.why,
          opened.detail,
          opened.why === 'permission-denied' ? 'run-as-owner' : 'none',
        ),
      );
      break;
    }
    end = scan(opened.value);
    opened.value.close();
  }
  if (scans.length === 0) return { log: null, gaps };
  if (end === 'cap')
    gaps.push(gapOf(clean, path, 'truncated', `read ${bytes} bytes, ${lines} lines of PM2`, 'raise-budget'));

  const all = joinGenerations(scans);
  const isStamped = all.some((line) => line.stamp !== null);
  // In a log whose stamps we can read, a line of PM2 without one is not PM2's; its crash texts of V8 have none.
  const own = isStamped
    ? all.filter((line) => line.stamp !== null || line.meaning.event?.kind === 'heap-abort')
    : all;
  const timed = setTimes(own, (at) => host.utcOffsetMinutes(at));
  const oldest = scans.find((each) => each.firstStamp !== null)?.firstStamp ?? null;
  if (!isStamped && sizeBytes > 0) {
    gaps.push(
      gapOf(
        clean,
        path,
        'malformed',
        'its lines have no time we can read (PM2_LOG_DATE_FORMAT)',
        'keep-pm2-log',
      ),
    );
  }
  const coversFrom =
    oldest === null
      ? null
      : oldest.offsetMinutes === null
        ? timed.oldest(oldest.wallMs)
        : oldest.wallMs - oldest.offsetMinutes * 60_000;
  return {
    log: {
      home: clean.text(home),
      path: clean.text(path),
      sizeBytes,
      allBytes: generations.reduce((total, generation) => total + generation.sizeBytes, sizeBytes),
      utcOffsetMinutes: timed.utcOffsetMinutes,
      createdAt: end === 'beginning' ? birthOf(host, path) : null,
      coversFrom,
      coversTo: current.ok ? host.now() : (timed.events.findLast((event) => event.at !== null)?.at ?? null),
      events: timed.events,
    },
    gaps,
  };
}

function birthOf(host: Host, path: string): EpochMs | null {
  const stat = host.stat(path);
  return stat.ok && stat.value.kind === 'file' ? stat.value.createdAt : null;
}

/** Newest first. */
function findGenerations(host: Host, home: string): readonly Generation[] {
  const names = host.list(home);
  if (!names.ok) return [];
  const found: Generation[] = [];
  for (const name of names.value) {
    if (!generationName.test(name)) continue;
    const path = `${home}/${name}`;
    const stat = host.stat(path);
    if (stat.ok && stat.value.kind === 'file')
      found.push({ path, modifiedAt: stat.value.modifiedAt, sizeBytes: stat.value.sizeBytes });
  }
  return found
    .sort((a, b) => b.modifiedAt - a.modifiedAt || (a.path < b.path ? -1 : 1))
    .slice(0, maxGenerations);
}

function unpack(
  host: Host,
  path: string,
):
  | { readonly ok: true; readonly value: OpenFile }
  | { readonly ok: false; readonly why: Why; readonly detail: string } {
  const packed = host.read(path, maxPackedBytes);
  if (!packed.ok) return packed;
  try {
    // Only here: loading zlib costs a run without packed logs 1 ms.
    const { gunzipSync } = process.getBuiltinModule('node:zlib');
    const content = gunzipSync(packed.value, { maxOutputLength: maxUnpackedBytes });
    return {
      ok: true,
      value: {
        sizeBytes: content.length,
        modifiedAt: 0,
        inode: 0,
        read: (offset, length) => content.subarray(offset, offset + length),
        close: () => {},
      },
    };
  } catch (error) {
    const isBig = error instanceof RangeError || packed.value.length === maxPackedBytes;
    return {
      ok: false,
      why: isBig ? 'truncated' : 'malformed',
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}

/**
 * Generations as one log, oldest first. A real rotation never overlaps; a copy somebody made (`pm2.log.bak`) does: of
 * it, only what lies before the newer file counts.
 */
function joinGenerations(scans: readonly Scan[]): readonly RawLine[] {
  let all: readonly RawLine[] = [];
  let newerFirst: number | null = null;
  for (const scan of scans.toReversed()) {
    const limit = newerFirst;
    const newest = scan.lines.findLast((line) => line.stamp !== null)?.stamp?.wallMs ?? null;
    const isCopy = limit !== null && newest !== null && newest > limit;
    const cut = isCopy
      ? scan.lines.findIndex((line) => line.stamp !== null && line.stamp.wallMs >= limit)
      : -1;
    all = [...(cut < 0 ? scan.lines : scan.lines.slice(0, cut)), ...all];
    newerFirst = scan.firstStamp?.wallMs ?? newerFirst;
  }
  return all;
}

function gapOf(clean: Cleaner, subject: string, why: Why, detail: string, remedy: Gap['remedy']): Gap {
  const text: CleanText = clean.text(subject);
  const attempt: Attempt = { source: text, why, detail: clean.text(detail) };
  return { key: 'pm2Log', subject: text, why, tried: [attempt], remedy };
}
