import type { Host } from '../host/host.ts';
import type { Gap, Gathered } from '../model/gap.ts';
import type { Pm2Log } from '../model/pm2.ts';
import type { EpochMs } from '../model/text.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { timeLines } from './pm2/pm2-log-clock.ts';
import { gapOf, readFiles } from './pm2/pm2-log-files.ts';
import { isDefaultDoubtful, settleStamps } from './pm2/pm2-log-formats.ts';
import { joinGenerations } from './pm2/pm2-log-join.ts';
import { LogStamps } from './pm2/pm2-log-stamps.ts';
import { withoutStrays } from './pm2/pm2-log-strays.ts';

const dayMs = 24 * 3_600_000;
/** East-most zone, and a clock that is a little ahead. */
const eastMs = 14 * 3_600_000 + 300_000;
const maxMs = 15_000;

/** Why lines have no time; PM2_LOG_DATE_FORMAT is the daemon's. */
const untimedWords = {
  unknown: 'a date format we cannot read (PM2_LOG_DATE_FORMAT)',
  ambiguous: 'the order of day, month and year is not clear (PM2_LOG_DATE_FORMAT)',
  contradicted: 'the log itself shows other times than its stamps (PM2_LOG_DATE_FORMAT)',
  undated: 'the stamps have no date, and nothing proves which day it was (PM2_LOG_DATE_FORMAT)',
} as const;

/** Why reading ended early. */
const endWords = {
  bytes: 'read up to the cap of bytes',
  lines: 'read up to the cap of lines',
  time: 'read until the time was up',
  shrunk: 'it was emptied while it was read',
} as const;

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
  budgetMs: 20_000,
  async gather(host: Host, context: GatherContext): Promise<Gathered<readonly Pm2Log[]>> {
    const deadline = host.monotonicMs() + maxMs;
    const read: HomeLog[] = [];
    for (const home of homesOf(host, context))
      read.push(await readHome(host, context, home, () => host.monotonicMs() > deadline));
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

async function readHome(
  host: Host,
  context: GatherContext,
  home: string,
  isLate: () => boolean,
): Promise<HomeLog> {
  const { clean } = context;
  const path = `${home}/pm2.log`;
  let read = await readFiles(host, context, home, new LogStamps(), isLate);
  if (isDefaultDoubtful(read.scans, read.stamps))
    read = await readFiles(host, context, home, new LogStamps(false), isLate);
  const { scans, stamps, end, generations, current } = read;
  const gaps = [...read.gaps];
  if (scans.length === 0) return { log: null, gaps };
  if (end !== 'beginning' && end !== 'window') {
    const detail = `${endWords[end]}: ${read.bytes} bytes, ${read.lines} lines of PM2`;
    gaps.push(gapOf(clean, path, 'truncated', detail, 'raise-budget'));
  }
  const born = end === 'beginning' ? birthOf(host, path) : null;
  const wallOf = (at: EpochMs): number => at + host.utcOffsetMinutes(at) * 60_000;
  const { stampOf, untimed, knownFrom } = settleStamps(scans, stamps, {
    latestWallMs: host.now() + eastMs,
    modifiedWallMs: current === null ? null : wallOf(current.modifiedAt),
    bornWallMs: born === null ? null : wallOf(born),
  });
  for (const { sample, why, lines: count } of untimed) {
    gaps.push(
      gapOf(
        clean,
        path,
        'malformed',
        `${count} lines like "${sample}": ${untimedWords[why]}`,
        'keep-pm2-log',
      ),
    );
  }
  const joined = joinGenerations(scans, stampOf);
  const timed = timeLines(joined.walk, (at) => host.utcOffsetMinutes(at));
  const oldest = knownFrom === undefined ? joined.first : knownFrom;
  const sizeBytes = current?.sizeBytes ?? 0;
  if (!joined.isStamped && sizeBytes > 0 && untimed.length === 0) {
    const detail = 'no line of it has a time (PM2_LOG_DATE_FORMAT is empty, or nothing in it is of PM2)';
    gaps.push(gapOf(clean, path, 'malformed', detail, 'keep-pm2-log'));
  }
  const { events, strays } = withoutStrays(timed.events, host.now());
  if (strays > 0) {
    const detail = `${strays} lines left out: their times do not fit those of the lines around them`;
    gaps.push(gapOf(clean, path, 'malformed', detail, 'none'));
  }
  const firstRead =
    oldest === null
      ? null
      : oldest.offsetMinutes === null
        ? timed.oldest(oldest.wallMs)
        : oldest.wallMs - oldest.offsetMinutes * 60_000;
  const firstKept =
    events.find(({ at }) => at !== null && (firstRead === null || at >= firstRead - dayMs))?.at ?? null;
  // A first stamp far from the first line that counts may be forged.
  const coversFrom =
    firstRead !== null && firstKept !== null && Math.abs(firstKept - firstRead) > dayMs
      ? firstKept
      : firstRead;
  const lastKept = events.findLast(({ at }) => at !== null)?.at ?? null;
  return {
    log: {
      home: clean.text(home),
      path: clean.text(path),
      sizeBytes,
      allBytes: generations.reduce((total, generation) => total + generation.sizeBytes, sizeBytes),
      utcOffsetMinutes: timed.utcOffsetMinutes,
      createdAt: born,
      coversFrom,
      coversTo: current !== null && knownFrom !== null ? host.now() : lastKept,
      events,
    },
    gaps,
  };
}

function birthOf(host: Host, path: string): EpochMs | null {
  const stat = host.stat(path);
  return stat.ok && stat.value.kind === 'file' ? stat.value.createdAt : null;
}
