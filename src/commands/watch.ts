import { Collector, collect, Stop } from '../collector/collector.ts';
import { judge, type Level, type Standings, worstOf } from '../collector/levels.ts';
import type { News } from '../collector/news.ts';
import { noStore } from '../collector/no-store.ts';
import { findDriver } from '../history/driver.ts';
import { defaultPath } from '../history/place.ts';
import { HistoryProblem } from '../history/problem.ts';
import { openCollector } from '../history/sqlite.ts';
import type { HistoryCollector } from '../history/store.ts';
import type { Host } from '../host/host.ts';
import { realHost } from '../host/real.ts';
import type { Sample } from '../model/history.ts';
import type { Daemon } from '../model/pm2.ts';
import { duration } from '../report/numbers.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { changeLine, clock, levelWord, sampleLine, watchWords } from './watch/lines.ts';
import { type WatchFlags, type WatchSettings, watchSettings } from './watch/settings.ts';
import { Teller } from './watch/teller.ts';

/**
 * `pm2-audit watch`, and the PM2 module: samples until it is told to stop. On a terminal a line a sample; anywhere else
 * only what changes. Exit 0 when it is ended, 2 when another collector has the store.
 */
export async function runWatch(flags: WatchFlags, terminal: Terminal): Promise<number> {
  const settings = watchSettings(flags, process.env);
  const host = realHost();
  const stop = new Stop();
  const end = (): void => stop.ask();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  try {
    const screen = new Screen(settings, terminal, host, process.stdout.isTTY === true);
    const store = await openStore(settings, host, screen);
    const collector = new Collector(host, store, {
      homes: settings.homes,
      everyMs: settings.everyMs,
      onSample: (sample, daemons) => screen.sample(sample, daemons),
      onNews: (news) => screen.news(news),
    });
    await collect(collector, stop, (error) => screen.failed(error));
    screen.ended();
    return 0;
  } finally {
    for (const signal of signals) process.off(signal, end);
    host.close();
  }
}

/** Where there can be no store it is said, and it goes on without. Throws UsageError when another collector has it. */
async function openStore(settings: WatchSettings, host: Host, screen: Screen): Promise<HistoryCollector> {
  if (!settings.keeps) {
    screen.started(null);
    return noStore(settings.everyMs);
  }
  const path = settings.path ?? defaultPath(host.env);
  try {
    const store = openCollector(await findDriver(), {
      path,
      now: host.now(),
      everyMs: settings.everyMs,
      pid: host.pid,
    });
    screen.started(path);
    return store;
  } catch (error) {
    if (!(error instanceof HistoryProblem)) throw error;
    if (error.code === 'locked') throw new UsageError(error.message);
    screen.started(error);
    return noStore(settings.everyMs);
  }
}

/** Writes what the collector sees. */
class Screen {
  private readonly settings: WatchSettings;
  private readonly terminal: Terminal;
  private readonly host: Host;
  private readonly isTerminal: boolean;
  private readonly teller: Teller;
  private standings: Standings = new Map();
  private homes: string | null = null;
  private lastFailure = '';

  constructor(settings: WatchSettings, terminal: Terminal, host: Host, isTerminal: boolean) {
    this.settings = settings;
    this.terminal = terminal;
    this.host = host;
    this.isTerminal = isTerminal;
    this.teller = new Teller(this.words, (at) => clock(at, host.utcOffsetMinutes(at), false));
  }

  /** @param store its path, why there is none, or null where none is wanted. */
  started(store: string | HistoryProblem | null): void {
    const { words } = this;
    const every = duration(this.settings.everyMs, this.settings.locale);
    const kept =
      store === null
        ? words.noStore
        : typeof store === 'string'
          ? store
          : `${words.storeOff}: ${store.message}`;
    this.line('normal', words.started(every, kept));
  }

  sample(sample: Sample, daemons: readonly Daemon[]): void {
    const { words } = this;
    // PM2 was asked for its list: what that left behind is given back (scripts/lean.cjs).
    if (sample.logs !== null) setTimeout(giveBack, givenBackMs).unref();
    const homes = daemons.map(({ home }) => home).join('\n');
    if (this.homes === null)
      this.line('normal', homes === '' ? words.noHome : words.homes(daemons.map(({ home }) => home)));
    this.homes = homes;
    if (sample.apps !== null) this.teller.learn(sample.apps.map(({ app }) => app));
    const { standings, changes } = judge(this.standings, sample, daemons, this.settings.thresholdBytes);
    this.standings = standings;
    for (const change of changes) this.line(change.to, changeLine(change, words));
    for (const line of this.teller.due(sample.at)) this.line('watch', line);
    if (!this.isTerminal) return;
    const columns = Math.min(this.terminal.columns, 100) - 18;
    this.line(worstOf(standings), sampleLine(sample, words, columns));
  }

  news(news: News): void {
    const line = this.teller.tell(news);
    if (line !== null) this.line(levelOf(news), line);
  }

  /** Said once; the same again and again only fills a log. */
  failed(error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    if (detail !== this.lastFailure) this.line('watch', this.words.lookFailed(detail));
    this.lastFailure = detail;
  }

  ended(): void {
    this.line('normal', this.words.ended);
  }

  private get words() {
    return watchWords[this.settings.locale];
  }

  private line(level: Level, text: string): void {
    const now = this.host.now();
    const at = clock(now, this.host.utcOffsetMinutes(now), this.isTerminal);
    this.terminal.stdout(`${at}  ${levelWord(level, this.words, this.terminal.color)}  ${text}\n`);
  }
}

/** By then the look is over: in the middle of it, the list is still held. */
const givenBackMs = 300;

/** Twice: the pages that the first one empties are given back by the second. Together 15 ms once a minute. */
function giveBack(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

const alarming = new Set(['spawn-failed', 'overlimit', 'daemon-error', 'daemon-signalled']);

function levelOf(news: News): Level {
  if (news.kind === 'kill' || news.kind === 'daemon-gone' || news.kind === 'daemon-silent') return 'warn';
  if (news.kind !== 'pm2-log')
    return news.kind === 'home-added' || news.kind === 'daemon-up' ? 'normal' : 'watch';
  const { event } = news.line;
  if (alarming.has(event.kind)) return 'warn';
  return event.kind === 'exited' || event.kind === 'memory-limit' || event.kind === 'own-sigkill'
    ? 'watch'
    : 'normal';
}
