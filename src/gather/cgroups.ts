import type { Cgroup } from '../model/host.ts';
import { ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';
import { cgroupMounts, memoryGroup, parseCgroupLines } from './proc/cgroup-path.ts';
import { memoryFigures } from './proc/memory-limit.ts';

/**
 * The memory cgroup that holds each daemon, and so each app unless it moved away. Limit: the tightest on the way up.
 * Daemons that do not run have none. In a container only its own part of the tree is seen.
 */
export const cgroups: Gatherer<'cgroups'> = {
  key: 'cgroups',
  sources: ['/proc/PID/cgroup', '/sys/fs/cgroup'],
  privilege: 'Any user.',
  remedy: 'none',
  after: ['daemons'],
  budgetMs: 2000,
  async gather(host, context) {
    const daemons = context.seen('daemons') ?? [];
    if (host.platform !== 'linux') {
      const detail = context.clean.text(`${host.platform} has no cgroups`);
      const tried = [{ source: '/proc/PID/cgroup', why: 'not-supported' as const, detail }];
      return unseen({
        key: 'cgroups',
        subject: ownWords('cgroups'),
        why: 'not-supported',
        tried,
        remedy: 'linux-only',
      });
    }
    const mounts = cgroupMounts(host);
    const groups: Cgroup[] = [];
    const gaps = [];
    for (const daemon of daemons) {
      if (
        daemon.pid === null ||
        (daemon.state !== 'online' && daemon.state !== 'hung' && daemon.state !== 'denied')
      )
        continue;
      const path = `/proc/${daemon.pid}/cgroup`;
      const text = host.readText(path);
      const group = text.ok ? memoryGroup(parseCgroupLines(text.value), mounts) : null;
      const figures = group?.isExact ? memoryFigures(host, group) : null;
      // Only the root of all has no figure of its use.
      if (group === null || figures === null || (figures.usedBytes === null && group.levels.length > 1)) {
        const why = text.ok ? ('not-found' as const) : text.why;
        const detail = context.clean.text(text.ok ? 'its memory cgroup is not mounted here' : text.detail);
        gaps.push({
          key: 'cgroups' as const,
          subject: daemon.home,
          why,
          tried: [{ source: path, why, detail }],
          remedy: 'none' as const,
        });
        continue;
      }
      groups.push({
        home: daemon.home,
        daemonPid: daemon.pid,
        version: group.version,
        path: context.clean.text(group.path),
        limitBytes: figures.limitBytes,
        limitPath: figures.limitPath === null ? null : context.clean.text(figures.limitPath),
        usedBytes: figures.usedBytes,
        peakBytes: figures.peakBytes,
        highBytes: figures.highBytes,
        swapLimitBytes: figures.swapLimitBytes,
        oomGroup: figures.oomGroup,
      });
    }
    const now = host.now();
    return {
      seen: true,
      value: groups,
      source: ownWords('/sys/fs/cgroup'),
      covers: { from: now, to: now },
      gaps,
    };
  },
};
