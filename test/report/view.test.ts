import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import type { Report } from '../../src/model/report.ts';
import { type Cause, causes, type Restart, type RestartStory } from '../../src/model/restart.ts';
import type { Locale } from '../../src/model/text.ts';
import { renderHtml } from '../../src/report/html.ts';
import { proseToText } from '../../src/report/prose.ts';
import { buildView } from '../../src/report/view/view.ts';
import {
  app,
  attributed,
  c,
  cgroup,
  daemon,
  day,
  evidence,
  GB,
  host,
  hour,
  kill,
  MB,
  minute,
  now,
  quote,
  ref,
  seen,
  unseen,
  window,
} from '../factories.ts';
import { answered, noMore } from '../story-factory.ts';
import { auditWords, locales, viewOf } from './pages.ts';

const healthy = (): Report => analyze(evidence(), []);
const view = (over: Partial<Report> = {}, locale: Locale = 'en', top = 10) => {
  const built = buildView({ ...healthy(), ...over }, locale, auditWords, { top });
  // Whatever the state, the page can be printed.
  expect(renderHtml(built)).toContain('</html>');
  return built;
};
const plain = (value: unknown): string => proseToText(JSON.stringify(value));

const restart = (cause: Cause, at: number): Restart => ({
  app: ref('web', 0),
  at,
  cause,
  exitCode: null,
  signal: null,
  confidence: 'certain',
  uptimeMs: null,
  because: [quote(`a line of ${cause}`, 'pm2.log', at)],
  ...answered,
});
const story = (restarts: readonly Restart[], over: Partial<RestartStory> = {}): RestartStory => ({
  app: ref('web', 0),
  counter: restarts.length,
  restarts,
  byCause: Object.fromEntries(
    causes.flatMap((cause) => {
      const count = restarts.filter((item) => item.cause === cause).length;
      return count > 0 ? [[cause, count]] : [];
    }),
  ),
  unexplained: 0,
  ...noMore,
  coversFrom: window.from,
  first: restarts[0]?.at ?? null,
  last: restarts.length > 0 ? { at: restarts.at(-1)!.at, cause: restarts.at(-1)!.cause } : null,
  loops: [],
  goesOn: false,
  ...over,
});
const withStory = (told: RestartStory | null, over: Partial<Report> = {}): Partial<Report> => {
  const report = healthy();
  return { processes: [{ ...report.processes[0]!, story: told }], ...over };
};

