import { describe, expect, it } from 'vitest';
import type { AppPast } from '../../../src/derive/past/app-past.ts';
import { withoutGone } from '../../../src/report/history/gone-apps.ts';
import { day, hour, now, ref } from '../../factories.ts';

const app = (id: number, state: AppPast['state'], seenAt: number): AppPast => ({
  app: ref(`app-${id}`, id),
  points: { at: [seenAt], min: [1], mean: [1], max: [1], last: [1] },
  state,
  now: null,
  peak: null,
  steps: [],
  restarts: 0,
  lastRestart: null,
  events: [],
  outlook: null,
  weeks: null,
  maxMemoryRestartBytes: null,
});
const store = { path: 'history.db', firstAt: now - 7 * day, lastAt: now, everyMs: 10_000 };
const shown = (apps: readonly AppPast[]) =>
  withoutGone({ apps, store, to: now }).map(({ app: { pmId } }) => pmId);

describe('apps that left PM2’s list', () => {
  it('stay in the table for a day; apps that PM2 lists always do', () => {
    const apps = [app(0, 'online', now), app(1, 'stopped', now - 3 * day), app(2, 'gone', now - hour)];
    expect(shown([...apps, app(3, 'gone', now - 2 * day)])).toEqual([0, 1, 2]);
  });

  it('are the newest ten where there are hundreds, and where nothing else is left', () => {
    const hundreds = Array.from({ length: 300 }, (_, id) => app(id, 'gone', now - id * 60_000));
    expect(shown([...hundreds, app(300, 'online', now)])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 300]);
    expect(shown([app(0, 'gone', now - 3 * day)])).toEqual([0]);
  });
});
