import type { App, AppRef, Pm2Log } from '../../model/pm2.ts';
import type { Ending, RestartStory } from '../../model/restart.ts';
import type { AppLog } from '../../model/storage.ts';
import type { Confidence, EpochMs, Quote } from '../../model/text.ts';
import { appKey } from '../apps/process-tree.ts';

type Window = { readonly from: EpochMs; readonly to: EpochMs };

/** How often one app ran into V8's heap limit in the window. */
export interface HeapHits {
  readonly app: AppRef;
  readonly hits: number;
  /** null = the texts carry no time. */
  readonly first: EpochMs | null;
  readonly last: EpochMs | null;
  /** A restart of the app belongs to it. */
  readonly restarted: boolean;
  readonly goesOn: boolean;
  /** The surest of its ends; `likely` where only the text was found. */
  readonly confidence: Confidence;
  readonly because: readonly Quote[];
}

/**
 * Answers: how often did this app hit the limit? Its ends with that cause count first. Without any, the texts of its own
 * log do: dated ones inside the window, undated ones when the log was written to in the window (then without a time).
 */
export function heapHitsOf(
  app: App,
  story: RestartStory | null,
  logs: readonly AppLog[],
  window: Window,
): HeapHits {
  const isHit = ({ cause, at }: Ending) => cause === 'heap-oom' && at >= window.from && at <= window.to;
  const restarts = (story?.restarts ?? []).filter(isHit);
  const ends = [...restarts, ...(story?.stops ?? []).filter(isHit)].sort((a, b) => a.at - b.at);
  const texts = logs
    .filter((log) => appKey(log.app) === appKey(app.ref))
    .flatMap((log) =>
      log.texts.filter(
        ({ kind, at }) =>
          kind === 'v8-heap-oom' &&
          (at === null ? log.modifiedAt >= window.from : at >= window.from && at <= window.to),
      ),
    );
  const quotes = texts.map(({ quote }) => quote);
  const own =
    ends.length > 0 ? ends.map(({ at }) => at) : texts.map(({ at }) => at).filter((at) => at !== null);
  const because = ends.length > 0 ? (ends.at(-1)?.because ?? []) : quotes.slice(-2);
  return {
    app: app.ref,
    hits: ends.length > 0 ? ends.length : texts.length,
    first: own.length > 0 ? Math.min(...own) : null,
    last: own.length > 0 ? Math.max(...own) : null,
    restarted: restarts.length > 0,
    goesOn: restarts.length > 0 && story?.goesOn === true && story.last?.cause === 'heap-oom',
    confidence: ends.some(({ confidence }) => confidence === 'certain') ? 'certain' : 'likely',
    because: because.length > 0 ? because : quotes.slice(-1),
  };
}

/** Answers: when did pm2.log see V8 abort? Its text carries no stamp; the stamped line before it gives the time. */
export function datedAborts(log: Pm2Log): readonly Quote[] {
  let at: EpochMs | null = null;
  const found: Quote[] = [];
  for (const line of log.events) {
    at = line.at ?? at;
    if (line.event.kind === 'heap-abort') found.push({ source: log.path, at, text: line.text });
  }
  return found;
}
