import { describe, expect, it } from 'vitest';
import { analyze } from '../../../src/analyze/run.ts';
import { audits } from '../../../src/audits/index.ts';
import { withHistory } from '../../../src/derive/past/with-history.ts';
import type { EvidenceMap } from '../../../src/model/evidence.ts';
import type { PastProcess } from '../../../src/model/past.ts';
import type { Pm2LogEvent } from '../../../src/model/pm2.ts';
import type { CleanText } from '../../../src/model/text.ts';
import {
  app,
  attributed,
  c,
  daemon,
  day,
  evidence,
  home,
  hour,
  kill,
  logLine,
  MB,
  minute,
  now,
  pm2Log,
  ref,
  remembered,
  seen,
  unseen,
} from '../../factories.ts';

const crash = (at: number): readonly Pm2LogEvent[] => [
  logLine(at, 'App [web:0] exited with code [1] via signal [SIGINT]', {
    kind: 'exited',
    name: c('web'),
    pmId: 0,
    old: false,
    code: 1,
    signal: c('SIGINT'),
  }),
  logLine(at, 'App [web:0] starting in -fork mode-', {
    kind: 'starting',
    name: c('web'),
    pmId: 0,
    old: false,
  }),
  logLine(at, 'App [web:0] online', { kind: 'online', name: c('web'), pmId: 0, old: false }),
];
const kept = (lines: readonly Pm2LogEvent[]) => lines.map((line) => ({ home, line }));
const tell = (values: Partial<EvidenceMap>, items = {}) => analyze(evidence(values, items), audits, {});
const web = app('web', 0, { restartCounter: 5, startedAt: now - hour, createdAt: now - 6 * day });
const daemons = [daemon([web])];
/** Five crashes; the log was flushed after the third. */
const ats = [now - 3 * day, now - 2 * day, now - day, now - 5 * hour, now - hour];
const flushed = pm2Log(ats.slice(3).flatMap(crash), { coversFrom: ats[3]!, coversTo: now });

describe('lines that pm2.log has lost', () => {
  const history = remembered({ pm2Lines: kept(ats.flatMap(crash)) });
  const storyOf = (values: Partial<EvidenceMap>) => tell(values).processes[0]?.story;

  it('come back: the counter is explained', () => {
    expect(storyOf({ daemons, pm2Log: [flushed] })).toMatchObject({ unexplained: 3 });
    const story = storyOf({ daemons, pm2Log: [flushed], history });
    expect(story).toMatchObject({ unexplained: 0, coversFrom: ats[0] });
    expect(story?.byCause.crash).toBeGreaterThanOrEqual(4);
    expect(story?.restarts.map(({ at }) => at)).toEqual(ats);
  });

  it('are counted once where both have them', () => {
    const whole = pm2Log(ats.flatMap(crash), { coversFrom: ats[0]!, coversTo: now });
    expect(storyOf({ daemons, pm2Log: [whole], history })?.restarts).toHaveLength(5);
  });

  it('come back where the file is empty', () => {
    const empty = pm2Log([], { coversFrom: null, coversTo: null });
    expect(storyOf({ daemons, pm2Log: [empty], history })?.restarts.map(({ at }) => at)).toEqual(ats);
  });

  it('stay away where the two disagree about the clock', () => {
    const shifted = remembered({ pm2Lines: kept(ats.map((at) => at - 8 * hour).flatMap(crash)) });
    const shared = pm2Log(ats.flatMap(crash), { coversFrom: ats[1]! - 9 * hour, coversTo: now });
    const { items } = withHistory(evidence({ pm2Log: [shared], history: shifted }));
    expect(items.pm2Log.seen && items.pm2Log.value[0]).toBe(shared);
  });

  it('cover only the time since the collector last stood still', () => {
    const gap = { from: ats[1]! + hour, to: ats[1]! + 2 * hour };
    const torn = remembered({ pm2Lines: kept(ats.flatMap(crash)), gaps: [gap] });
    expect(storyOf({ daemons, pm2Log: [flushed], history: torn })?.coversFrom).toBe(gap.to);
  });

  it('cover only the time since lines of a loop were passed over', () => {
    const passed = { home, from: ats[1]! + hour, to: ats[1]! + 2 * hour };
    const coversFrom = (linesNotKept: readonly { home: CleanText; from: number; to: number }[]) =>
      storyOf({
        daemons,
        pm2Log: [flushed],
        history: remembered({ pm2Lines: kept(ats.flatMap(crash)), linesNotKept }),
      })?.coversFrom;
    const whole = coversFrom([]);
    expect(coversFrom([passed])).toBe(passed.to);
    expect(coversFrom([{ ...passed, home: c('/root/.pm2') }])).toBe(whole);
    expect(whole).toBeLessThan(passed.from);
  });

  it('of another home are not its own', () => {
    const other = remembered({
      pm2Lines: ats.flatMap(crash).map((line) => ({ home: c('/root/.pm2'), line })),
    });
    expect(storyOf({ daemons, pm2Log: [flushed], history: other })?.restarts).toHaveLength(2);
  });
});

