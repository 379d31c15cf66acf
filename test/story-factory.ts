import type { App } from '../src/model/pm2.ts';
import { type Cause, causes, type Restart, type RestartStory } from '../src/model/restart.ts';
import type { Quote } from '../src/model/text.ts';
import { hour, now, window } from './factories.ts';

/** What a restart has beside its cause: PM2 started the app again at once. */
export const answered = { next: 'restarted', nextAt: null, daemonEnd: null } as const;
/** What a story has beside its restarts: nothing. */
export const noMore = { unexplainedWhy: null, stops: [], starts: [], crashes: [], lastWords: null } as const;
/** What an app's log has beside its texts: nothing. */
export const noLines = { exceptions: [], tail: { at: null, lines: [] } } as const;

/** A story with so many restarts of each cause, an hour apart, the last one an hour ago: no loop. */
export function storyOf(
  app: App,
  counts: { readonly [C in Cause]?: number },
  because: Quote | null = null,
  over: Partial<RestartStory> = {},
): RestartStory {
  const list = causes.flatMap((cause) => Array.from({ length: counts[cause] ?? 0 }, () => cause));
  const restarts = list.map(
    (cause, index): Restart => ({
      app: app.ref,
      at: now - (list.length - index) * hour,
      cause,
      exitCode: null,
      signal: null,
      confidence: 'certain',
      uptimeMs: hour,
      because: because ? [because] : [],
      ...answered,
    }),
  );
  const last = restarts.at(-1);
  return {
    app: app.ref,
    counter: app.restartCounter,
    restarts,
    byCause: counts,
    unexplained: 0,
    ...noMore,
    coversFrom: window.from,
    first: restarts[0]?.at ?? null,
    last: last ? { at: last.at, cause: last.cause } : null,
    loops: [],
    goesOn: false,
    ...over,
  };
}
