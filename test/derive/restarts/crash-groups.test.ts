import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exceptionNear,
  heapText,
  isOfEnd,
  logsByApp,
} from '../../../src/derive/restarts/app-log-evidence.ts';
import { crashesOf } from '../../../src/derive/restarts/crash-groups.ts';
import { crashWords } from '../../../src/derive/restarts/last-words.ts';
import type { Cause, Ending } from '../../../src/model/restart.ts';
import type { AppLog, LoggedException } from '../../../src/model/storage.ts';
import { app, c, now, ref } from '../../factories.ts';

const second = 1000;
const t0 = Math.floor(now / 1000) * 1000 - 3_600_000;
const path = c('/home/deploy/.pm2/logs/web-error.log');

const ending = (at: number, over: Partial<Ending> = {}): Ending => ({
  app: ref('web', 0),
  at: t0 + at * second,
  cause: 'crash',
  exitCode: 1,
  signal: null,
  confidence: 'certain',
  uptimeMs: null,
  because: [],
  next: 'restarted',
  nextAt: t0 + at * second,
  daemonEnd: null,
  ...over,
});
const exception = (place: string, over: Partial<LoggedException> = {}): LoggedException => ({
  at: null,
  message: c(`Error: at ${place}`),
  frame: c(`/srv/${place}`),
  kind: c(`/srv/${place}`),
  isLast: false,
  lines: [c(`Error: at ${place}`), c(`    at f (/srv/${place})`)],
  hasStack: true,
  outcome: null,
  between: null,
  before: [],
  ...over,
});
const at = (seconds: number) => ({ at: t0 + seconds * second });
const log = (exceptions: readonly LoggedException[], over: Partial<AppLog> = {}): AppLog => ({
  app: ref('web', 0),
  stream: 'err',
  path,
  sizeBytes: 1000,
  readBytes: 1000,
  modifiedAt: t0 + 3_000_000,
  texts: [],
  lastException: null,
  exceptions,
  tail: { at: null, lines: [] },
  ...over,
});
const brief = (endings: readonly Ending[], logs: readonly AppLog[]) =>
  crashesOf(endings, logs).groups.map(({ frame, times, confidence, first, last }) => [
    frame,
    times,
    confidence,
    first === null ? null : (first - t0) / second,
    last === null ? null : (last - t0) / second,
  ]);

