import type { News } from '../../collector/news.ts';
import type { AppRef, Pm2Event } from '../../model/pm2.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import { bytes } from '../../report/numbers.ts';
import { killLine } from './lines.ts';
import type { WatchWords } from './words.ts';

/** PM2's own idea of a loop (contract section 4): three ends within five minutes. */
const loopTimes = 3;
const loopMs = 5 * 60_000;
/** Ends of a loop are counted, and told so often. */
const countedMs = 60_000;

interface Ends {
  readonly name: CleanText;
  readonly times: EpochMs[];
  untold: number;
  toldAt: EpochMs;
}

/** Turns what happens into lines. Remembers ends of apps, so that a loop of one a second does not fill the screen. */
export class Teller {
  private readonly words: WatchWords;
  private readonly ends = new Map<string, Ends>();
  private readonly asked = new Set<string>();
  /** By home and id: a line about the memory limit has the id alone. */
  private readonly names = new Map<string, CleanText>();
  private readonly date: (at: EpochMs) => string;

  constructor(words: WatchWords, date: (at: EpochMs) => string) {
    this.words = words;
    this.date = date;
  }

  /** Learns the apps' names of a sample, and forgets those that are gone. */
  learn(apps: readonly AppRef[]): void {
    this.names.clear();
    for (const { home, pmId, name } of apps) this.names.set(`${home}\n${pmId}`, name);
  }

  /** null = nothing to tell, or it is counted. */
  tell(news: News): string | null {
    const { words } = this;
    switch (news.kind) {
      case 'kill':
        return killLine(news.kill, words);
      case 'earlier-kills':
        return words.earlierKills(news.count, news.newestAt === null ? null : this.date(news.newestAt));
      case 'pm2-log':
        return this.logLine(news.home, news.line.event, news.line.at);
      case 'home-added':
        return words.homeAdded(news.home);
      case 'home-gone':
        return words.homeGone(news.home);
      case 'daemon-up':
        return words.daemonUp(news.home, String(news.pid ?? '?'));
      case 'daemon-gone':
        return words.daemonGone(news.home);
      case 'daemon-silent':
        return words.daemonSilent(news.home);
      case 'kernel-unseen':
        return words.kernelUnseen(news.detail);
      case 'kernel-lost':
        return words.kernelLost;
      case 'log-skipped':
        return words.logSkipped(news.home, bytes(news.bytes));
      default:
        return news.text;
    }
  }

  /** The counted ends that are due, and forgets what is long past. */
  due(now: EpochMs): readonly string[] {
    const lines: string[] = [];
    for (const [key, ends] of this.ends) {
      const isDue = Math.abs(now - ends.toldAt) >= countedMs;
      if (ends.untold > 0 && isDue) {
        lines.push(this.words.more(ends.name, ends.untold));
        ends.untold = 0;
        ends.toldAt = now;
      } else if (isDue && Math.abs(now - (ends.times.at(-1) ?? now)) > loopMs) this.ends.delete(key);
    }
    return lines;
  }

  private logLine(home: CleanText, event: Pm2Event, at: EpochMs): string | null {
    const { words } = this;
    if ('name' in event && 'pmId' in event) this.names.set(`${home}\n${event.pmId}`, event.name);
    switch (event.kind) {
      case 'stopping':
        this.asked.add(`${home}\n${event.pmId}`);
        return null;
      case 'exited': {
        const key = `${home}\n${event.pmId}`;
        if (this.asked.delete(key)) return words.exitAsked(event.name);
        const line =
          event.code !== 0
            ? words.exitCode(event.name, event.code)
            : event.signal === 'SIGINT'
              ? words.exitPlain(event.name)
              : words.exitSignal(event.name, event.signal);
        return this.counted(key, event.name, at, line);
      }
      case 'online': {
        const ends = this.ends.get(`${home}\n${event.pmId}`);
        return ends !== undefined && ends.times.length >= loopTimes ? null : words.online(event.name);
      }
      case 'memory-limit':
        return words.overLimit(
          this.names.get(`${home}\n${event.pmId}`) ?? null,
          event.pmId,
          event.currentBytes === null ? '?' : bytes(event.currentBytes),
          event.limitBytes === null ? '?' : bytes(event.limitBytes),
        );
      case 'overlimit':
        return words.gaveUp(event.script, event.times);
      case 'own-sigkill':
        return words.stillAlive(event.pid);
      case 'spawn-failed':
        return words.spawnFailed(event.detail);
      case 'daemon-started':
        // No app of the daemon before is still to be stopped.
        this.asked.clear();
        return words.daemonStarted(home);
      case 'daemon-stopped':
        return words.daemonStopped(home);
      case 'daemon-signalled':
        return words.daemonSignalled(home);
      case 'daemon-error':
        return words.daemonError(home);
      default:
        return null;
    }
  }

  private counted(key: string, name: CleanText, at: EpochMs, line: string): string | null {
    const ends = this.ends.get(key) ?? { name, times: [], untold: 0, toldAt: at };
    this.ends.set(key, ends);
    while (ends.times.length > 0 && Math.abs(at - (ends.times[0] ?? at)) > loopMs) ends.times.shift();
    ends.times.push(at);
    if (ends.times.length > loopTimes) {
      // The newest are enough to know that it still goes on.
      ends.times.splice(0, ends.times.length - loopTimes - 1);
      ends.untold += 1;
      return null;
    }
    ends.toldAt = at;
    return ends.times.length < loopTimes ? line : `${line}${this.words.comma}${this.words.loop(loopTimes)}`;
  }
}
