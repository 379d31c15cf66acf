import { kbField, ticksPerSecond } from '../gather/proc/proc-text.ts';
import type { Host } from '../host/host.ts';
import type { AppSample } from '../model/history.ts';
import type { Daemon } from '../model/pm2.ts';
import { appsOf, type Member } from './family.ts';

/** What is read beside /proc/PID/stat, because it costs more. */
export interface Extras {
  readonly swap: boolean;
  readonly pss: boolean;
}

interface CpuMark {
  readonly ticks: number;
  readonly atMs: number;
}

/** Makes the rows of all apps; remembers the CPU time of each tree from one look to the next. */
export class AppRows {
  private readonly host: Host;
  private readonly pageBytes: number;
  private readonly cpu = new Map<number, CpuMark>();

  constructor(host: Host, pageBytes: number) {
    this.host = host;
    this.pageBytes = pageBytes;
  }

  read(
    daemons: readonly Daemon[],
    members: readonly Member[],
    atMs: number,
    extras: Extras,
  ): readonly AppSample[] {
    const trees = new Map<string, Member[]>();
    for (const member of members) {
      if (member.app === null) continue;
      const key = `${member.home}\n${member.app.pmId}`;
      const tree = trees.get(key);
      if (tree === undefined) trees.set(key, [member]);
      else tree.push(member);
    }
    const rows = daemons.flatMap((daemon) =>
      appsOf(daemon).map((app): AppSample => {
        const tree = trees.get(`${daemon.home}\n${app.ref.pmId}`) ?? [];
        const main = tree.find(({ role }) => role === 'main');
        return {
          app: app.ref,
          status: app.status,
          pid: main?.pid ?? null,
          restartCounter: app.restartCounter,
          pm2RssBytes: main === undefined ? null : main.stat.rssPages * this.pageBytes,
          treeRssBytes: tree.length === 0 ? null : this.rssOf(tree),
          treePssBytes: extras.pss && tree.length > 1 ? this.sum(tree, 'smaps_rollup', 'Pss') : null,
          treeSwapBytes: extras.swap && tree.length > 0 ? this.sum(tree, 'status', 'VmSwap') : null,
          processes: main === undefined ? null : tree.length,
          cpuPercent: this.cpuOf(tree, atMs),
        };
      }),
    );
    for (const member of members) this.cpu.set(member.pid, { ticks: member.stat.cpuTicks, atMs });
    const alive = new Set(members.map(({ pid }) => pid));
    for (const pid of this.cpu.keys()) if (!alive.has(pid)) this.cpu.delete(pid);
    return rows;
  }

  private rssOf(tree: readonly Member[]): number {
    return tree.reduce((sum, { stat }) => sum + stat.rssPages, 0) * this.pageBytes;
  }

  /** null as soon as one of them cannot be read: a part would look like less memory. */
  private sum(tree: readonly Member[], file: string, field: string): number | null {
    let total = 0;
    for (const { pid } of tree) {
      const text = this.host.readText(`/proc/${pid}/${file}`);
      const bytes = text.ok ? kbField(text.value, field) : null;
      if (bytes === null) return null;
      total += bytes;
    }
    return total;
  }

  /** Of the processes that were there at the last look too; null at the first one. */
  private cpuOf(tree: readonly Member[], atMs: number): number | null {
    let percent: number | null = null;
    for (const { pid, stat } of tree) {
      const before = this.cpu.get(pid);
      if (before === undefined || before.atMs >= atMs || stat.cpuTicks < before.ticks) continue;
      percent =
        (percent ?? 0) +
        ((stat.cpuTicks - before.ticks) * (1000 / ticksPerSecond) * 100) / (atMs - before.atMs);
    }
    return percent === null ? null : Math.round(percent * 10) / 10;
  }
}