describe('crashes by place', () => {
  it('by their stamps, most frequent first', () => {
    const logs = [
      log([
        exception('a.js:1', at(10)),
        exception('b.js:2', at(20)),
        exception('a.js:1', at(29)),
        exception('a.js:1', at(200)),
        exception('handled.js:3', at(400)),
      ]),
    ];
    expect(brief([ending(200), ending(10), ending(20), ending(30), ending(500)], logs)).toEqual([
      ['/srv/a.js:1', 3, 'certain', 10, 200],
      ['/srv/b.js:2', 1, 'certain', 20, 20],
    ]);
  });

  it('one exception ends one process, and the one that is known to be fatal does', () => {
    const logs = [
      log([exception('handled.js:3', at(10)), exception('a.js:1', { ...at(9), outcome: 'fatal' })]),
    ];
    expect(brief([ending(10), ending(11)], logs)).toEqual([
      ['/srv/handled.js:3', 1, 'certain', 11, 11],
      ['/srv/a.js:1', 1, 'certain', 10, 10],
    ]);
  });

  it('not one after the end, of the process before, or that the process survived', () => {
    const one = ending(10, { uptimeMs: 2000 });
    for (const over of [at(12), at(6), { ...at(10), outcome: 'survived' as const }])
      expect(brief([one], [log([exception('a.js:1', over)])])).toEqual([]);
    expect(isOfEnd(exception('a.js:1', at(9)), { at: t0 + 10_000, startedAt: t0 + 8000 })).toBe(true);
  });

  it('by order where the log has no times and the numbers agree', () => {
    const logs = [log([exception('a.js:1'), exception('b.js:2'), exception('a.js:1')])];
    expect(brief([ending(10), ending(20), ending(30)], logs)).toEqual([
      ['/srv/a.js:1', 2, 'likely', 10, 30],
      ['/srv/b.js:2', 1, 'likely', 20, 20],
    ]);
  });

  it('by the runtime’s farewell, though caught errors stand between and the log begins later', () => {
    const fatal = { outcome: 'fatal' as const };
    const logs = [
      log(
        [exception('h.js:9'), exception('a.js:1', fatal), exception('h.js:9'), exception('b.js:2', fatal)],
        {
          readBytes: 500,
        },
      ),
    ];
    expect(brief([ending(10), ending(20), ending(30)], logs)).toEqual([
      ['/srv/b.js:2', 1, 'likely', 30, 30],
      ['/srv/a.js:1', 1, 'likely', 20, 20],
    ]);
  });

  it('only possibly where nothing ties them, and never more often than it crashed', () => {
    const many = Array.from({ length: 300 }, () => exception('h.js:9'));
    expect(brief([ending(10), ending(20)], [log(many)])).toEqual([
      ['/srv/h.js:9', 2, 'possible', null, null],
    ]);
    // One and one may agree by chance.
    expect(brief([ending(10)], [log([exception('h.js:9')])])).toEqual([
      ['/srv/h.js:9', 1, 'possible', null, null],
    ]);
    // The file was last written to at another time.
    const end = { isLast: true, at: t0 + 3_000_000 };
    expect(brief([ending(10), ending(20)], [log([exception('h.js:9'), exception('h.js:9', end)])])).toEqual([
      ['/srv/h.js:9', 1, 'possible', null, null],
    ]);
  });

  it('when the newest end came after the log was read', () => {
    const last = exception('a.js:1', { isLast: true, ...at(30) });
    const read = log([exception('a.js:1'), exception('a.js:1'), last], { modifiedAt: t0 + 30 * second });
    expect(brief([ending(10), ending(20), ending(30), ending(32)], [read])).toEqual([
      ['/srv/a.js:1', 3, 'likely', 10, 30],
    ]);
    // One line too few: order tells nothing.
    expect(brief([ending(5), ending(10), ending(20), ending(30), ending(32)], [read])).toEqual([
      ['/srv/a.js:1', 1, 'certain', 30, 30],
    ]);
  });

  it('between the stamps around it', () => {
    const between = (from: number, to: number) => ({
      outcome: 'fatal' as const,
      between: { from: t0 + from * second, to: t0 + to * second },
    });
    const logs = [log([exception('a.js:1', between(5, 15)), exception('b.js:2', between(15, 40))])];
    expect(brief([ending(10), ending(20)], logs)).toEqual([
      ['/srv/b.js:2', 1, 'likely', 20, 20],
      ['/srv/a.js:1', 1, 'likely', 10, 10],
    ]);
  });

  it('none where nothing crashed, or no log shows why', () => {
    expect(brief([ending(10, { cause: 'manual' })], [log([exception('a.js:1', at(10))])])).toEqual([]);
    expect(brief([ending(10)], [log([])])).toEqual([]);
    expect(brief([ending(10)], [])).toEqual([]);
  });

  it('V8’s aborts by V8’s words, and crashes not by them', () => {
    const words = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    const heap = exception('x', {
      message: c(words),
      kind: c(words),
      frame: null,
      outcome: 'fatal',
      ...at(10),
    });
    const groups = crashesOf([ending(10, { cause: 'heap-oom' }), ending(11)], [log([heap])]).groups;
    expect(groups).toMatchObject([{ message: words, frame: null, times: 1, confidence: 'certain' }]);
  });

  it('counts each instance’s own ends where they share a log', () => {
    const sharedBy = [ref('web', 1)];
    const logs = logsByApp([
      log([exception('a.js:1', at(10)), exception('a.js:1', at(20)), exception('loose.js:7')], { sharedBy }),
    ]);
    const own = (id: number) => [...logs.entries()].find(([key]) => key.includes(`${id}`))?.[1] ?? [];
    expect(logs.size).toBe(2);
    expect(brief([ending(10)], own(0))).toEqual([['/srv/a.js:1', 1, 'certain', 10, 10]]);
    const other = { app: ref('web', 1) };
    expect(brief([ending(20, other), ending(99, other)], own(1))).toEqual([
      ['/srv/a.js:1', 1, 'certain', 20, 20],
    ]);
  });

  it('never counts more than there are ends, nor one end twice', () => {
    const times = fc.option(fc.integer({ min: 0, max: 60 }));
    const anyException = fc
      .record({
        place: fc.constantFrom('a.js:1', 'b.js:2', 'c.js:3'),
        time: times,
        between: fc.option(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))),
        outcome: fc.constantFrom(null, 'fatal' as const, 'survived' as const),
        hasStack: fc.boolean(),
        isLast: fc.boolean(),
      })
      .map(({ place, time, between, ...rest }) =>
        exception(place, {
          ...rest,
          at: time === null ? null : t0 + time * second,
          between: between === null ? null : { from: t0 + between[0] * second, to: t0 + between[1] * second },
        }),
      );
    const causes = fc.constantFrom<Cause>('crash', 'crash', 'heap-oom', 'manual', 'clean-exit');
    const anyEnding = fc
      .tuple(fc.integer({ min: 0, max: 60 }), causes)
      .map(([seconds, cause]) => ending(seconds, { cause }));
    fc.assert(
      fc.property(
        fc.array(anyEnding, { maxLength: 12 }),
        fc.array(anyException, { maxLength: 12 }),
        (ends, found) => {
          const logs = [log(found.slice(0, 6)), log(found.slice(6), { stream: 'out', path: c('/out.log') })];
          const { groups, ties } = crashesOf(ends, logs);
          const crashed = ends.filter(({ cause }) => cause === 'crash' || cause === 'heap-oom').length;
          expect(groups.reduce((sum, { times: count }) => sum + count, 0)).toBeLessThanOrEqual(crashed);
          expect(new Set(ties.map((tie) => tie.ending)).size).toBe(ties.length);
          expect(new Set(ties.map((tie) => tie.exception)).size).toBe(ties.length);
          expect(crashesOf(ends.toReversed(), logs).groups.map(({ times: count }) => count)).toEqual(
            groups.map(({ times: count }) => count),
          );
          crashWords(ends, logs, ({ at: time }) => time > t0 + 30_000);
        },
      ),
    );
  });
});

