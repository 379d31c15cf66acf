import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/exceptions-swallowed.ts';
import type { BusEvent } from '../../src/model/pm2.ts';
import type { AppLog } from '../../src/model/storage.ts';
import { app, c, daemon, home, hour, minute, now } from '../factories.ts';
import { noLines } from '../story-factory.ts';
import { effect, headline, run } from './words-of.ts';

const api = app('api', 0);
const thrown = (ago: number, pmId = 0): BusEvent => ({
  at: now - ago,
  home,
  event: {
    kind: 'exception',
    pmId,
    name: c('api'),
    message: c('ReferenceError: require is not defined'),
    stack: [],
  },
});
const ended: BusEvent = {
  at: now - 100,
  home,
  event: {
    kind: 'process',
    what: c('exit'),
    manually: false,
    pmId: 0,
    old: false,
    name: c('api'),
    status: c('stopped'),
    exitCode: 1,
    startedAt: null,
  },
};
const heard = (events: readonly BusEvent[], of = api) =>
  run(audit, {
    daemons: [daemon([of])],
    bus: { from: now - 2000, to: now, events, droppedFrames: 0, droppedBytes: 0 },
  });
const log = (over: Partial<AppLog> = {}): AppLog => ({
  app: api.ref,
  stream: 'err',
  path: c('/home/deploy/.pm2/logs/api-error.log'),
  sizeBytes: 900,
  readBytes: 900,
  modifiedAt: now - minute,
  texts: [],
  ...noLines,
  lastException: null,
  tail: {
    at: null,
    lines: [
      c('You have triggered an unhandledRejection, you may have forgotten to catch a Promise rejection:'),
    ],
  },
  ...over,
});

describe('exceptions-swallowed', () => {
  it('hears an app throw and live on', () => {
    const [finding, ...more] = heard([thrown(1500), thrown(900), thrown(300)]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ priority: 'P2', confidence: 'possible', args: { apps: [{ heard: 3 }] } });
    expect(headline(audit, finding)).toBe('api threw 3 exceptions in 2 s and stays online');
    expect(effect(audit, finding)).toContain('ReferenceError: require is not defined');
  });

  it('is silent about one, about an app that ended, and about another one', () => {
    expect(heard([thrown(1500)])).toEqual([]);
    expect(heard([thrown(1500), thrown(900), ended])).toEqual([]);
    expect(heard([thrown(1500, 7), thrown(900, 7)])).toEqual([]);
    expect(heard([thrown(1500), thrown(900)], app('api', 0, { status: 'waiting restart' }))).toEqual([]);
  });

  it('knows the words PM2 leaves in the log, while they are fresh', () => {
    const read = (over: Partial<AppLog>, of = api) =>
      run(audit, { daemons: [daemon([of])], appLogs: [log(over)] });
    expect(read({})).toMatchObject([{ priority: 'P3', args: { apps: [{ heard: 0 }] } }]);
    expect(read({ modifiedAt: now - 61 * minute })).toEqual([]);
    expect(read({}, app('api', 0, { startedAt: now - 30_000 }))).toEqual([]);
    expect(read({ tail: { at: now - 2 * hour, lines: log().tail.lines } })).toEqual([]);
    expect(read({ tail: { at: null, lines: [c('Error: card refused')] } })).toEqual([]);
  });
});
