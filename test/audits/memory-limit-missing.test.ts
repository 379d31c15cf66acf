import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/memory-limit-missing.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { App } from '../../src/model/pm2.ts';
import { app, c, cgroup, daemon, GB, MB, process } from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';

const unlimited = (name: string, pmId: number, over: Parameters<typeof app>[2] = {}) =>
  app(name, pmId, { ...over, settings: { maxMemoryRestartBytes: null, ...over.settings } });
const holding = (apps: readonly App[], bytes: number): Partial<EvidenceMap> => ({
  daemons: [daemon(apps)],
  processes: {
    partial: false,
    processes: [
      process(900, 1),
      ...apps.map((one) => process(one.pid ?? 0, 900, { rssBytes: bytes, pssBytes: bytes })),
    ],
  },
});

describe('memory-limit-missing', () => {
  it('finds an app that holds a quarter of the host, and proposes one limit', () => {
    const [draft, more] = runAudit(audit, holding([unlimited('web', 0)], 2 * GB));
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({ priority: 'P1', args: { size: 'big' }, fix: { kind: 'ecosystem-patch' } });
    expect(draft?.fix).toMatchObject({
      patches: [{ app: { name: 'web' }, set: [{ setting: 'max_memory_restart', previous: null }] }],
    });
    expect(found(audit, draft!)).toBe('web has no memory limit and holds 2 GB, 25 % of the 8 GB there are');
    expect(found(audit, draft!, 'zh-CN')).toBe('web 未设置内存上限，占用 2 GB，为主机可用 8 GB 的 25 %');
  });

  it('measures against the tighter limit of the service', () => {
    const [draft] = runAudit(audit, {
      ...holding([unlimited('web', 0)], 600 * MB),
      cgroups: [cgroup({ limitBytes: 2 * GB })],
    });
    expect(draft).toMatchObject({ priority: 'P1', args: { roomOf: '/system.slice/pm2-deploy.service' } });
  });

  it('says why no value is proposed, and calls the group by its name', () => {
    const [draft] = runAudit(audit, {
      ...holding([unlimited('web', 0)], 400 * MB),
      cgroups: [cgroup({ limitBytes: 500 * MB })],
    });
    expect(draft).toMatchObject({ args: { proposed: [], none: ['no-room'] }, fix: { kind: 'manual' } });
    expect(found(audit, draft!)).toContain('of the 500 MB there are in pm2-deploy.service');
    expect(fixWords(audit, draft!).steps).toEqual([
      'There is no room for a limit above what it holds now. Make room first.',
    ]);
    expect(fixWords(audit, draft!, 'zh-CN').steps.join('')).toContain('请先腾出内存');
  });

  it('passes with a limit, or with a V8 limit on Node', () => {
    expect(runAudit(audit)).toEqual([]);
    expect(
      runAudit(audit, holding([unlimited('web', 0, { settings: { maxOldSpaceMb: 512 } })], 600 * MB)),
    ).toEqual([]);
    expect(
      runAudit(
        audit,
        holding(
          [unlimited('py', 0, { interpreter: c('python3'), settings: { maxOldSpaceMb: 512 } })],
          600 * MB,
        ),
      ),
    ).toHaveLength(1);
  });

  it('is hygiene just below 200 MB, and P2 from there', () => {
    const below = runAudit(audit, holding([unlimited('a', 0), unlimited('b', 1)], 200 * MB - 1));
    expect(below).toMatchObject([{ priority: 'P3', subject: { kind: 'apps' }, args: { size: 'small' } }]);
    expect(found(audit, below[0]!)).toBe('2 small apps have no memory limit: a, b');
    expect(runAudit(audit, holding([unlimited('a', 0)], 200 * MB))).toMatchObject([{ priority: 'P2' }]);
  });

  it('never proposes a limit PM2 cannot see: children hold the memory', () => {
    const one = unlimited('api', 0);
    const [draft] = runAudit(audit, {
      daemons: [daemon([one])],
      processes: {
        partial: false,
        processes: [
          process(900, 1),
          process(1000, 900, { pssBytes: 40 * MB }),
          process(1001, 1000, { pssBytes: 400 * MB }),
        ],
      },
    });
    expect(draft).toMatchObject({
      priority: 'P2',
      fix: { kind: 'manual' },
      args: { proposed: [], unmeasured: ['api'] },
    });
    expect(effect(audit, draft!)).toContain('bound the workers');
    expect(fixWords(audit, draft!).title).toBe('Bound api by other means');
  });

  it('counts instances of one name as one app, and leaves stopped apps and small jobs alone', () => {
    const [draft] = runAudit(audit, holding([unlimited('web', 0), unlimited('web', 1)], 150 * MB));
    expect(draft?.args['apps']).toEqual([{ name: 'web', bytes: 300 * MB }]);
    expect(
      runAudit(audit, { daemons: [daemon([unlimited('old', 0, { pid: null, status: 'stopped' })])] }),
    ).toEqual([]);
    expect(
      runAudit(audit, holding([unlimited('job', 0, { settings: { autorestart: false } })], 60 * MB)),
    ).toEqual([]);
  });

  it('works from PM2’s figure without /proc, and stays at ten findings with fifty big apps', () => {
    expect(
      runAudit(audit, { daemons: [daemon([unlimited('web', 0, { pm2RssBytes: 300 * MB })])] }, [
        'processes',
        'host',
        'cgroups',
      ]),
    ).toMatchObject([{ priority: 'P2' }]);
    const many = Array.from({ length: 50 }, (_, index) => unlimited(`app-${index}`, index));
    const drafts = runAudit(audit, holding(many, 3 * GB));
    expect(drafts).toHaveLength(8);
    expect(drafts.flatMap((draft) => draft.args.apps)).toHaveLength(50);
  });
});
