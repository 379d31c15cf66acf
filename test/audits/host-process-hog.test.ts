import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/host-process-hog.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { OomKill } from '../../src/model/oom.ts';
import { app, c, daemon, GB, host, hour, kill, MB, now, process, quote, window } from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';

const at = now - 25 * hour;
const git = (over: Partial<OomKill> = {}): OomKill =>
  kill({
    at,
    pid: 129101,
    comm: c('git'),
    totalVmKb: 7411308,
    anonRssKb: 6.5 * 1024 * 1024,
    fileRssKb: 0,
    taskMemcg: c('/user.slice/user-1000.slice/session-412.scope'),
    quotes: [
      quote(
        'oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),global_oom,task_memcg=/user.slice/user-1000.slice/session-412.scope,task=git,pid=129101,uid=1000',
      ),
      quote(
        'Out of memory: Killed process 129101 (git) total-vm:7411308kB, anon-rss:6815744kB, file-rss:0kB',
      ),
    ],
    ...over,
  });
const log = (...kills: OomKill[]): Partial<EvidenceMap> => ({
  oomLog: { kills, unconfirmed: [], unitLines: [] },
});

describe('host-process-hog', () => {
  it('tells of a job outside PM2 that filled the host, with both lines that prove it', () => {
    const [draft, more] = runAudit(audit, log(git()));
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({
      priority: 'P0',
      confidence: 'certain',
      subject: { kind: 'process', pid: 129101, comm: 'git' },
      args: { story: 'killed', proven: true, cgroup: '/user.slice/user-1000.slice/session-412.scope' },
    });
    expect(draft?.because).toHaveLength(2);
    expect(found(audit, draft!)).toBe(
      'git, outside PM2, took 6.5 GB of 8 GB on 2026-11-19 18:12 and was killed',
    );
    expect(found(audit, draft!, 'zh-CN')).toBe(
      'PM2 之外的 git 占用 6.5 GB，主机共 8 GB，随后被强杀（2026-11-19 18:12）',
    );
    expect(effect(audit, draft!)).toContain('No app was killed by it.');
    expect(fixWords(audit, draft!).steps.join(' ')).toContain('pack.windowMemory');
  });

  it('passes a host without kills', () => {
    expect(runAudit(audit)).toEqual([]);
  });

  it('measures it by the kernel’s table where the host is not known, and is silent without one', () => {
    const task = (pid: number, comm: string, rssBytes: number) => ({
      pid,
      uid: 1000,
      comm: c(comm),
      rssBytes,
      swapBytes: 0,
      oomScoreAdj: 0,
    });
    const beside = (bytes: number) => {
      const tasks = [task(129101, 'git', 6.5 * GB), task(77, 'mysqld', bytes)];
      return log(git({ tasks, tasksTotal: tasks.length }));
    };
    const blind = (over: Partial<EvidenceMap>) => runAudit(audit, over, ['host', 'cgroups', 'processes']);
    expect(blind(beside(6 * GB))).toMatchObject([{ priority: 'P1', args: { comms: ['git'] } }]);
    expect(blind(beside(40 * GB)).filter(({ args }) => JSON.stringify(args).includes('git'))).toEqual([]);
    expect(blind(log(git()))).toEqual([]);
  });

  it('is P1 below half of the host, and silent below a quarter', () => {
    const sized = (bytes: number) => log(git({ anonRssKb: bytes / 1024 }));
    expect(runAudit(audit, sized(4 * GB))).toMatchObject([{ priority: 'P0' }]);
    expect(runAudit(audit, sized(4 * GB - 1024))).toMatchObject([{ priority: 'P1' }]);
    expect(runAudit(audit, sized(2 * GB - 1024))).toEqual([]);
  });

  it('is silent about history, kills by hand, and groups that hit a limit of their own', () => {
    expect(runAudit(audit, log(git({ at: window.from - 1 })))).toEqual([]);
    expect(runAudit(audit, log(git({ sysrq: true })))).toEqual([]);
    expect(
      runAudit(
        audit,
        log(git({ constraint: 'memcg', oomMemcg: c('/docker/abc'), taskMemcg: c('/docker/abc') })),
      ),
    ).toEqual([]);
  });

  it('names it without proof by cgroup only where no PM2 process carries the name', () => {
    const [draft] = runAudit(audit, log(git({ taskMemcg: null })));
    expect(draft).toMatchObject({ confidence: 'likely', args: { proven: false } });
    expect(found(audit, draft!)).toContain('git, not known as PM2’s, took');
    const worker = process(1100, 1000, { comm: c('git') });
    const mine = {
      daemons: [daemon()],
      processes: { partial: false, processes: [process(900, 1), process(1000, 900), worker] },
    };
    expect(runAudit(audit, { ...log(git({ taskMemcg: null })), ...mine })).toEqual([]);
    expect(runAudit(audit, log(git({ taskMemcg: null })), ['processes'])).toEqual([]);
    expect(runAudit(audit, log(git({ taskMemcg: null, comm: c('node') })))).toEqual([]);
  });

  it('finds the stranger in the kernel’s table when an app died in its place', () => {
    const task = (pid: number, comm: string, rssBytes: number) => ({
      pid,
      uid: 1000,
      comm: c(comm),
      rssBytes,
      swapBytes: null,
      oomScoreAdj: 0,
    });
    const victim = kill({
      at,
      pid: 1000,
      comm: c('node /srv/web/se'),
      tasks: [task(555, 'mysqld', 5 * GB), task(1000, 'node /srv/web/se', 1 * GB)],
    });
    const [draft] = runAudit(audit, log(victim));
    expect(draft).toMatchObject({ priority: 'P0', subject: { comm: 'mysqld' }, args: { story: 'survived' } });
    expect(effect(audit, draft!)).toContain('Killed in its place:');
  });

  it('sees a stranger that fills a pressed host now, and is silent while there is room', () => {
    const big = {
      processes: {
        partial: false,
        processes: [
          process(900, 1),
          process(1000, 900),
          process(555, 1, { comm: c('mysqld'), rssBytes: 4 * GB }),
        ],
      },
    };
    const available = (bytes: number) => ({
      host: host({ memory: { ...host().memory, totalBytes: 8 * GB, availableBytes: bytes } }),
    });
    const [draft] = runAudit(audit, { ...big, ...available(1.6 * GB) });
    expect(draft).toMatchObject({ priority: 'P2', args: { story: 'live' } });
    expect(found(audit, draft!)).toBe('mysqld, outside PM2, holds 4 GB of 8 GB');
    expect(runAudit(audit, { ...big, ...available(1.6 * GB + MB) })).toEqual([]);
    expect(runAudit(audit, { ...available(0.5 * GB), daemons: [daemon([app('web', 0)])] })).toEqual([]);
  });

  it('is silent when the victim lived in PM2’s own group: that is a child of an app, whatever its name', () => {
    const inside = git({ taskMemcg: c('/system.slice/pm2-deploy.service') });
    expect(runAudit(audit, log(inside))).toEqual([]);
  });
});