describe('the exception near an end', () => {
  const end = { at: t0 + 10_000, startedAt: t0 };
  it('is fatal only where something says so', () => {
    const near = (over: Partial<LoggedException>) =>
      exceptionNear(end, { heard: [], appLogs: [log([exception('a.js:1', over)])] })?.isFatal;
    expect(near(at(9))).toBe(false);
    expect(near({ ...at(9), outcome: 'fatal' })).toBe(true);
    expect(near({ outcome: 'fatal', between: { from: t0 + 5000, to: t0 + 15_000 } })).toBe(true);
    expect(near({ between: { from: t0 + 5000, to: t0 + 15_000 } })).toBeUndefined();
    expect(near(at(20))).toBeUndefined();
  });
});

describe('V8’s words', () => {
  const gone = c('<--- Last few GCs --->');
  const abort = exception('x', { message: gone, kind: gone, frame: null, outcome: 'fatal' });
  it('may be lost but for the collections before them, and are of this end only if the log was written to since', () => {
    const text = (at: number, exceptions = [abort]) =>
      heapText({ at: t0 + at * second }, { appLogs: [log(exceptions, { modifiedAt: t0 + 10_400 })] });
    expect(text(10)).toMatchObject({ quote: { text: gone }, isTimed: false });
    expect(text(60)).toBeNull();
    expect(text(10, [{ ...abort, at: t0 + 10_000 }])).toMatchObject({ isTimed: true });
    expect(text(10, [exception('a.js:1')])).toBeNull();
  });
});

describe('last words', () => {
  const words = (endings: readonly Ending[], logs: readonly AppLog[]) =>
    crashWords(endings, logs, () => true).lastWords;
  const lines = (...texts: readonly string[]) => texts.map(c);

  it('are what stands above the exception, not the stack that the group shows', () => {
    const before = lines('GET /pay', 'cache is cold');
    const crashed = exception('a.js:1', { ...at(10), before });
    expect(words([ending(10)], [log([crashed])])).toEqual({ source: path, lines: before });
    expect(words([ending(10)], [log([exception('a.js:1', at(10))])])?.lines).toEqual(
      exception('a.js:1').lines,
    );
  });

  it('are cut by stamps before the newest failure, whatever its cause', () => {
    const beforeEnd = { endAt: t0 + 20_000, lines: lines('2026-11-21T03:12:44: last') };
    const killed = ending(20, { cause: 'oom-kill' });
    expect(words([ending(10), killed], [log([], { beforeEnd })])?.lines).toEqual(beforeEnd.lines);
    expect(words([killed, ending(30)], [log([], { beforeEnd })])).toBeNull();
    expect(words([ending(20, { cause: 'manual' })], [log([], { beforeEnd })])).toBeNull();
  });

  it('are the end of a log that nobody wrote to since, and nothing where the next process may have', () => {
    const tail = { at: null, lines: lines('one', 'two') };
    const killed = (nextAt: number | null) =>
      ending(20, { cause: 'signal', nextAt: nextAt === null ? null : t0 + nextAt * second });
    const logs = (modified: number, over: Partial<AppLog> = {}) => [
      log([], { tail, modifiedAt: t0 + modified, ...over }),
    ];
    expect(words([killed(25)], logs(20_400))?.lines).toEqual(tail.lines);
    expect(words([killed(null)], logs(20_400))?.lines).toEqual(tail.lines);
    expect(words([killed(20)], logs(20_400))).toBeNull();
    expect(words([killed(25)], logs(26_000))).toBeNull();
    expect(words([killed(25)], logs(20_400, { sharedBy: [app('web', 1).ref] }))).toBeNull();
  });
});
