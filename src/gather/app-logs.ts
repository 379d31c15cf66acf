import type { Host } from '../host/host.ts';
import type { Gap, RemedyId, Why } from '../model/gap.ts';
import type { App, AppRef, Daemon } from '../model/pm2.ts';
import type { AppLog } from '../model/storage.ts';
import type { CleanText, EpochMs } from '../model/text.ts';
import { type Cleaner, ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';
import { readLines } from './logs/app-log-lines.ts';
import { linesBeforeEnd, type NewestEnd, tailOf } from './logs/last-lines.ts';
import { exceptionsOf } from './logs/logged-exceptions.ts';
import { newestEnds } from './logs/newest-ends.ts';
import { findAppTexts } from './oom/app-texts.ts';

/** An exception and what led to it stand in the last few hundred lines. */
const tailBytes = 64 * 1024;
/** Of an app that ended by itself in the window, more is read where the whole leaves room: its crashes may be many. */
const crashTailBytes = 256 * 1024;
/** Below this a tail holds no whole stack: then fewer files are read, error logs first. */
const leastTailBytes = 4 * 1024;
const totalBytes = 2 * 1024 * 1024;

/**
 * The end of each app's error and output log: known texts about memory, all exceptions, the last lines. Logs nobody wrote to
 * within the window stay closed. Withheld where PM2 told us no environment, for then no secret value is known.
 */
export const appLogs: Gatherer<'appLogs'> = {
  key: 'appLogs',
  sources: ['pm_err_log_path', 'pm_out_log_path'],
  privilege: 'The user who runs the apps, or root.',
  remedy: 'readable-logs',
  after: ['daemons', 'pm2Files', 'pm2Log'],
  budgetMs: 3000,
  async gather(host, context) {
    const { clean } = context;
    const daemons = context.seen('daemons') ?? [];
    const silent = daemons.filter((daemon) => daemon.state !== 'online').map(withheld);
    const online = daemons.filter((daemon) => daemon.state === 'online');
    const [firstSilent, ...restSilent] = silent;
    if (online.length === 0) {
      if (firstSilent !== undefined) return { seen: false, gaps: [firstSilent, ...restSilent] };
      return unseen(gap(ownWords('app logs'), 'pm_err_log_path', 'not-found', withheldBecause, 'start-pm2'));
    }
    const { files, gaps } = listLogs(host, online, context.options.window.from, clean);
    const live = files.filter((file) => file.isFresh);
    const share = Math.max(
      leastTailBytes,
      Math.min(tailBytes, Math.floor(totalBytes / Math.max(1, live.length))),
    );
    const ends = newestEnds(context.seen('pm2Log') ?? [], context.options.window.from);
    const plans = files.map((file) => ({ file, end: ends.get(endKey(file.app)) ?? null, bytes: 0 }));
    let left = totalBytes;
    let unread = 0;
    for (const plan of plans) {
      const bytes = plan.file.isFresh ? Math.min(share, plan.file.sizeBytes) : 0;
      if (bytes > left) unread += 1;
      else {
        left -= bytes;
        plan.bytes = bytes;
      }
    }
    for (const plan of plans) {
      if (plan.bytes === 0 || plan.end === null) continue;
      const more = Math.min(crashTailBytes - plan.bytes, plan.file.sizeBytes - plan.bytes, left);
      left -= Math.max(0, more);
      plan.bytes += Math.max(0, more);
    }
    const logs: AppLog[] = [];
    for (const { file, end, bytes } of plans) {
      if (bytes === 0 && file.isFresh) continue;
      const log = readLog(host, file, bytes, end, clean);
      if ('why' in log) gaps.push(log);
      else logs.push(log);
    }
    if (unread > 0) {
      const detail = clean.text(`${unread} logs left out after ${totalBytes / 1024 / 1024} MB`);
      gaps.push(gap(ownWords('app logs'), 'pm_out_log_path', 'truncated', detail, 'none'));
    }
    return {
      seen: true,
      value: logs,
      source: ownWords('app logs'),
      covers: { from: null, to: host.now() },
      gaps: [...silent, ...gaps],
    };
  },
};

function endKey(app: AppRef): string {
  return `${app.home}\n${app.pmId}\n${app.name}`;
}

const withheldBecause = ownWords('withheld: without PM2’s list of apps no secret value is known');

function withheld(daemon: Daemon): Gap {
  const remedies: { readonly [S in Daemon['state']]: RemedyId } = {
    online: 'none',
    dead: 'start-pm2',
    hung: 'restart-hung-daemon',
    denied: 'run-as-owner',
    malformed: 'none',
  };
  return gap(daemon.home, 'pm_err_log_path', 'not-found', withheldBecause, remedies[daemon.state]);
}

function gap(subject: CleanText, source: string, why: Why, detail: CleanText, remedy: RemedyId): Gap {
  return { key: 'appLogs', subject, why, tried: [{ source, why, detail }], remedy };
}

interface LogFile {
  readonly app: AppRef;
  /** Other instances that write to it. */
  readonly sharedBy: readonly AppRef[];
  readonly stream: 'out' | 'err';
  readonly path: CleanText;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
  /** Written to within the window. */
  readonly isFresh: boolean;
}

/** Each log once (instances of a cluster may share one), error logs first, then the most recently written. */
function listLogs(
  host: Host,
  daemons: readonly Daemon[],
  from: number,
  clean: Cleaner,
): { readonly files: readonly LogFile[]; readonly gaps: Gap[] } {
  const files = new Map<string, LogFile>();
  const gaps: Gap[] = [];
  const look = (app: App, stream: 'out' | 'err', path: CleanText | null): void => {
    if (path === null || !path.startsWith('/') || path.startsWith('/dev/')) return;
    const known = files.get(path);
    if (known !== undefined) {
      const isSame = (ref: AppRef): boolean => ref.pmId === app.ref.pmId && ref.home === app.ref.home;
      if (!isSame(known.app) && !known.sharedBy.some(isSame))
        files.set(path, { ...known, sharedBy: [...known.sharedBy, app.ref] });
      return;
    }
    const stat = host.stat(path);
    if (!stat.ok) {
      // Not written yet, or switched off: no blind spot.
      if (stat.why !== 'not-found')
        gaps.push(gap(path, path, stat.why, clean.text(stat.detail), 'readable-logs'));
      return;
    }
    const { sizeBytes, modifiedAt, kind } = stat.value;
    if (sizeBytes === 0 || (kind !== 'file' && kind !== 'link')) return;
    const isFresh = modifiedAt >= from;
    files.set(path, { app: app.ref, sharedBy: [], stream, path, sizeBytes, modifiedAt, isFresh });
  };
  const apps = daemons.flatMap((daemon) => [...daemon.apps, ...daemon.modules]);
  for (const app of apps) look(app, 'err', app.errLogPath);
  for (const app of apps) look(app, 'out', app.outLogPath);
  const rank = (file: LogFile): number => (file.stream === 'err' ? 0 : 1);
  return {
    files: [...files.values()].sort((a, b) => rank(a) - rank(b) || b.modifiedAt - a.modifiedAt),
    gaps,
  };
}

/** Instances that share a log: the end of which of them it holds is not known, so none is looked for. */
function endOf(file: LogFile, end: NewestEnd | null): NewestEnd | null {
  return file.sharedBy.length > 0 ? null : end;
}

function readLog(
  host: Host,
  file: LogFile,
  bytes: number,
  end: NewestEnd | null,
  clean: Cleaner,
): AppLog | Gap {
  const { app, stream, path, sizeBytes, modifiedAt, sharedBy } = file;
  const about = { app, stream, path, modifiedAt, sharedBy };
  if (bytes === 0) return { ...about, sizeBytes, readBytes: 0, texts: [], lastException: null, ...noLines };
  const opened = host.open(path);
  if (!opened.ok) return gap(path, path, opened.why, clean.text(opened.detail), 'readable-logs');
  try {
    const size = opened.value.sizeBytes;
    const from = Math.max(0, size - bytes);
    const content = opened.value.read(from, Math.min(bytes, size));
    const lines = readLines(content, from > 0);
    const fileTime = opened.value.modifiedAt;
    const utcOffsetMinutes = (at: EpochMs): number => host.utcOffsetMinutes(at);
    const raw = lines.map((line) => line.raw);
    const clock = { bootedAtMs: null, utcOffsetMinutes: utcOffsetMinutes(fileTime), now: host.now() };
    const own = endOf(file, end);
    return {
      ...about,
      sizeBytes: size,
      readBytes: content.length,
      texts: findAppTexts(raw, path, clean, clock, true),
      ...exceptionsOf(lines, { modifiedAt: fileTime, utcOffsetMinutes }, clean),
      tail: tailOf(lines, utcOffsetMinutes, clean),
      beforeEnd: own === null ? null : (linesBeforeEnd(lines, own, utcOffsetMinutes, clean) ?? null),
    };
  } finally {
    opened.value.close();
  }
}

const noLines = { exceptions: [], tail: { at: null, lines: [] }, beforeEnd: null } as const;
