import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/heap-limit-hit.ts';
import type { AppText } from '../../src/model/oom.ts';
import type { Restart, RestartStory } from '../../src/model/restart.ts';
import type { AppLog } from '../../src/model/storage.ts';
import { app, c, daemon, day, home, hour, logLine, now, pm2Log, quote, ref, window } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';
import { answered, noLines, noMore } from '../story-factory.ts';

// Why an app restarted is decided, and tested, in derive/restart-story.
const told = vi.hoisted(() => ({ stories: [] as unknown[] }));
vi.mock('../../src/derive/restarts/restart-story.ts', () => ({ restartStories: () => told.stories }));
beforeEach(() => {
  told.stories = [];
});

const line = quote(
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  'web-error.log',
);
const restart = (at: number, over: Partial<Restart> = {}): Restart => ({
  app: ref('web', 0),
  at,
  cause: 'heap-oom',
  exitCode: 0,
  signal: 'SIGABRT',
  confidence: 'certain',
  uptimeMs: hour,
  because: [line],
  ...answered,
  ...over,
});
const story = (restarts: Restart[], over: Partial<RestartStory> = {}): RestartStory => ({
  app: ref('web', 0),
  counter: restarts.length,
  restarts,
  byCause: {},
  unexplained: 0,
  ...noMore,
  coversFrom: null,
  first: null,
  last: restarts.at(-1) ? { at: restarts.at(-1)!.at, cause: restarts.at(-1)!.cause } : null,
  loops: [],
  goesOn: false,
  ...over,
});
const text = (at: number | null): AppText => ({
  kind: 'v8-heap-oom',
  at,
  pid: null,
  signal: null,
  exitCode: null,
  app: null,
  pm2Id: null,
  who: null,
  verdict: 'self-abort',
  quote: line,
});
const log = (texts: readonly AppText[], modifiedAt = now - hour): AppLog[] => [
  {
    app: ref('web', 0),
    stream: 'err',
    path: c('/home/deploy/.pm2/logs/web-error.log'),
    sizeBytes: 1,
    readBytes: 1,
    modifiedAt,
    texts,
    lastException: null,
    ...noLines,
  },
];

describe('heap-limit-hit', () => {
  it('tells of an app that stayed down after it, though only pm2.log has the text', () => {
    const stop = restart(now - hour, { confidence: 'likely', next: 'left-down', nextAt: null });
    told.stories = [story([], { stops: [stop] })];
    const seen = { daemons: [daemon([app('web', 0, { execMode: 'cluster' })])], appLogs: [] };
    expect(runAudit(audit, seen)).toMatchObject([{ args: { hits: 1, restarted: false } }]);
  });

  it('tells of restarts by V8’s own limit, with the line', () => {
    told.stories = [story([restart(now - 3 * hour), restart(now - hour)])];
    const [draft] = runAudit(audit, {
      daemons: [daemon([app('web', 0, { settings: { maxOldSpaceMb: 256 } })])],
    });
    expect(draft).toMatchObject({
      priority: 'P0',
      confidence: 'certain',
      subject: { kind: 'app', app: { name: 'web' } },
      args: { hits: 2, restarted: true, heapMb: 256 },
    });
    expect(draft?.because).toEqual([line]);
    expect(found(audit, draft!)).toBe(
      'web ran into its V8 heap limit of 256 MB twice, last on 2026-11-20 18:12',
    );
    expect(found(audit, draft!, 'zh-CN')).toBe(
      'web 触及 V8 堆上限（256 MB），共 2 次，最近一次为 2026-11-20 18:12',
    );
  });

  it('passes without any, and leaves other causes to their audits', () => {
    expect(runAudit(audit)).toEqual([]);
    told.stories = [story([restart(now - hour, { cause: 'crash' })])];
    expect(runAudit(audit)).toEqual([]);
  });

  it('is P0 within a day or while it goes on, else P1', () => {
    told.stories = [story([restart(now - day)])];
    expect(runAudit(audit)).toMatchObject([{ priority: 'P0' }]);
    told.stories = [story([restart(now - day - 1)])];
    expect(runAudit(audit)).toMatchObject([{ priority: 'P1' }]);
    told.stories = [story([restart(now - day - 1)], { goesOn: true })];
    expect(runAudit(audit)).toMatchObject([{ priority: 'P0', args: { goesOn: true } }]);
  });

  it('leaves history alone', () => {
    told.stories = [story([restart(window.from - 1)])];
    expect(runAudit(audit, { appLogs: log([text(window.from - 1)]) })).toEqual([]);
    expect(runAudit(audit, { appLogs: log([text(null)], window.from - 1) })).toEqual([]);
  });

  it('takes the text alone as likely, and says when it has no time', () => {
    const [draft] = runAudit(audit, { appLogs: log([text(null)]) });
    expect(draft).toMatchObject({
      priority: 'P1',
      confidence: 'likely',
      args: { hits: 1, last: null, restarted: false },
    });
    expect(effect(audit, draft!)).toContain('The log carries no time');
  });

  it('never proposes a heap below the one that was full', () => {
    told.stories = [story([restart(now - hour)])];
    expect(
      runAudit(audit, { daemons: [daemon([app('web', 0, { settings: { maxOldSpaceMb: 4096 } })])] }),
    ).toMatchObject([{ args: { proposed: null }, fix: { kind: 'manual' } }]);
    expect(runAudit(audit, { daemons: [daemon([app('web', 0)])] })).toMatchObject([
      { args: { proposed: null }, fix: { kind: 'manual' } },
    ]);
  });

  it('tells of an abort in pm2.log that belongs to no app it knows, dated by the line before', () => {
    const events = [
      logLine(now - 2 * day, 'App [gone:4] online', { kind: 'online', name: c('gone'), pmId: 4, old: false }),
      {
        at: null,
        text: c('FATAL ERROR: Reached heap limit'),
        event: { kind: 'heap-abort', pid: 4321 } as const,
      },
    ];
    const [draft] = runAudit(audit, { pm2Log: [pm2Log(events)] });
    expect(draft).toMatchObject({
      priority: 'P1',
      subject: { kind: 'daemon', home },
      args: { story: 'untied', last: now - 2 * day },
    });
  });

  it('stays at ten findings with fifty apps', () => {
    const apps = Array.from({ length: 50 }, (_, id) => app(`app-${id}`, id));
    told.stories = apps.map((one) => story([restart(now - hour, { app: one.ref })], { app: one.ref }));
    const drafts = runAudit(audit, { daemons: [daemon(apps)] });
    expect(drafts).toHaveLength(8);
    expect(drafts.at(-1)?.args.apps).toHaveLength(43);
  });
});