describe('what the page says of a host', () => {
  it('bounds the absence of kills by where the kernel log begins', () => {
    const report = analyze(
      evidence(
        {},
        {
          oomLog: seen(
            { kills: [], unconfirmed: [], unitLines: [] },
            { covers: { from: now - 2 * day, to: now } },
          ),
        },
      ),
      [],
    );
    const built = view(report);
    expect(built.header.say).toContain('since 19 Nov 03:12, where the kernel log begins');
    expect(built.oom.lead).toBe('None since 19 Nov 03:12, where the kernel log begins.');
    expect(view(report, 'zh-CN').oom.lead).toBe('自 11 月 19 日 03:12（内核日志起点）以来没有强杀记录。');
  });

  it('never turns an unread kernel log into "none"', () => {
    for (const locale of locales) {
      const built = view(analyze(evidence({}, { oomLog: unseen('oomLog') }), []), locale);
      expect(built.oom.lead).toMatch(locale === 'en' ? /unknown/ : /看不到/);
      expect(built.oom.chart).toBeNull();
      expect(built.header.say).not.toMatch(/no process was killed|没有进程因内存/);
    }
  });

  it('says unknown, not 0, for restarts that could not be seen', () => {
    for (const told of [null, story([], { coversFrom: null, counter: 41 })]) {
      const built = view(withStory(told, {}));
      expect(built.processes.memory[0]?.restarts).toBe('unknown');
      expect(built.annex.rows[0]?.inWindow).toBe('?');
    }
    expect(view(withStory(null)).restarts.lead).toContain('could not be judged');
    expect(view(withStory(story([]))).processes.memory[0]?.restarts).toBe('0');
  });

  it('marks RSS where PSS could not be read, and PM2’s own figure where nothing could', () => {
    const [row] = healthy().processes;
    const rss = view({
      processes: [
        { ...row!, treePssBytes: null, treeRssBytes: 80 * MB, rankedBytes: 80 * MB, rankedBy: 'rss' },
      ],
    });
    expect(rss.processes.memory[0]).toMatchObject({ tree: '80 MB', note: 'RSS; PSS could not be read' });
    const none = view({
      processes: [
        {
          ...row!,
          treePssBytes: null,
          treeRssBytes: null,
          treeProcesses: null,
          rankedBytes: 60 * MB,
          rankedBy: 'pm2',
        },
      ],
    });
    expect(none.processes.memory[0]).toMatchObject({
      tree: null,
      treeBar: null,
      note: 'the tree could not be read',
    });
    expect(none.processes.lead).toContain('could not be read');
    expect(none.annex.rows[0]).toMatchObject({ pss: '?', rss: '?', pm2: '60' });
  });

  it('turns a bar red only when the tree is over three times PM2’s figure', () => {
    const [row] = healthy().processes;
    const of = (treePssBytes: number) =>
      view({
        processes: [
          {
            ...row!,
            app: app('web', 0, { pm2RssBytes: 50 * MB }),
            treePssBytes,
            rankedBytes: treePssBytes,
            rankedBy: 'pss',
          },
        ],
      }).processes.memory[0];
    expect(of(150 * MB)).toMatchObject({ isHidden: false, note: null });
    expect(of(151 * MB)).toMatchObject({ isHidden: true, note: 'PM2 shows 33.1 % of it' });
  });

  it('names every state a daemon can be in', () => {
    for (const locale of locales) {
      const said = (['dead', 'hung', 'denied', 'malformed'] as const).map((state) => {
        const built = view(
          { verdict: 'unknown', daemons: [daemon([], { state })], processes: [], findings: [] },
          locale,
        );
        expect(built.processes.empty).not.toBeNull();
        return built.header.say;
      });
      expect(new Set(said).size).toBe(4);
    }
  });

  it('keeps several homes apart', () => {
    const other = c('/home/www/.pm2');
    const [row] = healthy().processes;
    const twin = {
      ...row!,
      app: app('web', 0, { ref: ref('web', 0, other), user: c('www') }),
      memoryRank: 2,
      restartRank: 2,
    };
    const built = view({
      processes: [row!, twin],
      daemons: [daemon(), daemon([], { home: other, user: c('www') })],
    });
    expect(built.annex.rows.map((item) => item.home)).toEqual(['/home/deploy/.pm2', '/home/www/.pm2']);
    expect(built.processes.memory[1]?.app.details).toContain('www');
    expect(built.processes.daemons).toHaveLength(2);
  });

  it('shows --top rows and says how many there are', () => {
    const [row] = healthy().processes;
    const rows = Array.from({ length: 5 }, (_, index) => ({
      ...row!,
      app: app(`app-${index}`, index),
      memoryRank: index + 1,
      restartRank: index + 1,
    }));
    const built = view({ processes: rows }, 'en', 3);
    expect(built.processes.memory).toHaveLength(3);
    expect(built.processes.memoryCaption).toContain('The 3 largest of 5');
    expect(built.annex.rows).toHaveLength(5);
  });

  it('judges memory, swap and disks by the limits of the contract', () => {
    const states = (memoryUsed: number, swapUsed: number) =>
      view({
        host: host({
          memory: {
            totalBytes: 100,
            freeBytes: 1,
            availableBytes: 100 - memoryUsed,
            cachedBytes: 0,
            slabBytes: 0,
          },
          swap: { totalBytes: 100, usedBytes: swapUsed },
        }),
      })
        .system.rows.slice(0, 2)
        .map((row) => row.state.kind);
    expect(states(79, 0)).toEqual(['ok', 'ok']);
    expect(states(80, 60)).toEqual(['watch', 'watch']);
    expect(states(90, 90)).toEqual(['warn', 'warn']);
    // A full swap beside much free memory holds idle pages.
    expect(states(20, 96)).toEqual(['ok', 'note']);
  });

  it('warns of a group limit that killed, although it has room now', () => {
    const limit = 2 * GB;
    const path = c('/system.slice/pm2-deploy.service');
    const group = cgroup({ limitBytes: limit, limitPath: path, usedBytes: limit / 2, peakBytes: limit });
    const killed = attributed({ kill: kill({ constraint: 'memcg', oomMemcg: path, limitKb: limit / 1024 }) });
    const row = view({ cgroups: [group], oomKills: [killed] }).system.rows.find((item) =>
      item.name.includes('pm2-deploy'),
    );
    expect(row).toMatchObject({ state: { kind: 'warn' }, hasPeak: true, share: '50 %' });
    expect(row?.judgement).toContain('1 kill');
    const calm = view({ cgroups: [group], oomKills: [] }).system.rows.find((item) =>
      item.name.includes('pm2-deploy'),
    );
    expect(calm?.state.kind).toBe('ok');
  });
});

