import { beforeEach, describe, expect, it, vi } from 'vitest';
import audit from '../../src/audits/oom-killed.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { AttributedKill, OomKill } from '../../src/model/oom.ts';
import {
  app,
  attributed,
  c,
  daemon,
  day,
  GB,
  hour,
  kill,
  MB,
  now,
  process,
  quote,
  ref,
  window,
} from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';

// The stories are told here; which app a kill belongs to is decided, and tested, in derive/oom-attribution.
const told = vi.hoisted(() => ({ kills: [] as unknown[] }));
vi.mock('../../src/derive/kills/oom-attribution.ts', () => ({ attributeKills: () => told.kills }));
const tell = (...kills: AttributedKill[]) => {
  told.kills = kills;
};
beforeEach(() => tell());

const flask = ref('flask-app', 0);
const memcg = (at: number, over: Partial<OomKill> = {}): OomKill =>
  kill({
    at,
    pid: 113950,
    comm: c('python3'),
    constraint: 'memcg',
    oomMemcg: c('/system.slice/pm2-deploy.service'),
    limitKb: 2 * 1024 * 1024,
    quotes: [
      quote(
        'Memory cgroup out of memory: Killed process 113950 (python3) total-vm:2418764kB, anon-rss:1300236kB',
        'kernel log',
        at,
      ),
    ],
    ...over,
  });
const own = (at: number, over: Partial<AttributedKill> = {}) =>
  attributed({ kill: memcg(at), app: flask, because: [], ...over });
const host = (over: Parameters<typeof app>[2] = {}): Partial<EvidenceMap> => ({
  daemons: [
    daemon([
      app('flask-app', 0, { interpreter: c('python3'), settings: { maxMemoryRestartBytes: null }, ...over }),
    ]),
  ],
  processes: {
    partial: false,
    processes: [
      process(900, 1),
      process(1000, 900, { comm: c('python3'), rssBytes: 121 * MB, pssBytes: 117 * MB }),
    ],
  },
});

