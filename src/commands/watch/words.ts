import type { Level } from '../../collector/levels.ts';
import type { Confidence } from '../../model/text.ts';

/** Everything `watch` says, in one language. Sizes and times come written. */
export interface WatchWords {
  readonly level: { readonly [L in Level]: string };
  readonly column: {
    readonly memory: string;
    readonly swap: string;
    readonly up: string;
    readonly down: string;
    readonly tree: string;
  };
  /** Between two parts of one line. */
  comma: string;
  started(every: string, store: string): string;
  readonly noStore: string;
  readonly storeOff: string;
  homes(names: readonly string[]): string;
  readonly noHome: string;
  readonly ended: string;

  memory(used: string, total: string, percent: string): string;
  swap(used: string, total: string, percent: string, isCalm: boolean): string;
  group(path: string, used: string, total: string, percent: string): string;
  disk(mount: string, free: string, percent: string): string;
  appLimit(app: string, used: string, limit: string, percent: string): string;
  appMemory(app: string, used: string, threshold: string): string;
  cpu(app: string, percent: string): string;
  daemon(home: string, used: string): string;

  /** `who` = the app and its role, null = none is known; `names` = others that fit. */
  kill(process: string, size: string | null, who: string | null, sure: string, group: string | null): string;
  readonly sure: { readonly [C in Confidence]: string };
  main(app: string, pid: string): string;
  child(app: string, pid: string): string;
  module(app: string, pid: string): string;
  daemonItself(pid: string): string;
  readonly notPm2: string;
  oneOf(names: string): string;
  earlierKills(count: number, newest: string | null): string;

  exitCode(app: string, code: number): string;
  exitPlain(app: string): string;
  exitSignal(app: string, signal: string): string;
  exitAsked(app: string): string;
  online(app: string): string;
  loop(times: number): string;
  more(app: string, times: number): string;
  /** `app` null: only its id is known. */
  overLimit(app: string | null, id: number, current: string, limit: string): string;
  gaveUp(script: string, times: number): string;
  stillAlive(pid: number): string;
  spawnFailed(detail: string): string;

  homeAdded(home: string): string;
  homeGone(home: string): string;
  daemonUp(home: string, pid: string): string;
  daemonGone(home: string): string;
  daemonSilent(home: string): string;
  daemonStarted(home: string): string;
  daemonStopped(home: string): string;
  daemonSignalled(home: string): string;
  daemonError(home: string): string;

  kernelUnseen(detail: string): string;
  readonly kernelLost: string;
  logSkipped(home: string, size: string): string;
  lookFailed(detail: string): string;
}