describe('what the page says of kills', () => {
  it('tells the victim from the cause, and is careful where the difference is small', () => {
    const big = (rssBytes: number) =>
      view({
        oomKills: [
          attributed({
            kill: kill({ anonRssKb: 200 * 1024, fileRssKb: 0, shmemRssKb: 0 }),
            biggest: [{ name: c('flask-app'), app: ref('flask-app', 7), rssBytes }],
          }),
        ],
      }).oom.kills[0];
    expect(big(1 * GB)).toMatchObject({ isVictim: true, biggestNote: 'victim, not the cause' });
    expect(big(250 * MB)).toMatchObject({ isVictim: false, biggestNote: 'bigger than the victim' });
    const itself = (share: number) =>
      view({
        oomKills: [
          attributed({
            kill: kill({ anonRssKb: (8 * GB * share) / 1024, fileRssKb: 0, shmemRssKb: 0 }),
            biggest: [{ name: c('node'), app: ref('web', 0), rssBytes: 8 * GB * share }],
          }),
        ],
      }).oom.kills[0];
    expect(itself(0.6)?.biggestNote).toBe('victim and cause');
    expect(itself(0.1)?.biggestNote).toBe('the biggest then');
  });

  it('prints a kill without time, pid, name and size, and places it nowhere', () => {
    const bare = attributed({
      kill: kill({
        at: null,
        timestamp: null,
        pid: null,
        comm: null,
        anonRssKb: null,
        fileRssKb: null,
        shmemRssKb: null,
        constraint: 'unknown',
        evidence: 'reaper line only',
      }),
      app: null,
      role: null,
      confidence: 'none',
      reason: 'no-tie',
    });
    for (const locale of locales) {
      const built = view({ oomKills: [bare] }, locale);
      expect(built.oom.chart).toBeNull();
      expect(built.oom.kills[0]).toMatchObject({ held: null });
      expect(plain(built.oom.kills[0])).not.toMatch(/null,? pid|pid null|undefined|NaN/);
      expect(built.oom.notes.join(' ')).toMatch(locale === 'en' ? /no time/ : /没有时间/);
    }
  });

  it('counts a possible tie for no app, and says "perhaps"', () => {
    const maybe = attributed({ confidence: 'possible', candidates: [ref('web', 0), ref('api', 1)] });
    const built = view({ oomKills: [maybe] });
    expect(built.oom.kills[0]?.who).toMatch(/^perhaps /);
    expect(plain(built.oom.kills[0]?.why)).toContain('web and api');
  });

  it('says how many kills the log has lost', () => {
    const lost = (counted: number) =>
      view({ oomKills: [attributed()], oomCounters: { sinceBoot: counted, cgroups: [] } }).oom.notes.join(
        ' ',
      );
    expect(lost(3)).toContain('2 more kills since boot');
    expect(lost(1)).toContain('the log holds them all');
  });

  it('hatches what lies before the log begins, and never leaves it white', () => {
    const row = healthy().evidence.map((item) =>
      item.key === 'oomLog' ? { ...item, covers: { from: now - 3.5 * day, to: now } } : item,
    );
    const built = view({ evidence: row, oomKills: [attributed()] });
    expect(built.oom.chart?.unseen).toBe(50);
    expect(built.oom.chart?.description).toContain('Nothing is visible before');
    expect(view({ oomKills: [attributed()] }).oom.chart?.unseen).toBeNull();
  });

  it('shows the newest of a storm and counts the rest', () => {
    const storm = Array.from({ length: 75 }, (_, index) =>
      attributed({ kill: kill({ at: now - (75 - index) * minute, pid: index }) }),
    );
    const built = view({ oomKills: storm });
    expect(built.oom.kills).toHaveLength(30);
    expect(built.oom.kills.at(-1)?.number).toBe(75);
    expect(built.oom.notes.join(' ')).toContain('45 more');
  });
});