describe('oom-killed', () => {
  it('tells how often, when, how big and which limit, quotes the kernel and proposes a limit below the kill', () => {
    tell(own(now - 3 * day), own(now - 2 * day), own(now - 1 * day));
    const [draft, more] = runAudit(audit, host());
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({
      priority: 'P0',
      confidence: 'certain',
      subject: { kind: 'app', app: { name: 'flask-app' } },
      args: {
        story: 'app',
        kills: 3,
        limits: [{ path: '/system.slice/pm2-deploy.service', bytes: 2 * GB }],
        plan: 'limit',
      },
      fix: {
        kind: 'ecosystem-patch',
        patches: [{ set: [{ setting: 'max_memory_restart', value: '750M', previous: null }] }],
      },
    });
    expect(draft?.because.map(({ text }) => text)).toContain(
      'Memory cgroup out of memory: Killed process 113950 (python3) total-vm:2418764kB, anon-rss:1300236kB',
    );
    expect(draft!.because.length).toBeLessThanOrEqual(4);
    expect(found(audit, draft!)).toBe(
      'flask-app was killed for memory 3 times, first on 2026-11-17 19:12 and last on 2026-11-19 19:12',
    );
    expect(found(audit, draft!, 'zh-CN')).toBe(
      'flask-app 因内存不足被强杀 3 次（2026-11-17 19:12 至 2026-11-19 19:12）',
    );
    expect(effect(audit, draft!)).toContain('The limit of pm2-deploy.service (2 GB) was full.');
    expect(fixWords(audit, draft!).title).toBe('Give flask-app a memory limit of 750M');
  });

  it('passes without kills', () => {
    expect(runAudit(audit)).toEqual([]);
  });

  it('counts the window to the millisecond: older kills are history', () => {
    tell(own(window.from));
    expect(runAudit(audit, host())).toHaveLength(1);
    tell(own(window.from - 1));
    expect(runAudit(audit, host())).toEqual([]);
  });

  it('never advises a limit that PM2 could not measure', () => {
    tell(own(now - hour));
    const workers = {
      ...host(),
      processes: {
        partial: false,
        processes: [
          process(900, 1),
          process(1000, 900, { pssBytes: 40 * MB }),
          process(1001, 1000, { pssBytes: 400 * MB }),
        ],
      },
    };
    const [draft] = runAudit(audit, workers);
    expect(draft).toMatchObject({ args: { plan: 'workers' }, fix: { kind: 'manual' } });
    expect(fixWords(audit, draft!).steps.join(' ')).toContain('cannot fire');
  });

  it('asks for a bigger group where the app is killed at its ordinary size', () => {
    const full = { anonRssKb: 118_000, oomMemcg: c('/system.slice/shop.service'), limitKb: 120 * 1024 };
    tell(own(now - hour, { kill: memcg(now - hour, full) }));
    const [draft] = runAudit(audit, host());
    expect(draft).toMatchObject({
      args: { plan: 'group', proposed: null, group: { bytes: 120 * MB, raisedBytes: 180 * MB } },
      fix: { kind: 'manual' },
    });
    expect(fixWords(audit, draft!).title).toBe(
      'Give shop.service more memory than 120 MB, or run less in it',
    );
    expect(fixWords(audit, draft!).steps.join(' ')).toContain(
      'systemctl set-property shop.service MemoryMax=180M',
    );
  });

  it('does not call for a limit that is there already', () => {
    tell(own(now - hour));
    const [draft] = runAudit(audit, host({ settings: { maxMemoryRestartBytes: 800 * MB } }));
    expect(draft).toMatchObject({ args: { plan: 'late', proposed: '800M' }, fix: { kind: 'manual' } });
    expect(fixWords(audit, draft!).steps.join(' ')).toContain('Its limit of 800M is in force.');
  });

  it('never advises a limit above what the kernel killed at', () => {
    tell(own(now - hour, { kill: memcg(now - hour, { anonRssKb: 100_000, fileRssKb: 0 }) }));
    expect(runAudit(audit, host())).toMatchObject([
      { args: { plan: 'room', proposed: null }, fix: { kind: 'manual' } },
    ]);
  });

  it('tells the victim from the culprit, and mends the culprit', () => {
    const web = app('web', 1, { settings: { maxMemoryRestartBytes: null } });
    tell(own(now - hour, { biggest: [{ name: c('node /srv/web/se'), app: web.ref, rssBytes: 3 * GB }] }));
    const evidence = host();
    const [draft] = runAudit(audit, {
      daemons: [daemon([...(evidence.daemons?.[0]?.apps ?? []), web])],
      processes: {
        partial: false,
        processes: [...(evidence.processes?.processes ?? []), process(1001, 900)],
      },
    });
    expect(effect(audit, draft!)).toContain(
      'It was the victim, not the biggest: web held 3 GB at that moment.',
    );
    expect(draft).toMatchObject({ args: { target: 'web' }, fix: { patches: [{ app: { name: 'web' } }] } });
  });

  it('does not take the victim’s own row in the table for another process', () => {
    const task = {
      pid: 113950,
      uid: 1000,
      comm: c('python3'),
      rssBytes: 1_500_000 * 1024,
      swapBytes: null,
      oomScoreAdj: 0,
    };
    tell(
      own(now - hour, {
        kill: memcg(now - hour, { tasks: [task] }),
        biggest: [{ name: c('python3'), app: null, rssBytes: task.rssBytes }],
      }),
    );
    expect(runAudit(audit, host())).toMatchObject([{ args: { culprit: null } }]);
  });

  it('names the candidates and accuses none when several fit', () => {
    tell(
      own(now - hour, { confidence: 'possible', candidates: [ref('api', 1)], reason: 'sigkill-in-pm2-log' }),
    );
    const [draft] = runAudit(audit, host());
    expect(draft).toMatchObject({
      priority: 'P0',
      confidence: 'possible',
      subject: { kind: 'apps' },
      args: { apps: ['flask-app', 'api'] },
    });
    expect(draft?.fix).toBeUndefined();
    expect(found(audit, draft!)).toMatch(/^One of flask-app, api was killed.*which one could not be told$/);
  });

  it('does not say one of two apps where two kills may have taken both', () => {
    const share = { confidence: 'possible', reason: 'sigkill-in-pm2-log' } as const;
    tell(
      own(now - hour, { ...share, candidates: [ref('api', 1)] }),
      own(now - hour, { ...share, app: ref('api', 1), candidates: [ref('flask-app', 0)] }),
    );
    const [draft] = runAudit(audit, host());
    expect(found(audit, draft!)).toMatch(/^flask-app, api share 2 kills for memory between them/);
  });

  it('names at most three of the groups that were full', () => {
    tell(
      ...[1, 2, 3, 4, 5].map((group) =>
        own(now - hour, {
          app: null,
          role: null,
          confidence: 'none',
          kill: kill({ at: now - hour, pid: group, constraint: 'memcg', oomMemcg: c(`/job-${group}`) }),
        }),
      ),
    );
    const [draft] = runAudit(audit, host());
    expect(effect(audit, draft!)).toMatch(
      /^The limit of .*job-3.*job-4.*job-5.* was full; so were those of 2 more\. /,
    );
  });

  it('keeps guesses apart from what is proven', () => {
    tell(own(now - 2 * hour), own(now - hour, { confidence: 'possible' }));
    const drafts = runAudit(audit, host());
    expect(drafts.map(({ priority, confidence, args }) => [priority, confidence, args.kills])).toEqual([
      ['P0', 'certain', 1],
      ['P1', 'possible', 1],
    ]);
    expect(found(audit, drafts[1]!)).toContain('was possibly killed');
  });

  it('blames no app where none can be told', () => {
    tell(own(now - hour, { app: null, role: null, confidence: 'none', reason: 'no-tie' }));
    const [draft] = runAudit(audit, host());
    expect(draft).toMatchObject({
      priority: 'P1',
      subject: { kind: 'process', comm: 'python3' },
      args: { story: 'untied', apps: [] },
    });
    expect(found(audit, draft!)).toMatch(
      /^1 process was killed for memory on .*; which app it was could not be told$/,
    );
  });

  it('leaves workers and strangers to their own audits', () => {
    tell(
      own(now - hour, { role: 'child' }),
      own(now - hour, { app: null, role: 'other', reason: 'other-cgroup' }),
    );
    expect(runAudit(audit, host())).toEqual([]);
  });

  it('names the PM2 app that was bigger than a stranger who was killed', () => {
    tell(
      own(now - hour, {
        app: null,
        role: 'other',
        kill: kill({ at: now - hour, comm: c('mysqld') }),
        biggest: [{ name: c('python3'), app: flask, rssBytes: 4 * GB }],
      }),
    );
    const [draft] = runAudit(audit, host());
    expect(draft).toMatchObject({
      priority: 'P1',
      subject: { kind: 'app', app: { name: 'flask-app' } },
      args: { story: 'outside' },
    });
    expect(found(audit, draft!)).toMatch(/^mysqld, not run by PM2, was killed.*while flask-app held more$/);
  });

  it('tells of the daemon, and of a whole unit that systemd-oomd took', () => {
    tell(
      own(now - hour, {
        app: null,
        role: 'daemon',
        kill: kill({ at: now - hour, comm: c('PM2 v7.0.4: God') }),
      }),
    );
    expect(runAudit(audit, host())).toMatchObject([
      { priority: 'P0', subject: { kind: 'daemon' }, args: { story: 'daemon' } },
    ]);
    const unit = kill({
      at: now - hour,
      pid: null,
      comm: null,
      killer: 'systemd-oomd',
      constraint: 'userspace',
      unit: c('/system.slice/pm2-deploy.service'),
      anonRssKb: null,
    });
    tell(own(now - hour, { app: null, role: 'daemon', candidates: [flask], kill: unit }));
    const [draft] = runAudit(audit, host());
    expect(found(audit, draft!)).toMatch(/^systemd-oomd ended PM2 with all its apps/);
  });

  it('treats a kill by hand as a note, and a kill without a time as not known to be recent', () => {
    tell(own(now - hour, { kill: memcg(now - hour, { sysrq: true }) }));
    expect(runAudit(audit, host())).toMatchObject([{ priority: 'P3', args: { story: 'asked' } }]);
    tell(own(0, { kill: memcg(0, { at: null }) }));
    expect(runAudit(audit, host())).toMatchObject([{ priority: 'P2', args: { story: 'undated' } }]);
  });

  it('stays at ten findings with fifty apps killed', () => {
    const apps = Array.from({ length: 50 }, (_, id) => app(`app-${id}`, id));
    tell(...apps.map((one, index) => own(now - hour - index * 2 * 60_000, { app: one.ref })));
    const drafts = runAudit(audit, { daemons: [daemon(apps)] });
    expect(drafts).toHaveLength(4);
    expect(drafts.at(-1)).toMatchObject({ args: { story: 'rest', kills: 47 } });
  });

  it('tells several victims of one shortage as one incident, again and again or once', () => {
    const god = (at: number) =>
      own(at, { app: null, role: 'daemon', kill: memcg(at, { pid: 320, comm: c('PM2 v7.0.4: God') }) });
    const pair = (at: number) => [
      own(at),
      own(at + 20_000, { app: ref('api', 1), kill: memcg(at + 20_000, { pid: 5 }) }),
    ];
    tell(...pair(now - 3 * hour), ...pair(now - 2 * hour));
    const [draft, more] = runAudit(audit, host());
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({
      priority: 'P0',
      subject: { kind: 'apps' },
      args: { story: 'together', kills: 4, apps: ['flask-app', 'api'], daemon: false },
    });
    tell(own(now - hour), god(now - hour + 1000));
    const [both] = runAudit(audit, host());
    expect(found(audit, both!)).toMatch(/^flask-app, the PM2 daemon were killed for memory in one shortage/);
    // More than a minute apart, or in another group, they are two.
    tell(own(now - hour), god(now - hour + 61_000));
    expect(runAudit(audit, host()).map(({ args }) => args.story)).toEqual(['app', 'daemon']);
  });
});
