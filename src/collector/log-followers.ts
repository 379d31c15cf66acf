import { ownWords } from '../gather/clean.ts';
import { logKey } from '../history/event-keys.ts';
import type { HistoryCollector } from '../history/store.ts';
import type { Host } from '../host/host.ts';
import type { NewEvent } from '../model/history.ts';
import type { Daemon, Pm2Log, Pm2LogEvent } from '../model/pm2.ts';
import { zoneOf } from './daemon-zone.ts';
import { LineBudget } from './line-budget.ts';
import type { FollowedLine } from './log-file.ts';
import { LogFollower, type LogPlace } from './log-follower.ts';
import type { News } from './news.ts';
import type { Sampler } from './sampler.ts';

/** What ends or starts a process: PM2's list has changed. */
const changing = new Set([
  'exited',
  'online',
  'starting',
  'stopping',
  'deleting',
  'daemon-started',
  'daemon-stopped',
  'daemon-exited',
]);
/** Lines of each log that are remembered, to tie a kill to the end that PM2 wrote down. */
const recentLines = 200;

interface Followed {
  readonly home: Daemon['home'];
  readonly follower: LogFollower;
  /** Whose zone is in force. */
  daemonPid: number | null;
  recent: readonly Pm2LogEvent[];
}

/** Follows the pm2.log of every home there is, and keeps what its lines say. */
export class LogFollowers {
  private readonly host: Host;
  private readonly store: HistoryCollector;
  private readonly sampler: Sampler;
  private readonly onNews: (news: News) => void;
  private readonly budget = new LineBudget();
  private readonly logs = new Map<string, Followed>();
  private readonly startedAt: number;

  constructor(host: Host, store: HistoryCollector, sampler: Sampler, onNews: (news: News) => void) {
    this.host = host;
    this.store = store;
    this.sampler = sampler;
    this.onNews = onNews;
    this.startedAt = host.now();
  }

  /** The homes as listed now. A new daemon may write in another zone; what a home that goes has written last is read. */
  follow(): void {
    const present = new Set<string>();
    for (const { home, pid } of this.sampler.daemons) {
      present.add(home);
      const log = this.logs.get(home) ?? this.begin(home);
      if (pid === null || pid === log.daemonPid) continue;
      log.daemonPid = pid;
      log.follower.lines.useZone(zoneOf(this.host, pid));
    }
    for (const [home, log] of this.logs) {
      if (present.has(home)) continue;
      this.read(log);
      log.follower.close();
      this.logs.delete(home);
    }
  }

  /** Reads what was written since the last look. True when something started or ended. */
  look(): boolean {
    let isChanged = false;
    for (const log of this.logs.values()) isChanged = this.read(log) || isChanged;
    this.tellPassedOver(false);
    return isChanged;
  }

  close(): void {
    this.tellPassedOver(true);
    for (const { follower } of this.logs.values()) follower.close();
    this.logs.clear();
  }

  /** The newest lines, as evidence. */
  recentLogs(): readonly Pm2Log[] {
    return [...this.logs.values()].map(({ home, recent }) => ({
      home,
      path: ownWords(`${home}/pm2.log`),
      sizeBytes: 0,
      allBytes: 0,
      utcOffsetMinutes: null,
      createdAt: null,
      coversFrom: recent[0]?.at ?? null,
      coversTo: this.host.now(),
      events: recent,
    }));
  }

  private begin(home: Daemon['home']): Followed {
    const cursor = this.store.cursor(`log ${home}`);
    const follower = new LogFollower(
      this.host,
      `${home}/pm2.log`,
      () => this.sampler.cleaner,
      cursor === null ? null : placeOf(cursor),
      this.startedAt,
    );
    const log = { home, follower, daemonPid: null, recent: [] };
    this.logs.set(home, log);
    return log;
  }

  private tellPassedOver(isLast: boolean): void {
    const now = this.host.now();
    const events = this.budget.due(now, isLast).map(
      (passed): NewEvent => ({
        key: `passed:${passed.home}:${passed.pmId ?? passed.name ?? ''}:${passed.from}:${passed.to}`,
        at: passed.to,
        facts: { kind: 'lines-not-kept', ...passed },
      }),
    );
    if (events.length === 0) return;
    for (const text of this.store.write({ at: now, events }).notices) this.onNews({ kind: 'store', text });
  }

  private read(log: Followed): boolean {
    const { home, follower } = log;
    const { lines, place, skippedBytes } = follower.look();
    if (skippedBytes > 0) this.onNews({ kind: 'log-skipped', home, bytes: skippedBytes });
    if (lines.length === 0 || place === null) return false;
    log.recent = [...log.recent, ...lines.map(({ line }) => line)].slice(-recentLines);
    const events = lines
      .filter(({ line }) => this.budget.takes(home, line.event, line.at))
      .map(
        (followed): NewEvent => ({
          key: keyOf(followed),
          at: followed.line.at,
          facts: { kind: 'pm2-log', home, line: followed.line },
        }),
      );
    const written = this.store.write({
      at: this.host.now(),
      events,
      cursors: { [`log ${home}`]: cursorOf(place) },
    });
    for (const text of written.notices) this.onNews({ kind: 'store', text });
    for (const { line } of lines) this.onNews({ kind: 'pm2-log', home, line });
    return lines.some(({ line }) => changing.has(line.event.kind));
  }
}

/** With the stamp: a file that was emptied has other lines at the same places. */
function keyOf({ file, offset, wallMs }: FollowedLine): string {
  return `${logKey(file, offset)}:${wallMs ?? ''}`;
}

function cursorOf(place: LogPlace): string {
  return place
    .map(({ device, inode, bornAt, offset }) => [device, inode, bornAt, offset].join(' '))
    .join(';');
}

function placeOf(cursor: string): LogPlace {
  return cursor.split(';').flatMap((part) => {
    const [device, inode, bornAt, offset] = part.split(' ').map(Number);
    const numbers = [device, inode, bornAt, offset];
    if (device === undefined || inode === undefined || bornAt === undefined || offset === undefined)
      return [];
    return numbers.every(Number.isFinite) ? [{ device, inode, bornAt, offset }] : [];
  });
}