describe('what the page says of restarts', () => {
  const many = (cause: Cause, count: number) =>
    Array.from({ length: count }, (_, index) => restart(cause, now - (count - index) * hour));

  it('has a mark, a word and a lane for each of the causes', () => {
    for (const locale of locales) {
      const each = causes.flatMap((cause) => many(cause, 3));
      const told = view(withStory(story(each)), locale).restarts.stories[0];
      expect(told?.causes.map((item) => item.mark.cause)).toEqual([...causes]);
      expect(new Set(told?.causes.map((item) => item.mark.word)).size).toBe(causes.length);
      expect(new Set(told?.causes.map((item) => item.mark.symbol)).size).toBe(causes.length);
      expect(told?.chart?.lanes.map((lane) => lane.marks.length)).toEqual(causes.map(() => 3));
    }
  });

  it('calls many requested restarts no loop', () => {
    const told = view(withStory(story([...many('reload', 60), ...many('crash', 2)]))).restarts.stories[0];
    expect(told?.conclusion).toBe(
      'Not a loop: 60 of 62 restarts were reloads, on each of the 4 days from 18 to 21 Nov.',
    );
    expect(told?.summary).toBe('62 restarts: 60 on request and 2 by failure');
  });

  it('says whether a loop goes on, and when it ended', () => {
    const crashes = many('crash', 40);
    const loop = { from: now - hour, to: now - minute, restarts: 5 };
    const on = view(withStory(story(crashes, { loops: [loop], goesOn: true }))).restarts.stories[0];
    expect(on?.conclusion).toMatch(/goes on/);
    expect(on?.now).toMatch(/^Last restart 21 Nov 02:12, crash/);
    const ended = view(withStory(story(crashes, { loops: [{ ...loop, to: now - 30 * minute }] }))).restarts
      .stories[0];
    expect(ended?.conclusion).toMatch(/now over/);
    expect(ended?.now).toMatch(/^No crash since 21 Nov 02:12/);
  });

  it('notices a loop that comes back at the same time of day', () => {
    const loops = [3, 2, 1].map((days) => ({
      from: now - days * day,
      to: now - days * day + 20 * minute,
      restarts: 9,
    }));
    const told = view(withStory(story(many('crash', 40), { loops }))).restarts.stories[0];
    expect(told?.conclusion).toBe(
      'A recurring crash loop: 27 restarts, on 18, 19 and 20 Nov, always at night between 03:12 and 03:32.',
    );
    expect(told?.now).toContain('Expect it again at about 03:12');
  });

  it('calls a high counter without restarts in the window history, and says what pm2.log does not show', () => {
    const told = view(withStory(story([], { counter: 120, unexplained: 120 }))).restarts.stories[0];
    expect(told?.conclusion).toBe('History: none of the 120 on PM2’s counter is in the window.');
    expect(told?.because).toBe('pm2.log covers the time and does not show them.');
    expect(told?.now).toBeNull();
  });

  it('does not call an unknown cause a failure', () => {
    const told = view(withStory(story(many('unknown', 35)))).restarts.stories[0];
    expect(told?.conclusion).toMatch(/^The cause is not visible: 35 restarts/);
    expect(told?.now).not.toMatch(/failure/);
  });

  it('tells stops on request, ends that PM2 did not answer, and that it once gave up', () => {
    const stop = (cause: Cause, next: Restart['next'], ago: number): Restart => ({
      ...restart(cause, now - ago),
      next,
      nextAt: null,
    });
    const told = view(
      withStory(
        story(many('crash', 31), {
          stops: [
            stop('crash', 'gave-up', 30 * hour),
            stop('manual', 'left-down', 20 * hour),
            stop('crash', 'left-down', 9 * hour),
          ],
          starts: [{ at: now - 8 * hour, because: quote('starting', 'pm2.log', now - 8 * hour) }],
        }),
      ),
    ).restarts.stories[0];
    expect(told?.because).toContain('stopped on request once and started again later');
    expect(told?.because).toContain('failed once without PM2 starting it again (crash)');
    expect(told?.because).toContain('PM2 gave up on it once, 19 Nov 21:12; it was started again since');
  });

  it('tells a deploy of several apps once, and two restarts at one time of a bigger host not at all', () => {
    const three = ['a', 'b', 'c'].map((name, index) => {
      const own = { ...story([restart('reload', now - hour + index * 1000)]), app: ref(name, index) };
      return { ...healthy().processes[0]!, app: app(name, index), story: own };
    });
    const texts = (rows: typeof three) => view({ processes: rows }).restarts.shared.map(({ text }) => text);
    expect(texts(three)).toEqual(['21 Nov 02:12: 3 restarts on request of all 3 apps, as with a deploy.']);
    expect(texts(three.map((row, index) => (index < 2 ? row : { ...row, story: story([]) })))).toEqual([]);
  });

  it('says of a limit what PM2 compares it with, and that it cannot fire', () => {
    const [row] = healthy().processes;
    const note = (pm2RssBytes: number, treePssBytes: number) =>
      view({ processes: [{ ...row!, app: { ...row!.app, pm2RssBytes }, treePssBytes }] }).processes.memory[0]
        ?.limitNote;
    expect(note(48 * MB, 560 * MB)).toBe('cannot fire: PM2 sees 16 % of it, the tree is at 186.7 %');
    expect(note(60 * MB, 90 * MB)).toBe('PM2 sees 20 % of it, the tree is at 30 %');
    expect(note(60 * MB, 58 * MB)).toBe('at 20 %');
    expect(note(310 * MB, 560 * MB)).not.toContain('cannot fire');
  });

  it('draws no chart for a few restarts', () => {
    const told = view(withStory(story(many('crash', 4), { loops: [] }), {})).restarts;
    expect(told.stories.every((item) => item.chart === null)).toBe(true);
  });
});