describe('kills', () => {
  const at = now - 2 * hour;
  const killed: PastProcess = {
    pid: 4711,
    ppid: 900,
    startedAt: now - day,
    home,
    app: ref('web', 0),
    role: 'main',
    comm: c('node /srv/web/se'),
    uid: 1000,
    cgroup: null,
    firstSeen: now - day,
    lastSeen: at - 8000,
    rssBytes: 1200 * MB,
  };
  const history = remembered({ killed: [killed] });

  it('of a pid that samples knew are certain', () => {
    const oomLog = { kills: [kill({ at })], unconfirmed: [], unitLines: [] };
    expect(tell({ daemons, oomLog }).oomKills?.[0]?.confidence).not.toBe('certain');
    expect(tell({ daemons, oomLog, history }).oomKills).toMatchObject([
      { confidence: 'certain', reason: 'pid-in-samples', app: { name: 'web' } },
    ]);
  });

  it('that the kernel log has lost come back, once', () => {
    const stored = remembered({ kills: [attributed({ kill: kill({ at: at + 900 }) })], killed: [killed] });
    const none = { kills: [], unconfirmed: [], unitLines: [] };
    expect(tell({ daemons, oomLog: none, history: stored }).oomKills).toHaveLength(1);
    const oomLog = { ...none, kills: [kill({ at })] };
    expect(tell({ daemons, oomLog, history: stored }).oomKills).toHaveLength(1);
  });

  it('reach as far back as the collector watched without a break', () => {
    const items = {
      oomLog: seen({ kills: [], unconfirmed: [], unitLines: [] }, { covers: { from: now - hour, to: now } }),
    };
    const watched = remembered({ killsFrom: now - 5 * day });
    const from = (history_: typeof watched) => {
      const { oomLog } = withHistory(evidence({ history: history_ }, items)).items;
      return oomLog.seen ? oomLog.covers.from : null;
    };
    expect(from(watched)).toBe(now - 5 * day);
    expect(from(remembered({ killsFrom: now - 30 * minute }))).toBe(now - hour);
    expect(from(remembered({ killsFrom: now - 5 * day, to: now - 2 * hour }))).toBe(now - hour);
  });

  it('are seen through a collector that may read what this user may not', () => {
    const items = { oomLog: unseen<EvidenceMap['oomLog']>('oomLog') };
    const stored = remembered({
      kills: [attributed({ kill: kill({ at }) })],
      killed: [killed],
      killsFrom: now - 5 * day,
    });
    expect(tell({ daemons, history: stored }, items).oomKills).toMatchObject([{ confidence: 'certain' }]);
    expect(tell({ daemons, history: remembered() }, items).oomKills).toBeNull();
  });
});

it('leaves the evidence alone where nothing was kept', () => {
  const plain = evidence();
  expect(withHistory(plain)).toBe(plain);
  const { items } = withHistory(evidence({ history: remembered() }));
  expect(items.pm2Log).toEqual(plain.items.pm2Log);
  expect(items.oomLog).toEqual(plain.items.oomLog);
});
