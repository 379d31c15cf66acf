import type { Host } from '../host/host.ts';
import type { OomCounters } from '../model/host.ts';
import type { CleanText } from '../model/text.ts';
import { ownWords } from './clean.ts';
import { type Gatherer, unseen } from './gatherer.ts';
import { cgroupMounts, memoryGroup, parseCgroupLines } from './proc/cgroup-path.ts';

type GroupCounter = OomCounters['cgroups'][number];

/** `name value` lines; null = no such line. */
function counter(text: string, name: string): number | null {
  const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
  return match ? Number(match[1]) : null;
}

/**
 * How many kills there were, whatever became of the log. /proc/vmstat counts kill lines since boot (4.13+); cgroups
 * count from their creation, so a unit that was restarted starts anew and only its parents keep the sum: every level
 * up the path is read, of each daemon and of this process (in a container that is all there is).
 * Sources: Documentation/admin-guide/cgroup-v2.rst (memory.events), cgroup-v1/memory.rst (memory.oom_control).
 */
export const oomCounters: Gatherer<'oomCounters'> = {
  key: 'oomCounters',
  sources: ['/proc/vmstat', 'memory.events (cgroup v2)', 'memory.oom_control (cgroup v1)'],
  privilege: 'Any user.',
  remedy: 'none',
  after: ['daemons'],
  budgetMs: 2000,
  async gather(host, context) {
    const vmstat = host.readText('/proc/vmstat');
    const sinceBoot = vmstat.ok ? counter(vmstat.value, 'oom_kill') : null;
    const mounts = cgroupMounts(host);
    const groups: GroupCounter[] = [];
    const seenFolders = new Set<string>();
    const add = (pid: number | 'self', home: CleanText | null): void => {
      const text = host.readText(`/proc/${pid}/cgroup`);
      const group = text.ok ? memoryGroup(parseCgroupLines(text.value), mounts) : null;
      for (const { folder, path } of group?.levels ?? []) {
        if (group === null || seenFolders.has(folder)) continue;
        const figures = readGroup(host, group.version, folder);
        if (figures === null) continue;
        seenFolders.add(folder);
        // Shared parents belong to no single daemon.
        const isOwn = path === group.path;
        groups.push({
          path: context.clean.text(path),
          version: group.version,
          home: isOwn ? home : null,
          ...figures,
        });
      }
    };
    for (const daemon of context.seen('daemons') ?? []) if (daemon.pid !== null) add(daemon.pid, daemon.home);
    add('self', null);

    if (sinceBoot === null && groups.length === 0) {
      const why = host.platform === 'linux' ? (vmstat.ok ? 'not-supported' : vmstat.why) : 'not-supported';
      const detail = vmstat.ok ? ownWords('no oom_kill in /proc/vmstat') : context.clean.text(vmstat.detail);
      return unseen({
        key: 'oomCounters',
        subject: ownWords('kill counters'),
        why,
        tried: [{ source: '/proc/vmstat', why, detail }],
        remedy: host.platform === 'linux' ? 'none' : 'linux-only',
      });
    }
    const now = host.now();
    const source = ownWords(
      sinceBoot === null ? 'cgroups' : groups.length === 0 ? '/proc/vmstat' : '/proc/vmstat, cgroups',
    );
    const from = host.platform === 'linux' ? Math.round(now - host.monotonicMs()) : null;
    return { seen: true, value: { sinceBoot, cgroups: groups }, source, covers: { from, to: now }, gaps: [] };
  },
};

function readGroup(
  host: Host,
  version: 1 | 2,
  folder: string,
): Pick<GroupCounter, 'oomKill' | 'oom' | 'oomGroupKill'> | null {
  const text = host.readText(`${folder}/${version === 2 ? 'memory.events' : 'memory.oom_control'}`);
  // The root of version 2 has no events.
  if (!text.ok) return null;
  const oomKill = counter(text.value, 'oom_kill');
  if (version === 1) return oomKill === null ? null : { oomKill, oom: null, oomGroupKill: null };
  return { oomKill, oom: counter(text.value, 'oom'), oomGroupKill: counter(text.value, 'oom_group_kill') };
}