describe('what the page says first', () => {
  it('gives no score and no comparison where there is none', () => {
    expect(view({ past: null, score: 88, grade: 'B' }).header.scoreNotes[0]).toBe(
      'No earlier report to compare with.',
    );
    expect(view({ score: null, grade: null }).header).toMatchObject({
      score: null,
      scoreNotes: ['Too little was seen for a score.'],
    });
    const past = { takenAt: now - 7 * day, score: 68, grade: 'C' as const };
    expect(view({ past, score: 41, grade: 'F' }).header.scoreNotes[0]).toBe(
      '27 lower than on 14 Nov (68, C).',
    );
    expect(view({ past, score: 70, grade: 'C' }, 'zh-CN').header.scoreNotes[0]).toBe(
      '比 11 月 14 日（68 分，C）高 2 分。',
    );
  });

  it('says the same facts in both languages', () => {
    for (const name of ['sick-host', 'hostile-names', 'dead-daemon', 'blind-host']) {
      const [en, zh] = locales.map((locale) => viewOf(name, locale));
      const shape = (built: typeof en) => ({
        problems: built?.problems.shown.map((item) => [
          item.pill.code,
          item.quotes.map((line) => line.text),
          item.fix?.href,
        ]),
        states: built?.system.rows.map((row) => row.state.kind),
        kills: built?.oom.kills.map((row) => [row.process.replace(/[^0-9]/g, ''), row.sure.dots]),
        stories: built?.restarts.stories.map((item) => [
          item.id,
          item.causes.map((cause) => cause.count),
          item.quotes.map((line) => line.text),
        ]),
        fixes: [...(built?.fixes.open ?? []), ...(built?.fixes.folded ?? [])].map((item) => [
          item.id,
          item.snippets.map((snippet) => snippet.text),
        ]),
        gaps: built?.blind.rows.length,
      });
      expect(shape(zh)).toEqual(shape(en));
    }
  });
});
