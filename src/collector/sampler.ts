import { type Cleaner, makeCleaner } from '../gather/clean.ts';
import { gatherDaemonsLean } from '../gather/daemons.ts';
import type { GatherContext } from '../gather/gatherer.ts';
import { pageBytes, scanProcesses } from '../gather/proc/process-scan.ts';
import type { Host } from '../host/host.ts';
import type { EvidenceMap } from '../model/evidence.ts';
import type { Sample, SampledProcess } from '../model/history.ts';
import type { Daemon } from '../model/pm2.ts';
import { AppRows } from './app-rows.ts';
import { findFamily, type Member } from './family.ts';
import { readHostRow } from './host-row.ts';
import { Identities } from './identity.ts';
import { readSlowRows } from './slow-rows.ts';

/** What changes slowly is looked at once a minute: PM2's own list (4 ms of the daemon for 100 apps), swap, disks, logs. */
const slowMs = 60_000;
/** PSS takes the kernel 0.75 ms for a Node process, and says more than RSS only where processes share pages. */
const pssMs = 600_000;
/** A timer that fires a little early is still due. */
const earlyMs = 500;

/** Takes samples of one host. Keeps what it needs from one to the next; starts and changes nothing. */
export class Sampler {
  private readonly host: Host;
  private readonly homes: readonly string[];
  /** Made anew with each list, so that secrets of apps that are gone are not kept. */
  private clean = makeCleaner();
  /** Start of each process that PM2 named, as first seen after a list: a pid that is used again is another process. */
  private readonly starts = new Map<number, number>();
  private readonly identities: Identities;
  private readonly rows: AppRows;
  private readonly pageBytes: number;
  private listed: readonly Daemon[] = [];
  private listedAtMs = -Infinity;
  private pssAtMs = -Infinity;

  /** @param homes as `--home`; empty = every daemon this user may read. */
  constructor(host: Host, homes: readonly string[]) {
    this.host = host;
    this.homes = homes;
    this.pageBytes = pageBytes(host);
    this.identities = new Identities(host, () => this.clean);
    this.rows = new AppRows(host, this.pageBytes);
  }

  /** The daemons as PM2 listed them last. */
  get daemons(): readonly Daemon[] {
    return this.listed;
  }

  /** Knows the secrets of the apps as listed last. */
  get cleaner(): Cleaner {
    return this.clean;
  }

  /** Something happened: the next sample asks PM2 for its list again. */
  expire(): void {
    this.listedAtMs = -Infinity;
  }

  async take(): Promise<Sample> {
    const { host } = this;
    const monotonicMs = host.monotonicMs();
    const isSlow = monotonicMs - this.listedAtMs >= slowMs - earlyMs;
    const isPss = monotonicMs - this.pssAtMs >= pssMs - earlyMs;
    if (isSlow) {
      this.listedAtMs = monotonicMs;
      await this.list();
    }
    if (isPss) this.pssAtMs = monotonicMs;
    const slow = isSlow
      ? await readSlowRows(host, this.context(this.clean))
      : { cgroups: null, disks: null, logs: null };
    this.identities.refresh();
    let members = this.look();
    // One that PM2 named is gone: the list is old.
    if (members !== null && !isSlow && this.isMissing(members)) {
      this.listedAtMs = monotonicMs;
      await this.list();
      members = this.look();
    }
    const at = host.now();
    if (members !== null) this.identities.keep(new Set(members.map(({ pid }) => pid)));
    return {
      at,
      monotonicMs,
      host: readHostRow(host),
      apps: members && this.rows.read(this.listed, members, monotonicMs, { swap: isSlow, pss: isPss }),
      processes:
        members?.map((member) => ({
          pid: member.pid,
          ppid: member.stat.ppid,
          home: member.home,
          app: member.app,
          role: member.role,
          comm: this.clean.text(member.stat.comm, 64),
          rssBytes: member.stat.rssPages * this.pageBytes,
          ...this.lifeOf(member),
        })) ?? null,
      ...slow,
    };
  }

  private lifeOf(member: Member): Pick<SampledProcess, 'startedAt' | 'uid' | 'cgroup'> {
    const { startedAt, uid, cgroup } = this.identities.of(member);
    return { startedAt, uid, cgroup };
  }

  private look(): readonly Member[] | null {
    const scan = scanProcesses(this.host);
    if (scan === null) return null;
    return findFamily(this.listed, scan, (pid, { startTicks }) => {
      const start = this.starts.get(pid) ?? startTicks;
      this.starts.set(pid, start);
      return start === startTicks;
    });
  }

  private isMissing(members: readonly Member[]): boolean {
    const seen = new Set(members.map(({ pid }) => pid));
    return this.listed.some(
      (daemon) =>
        isOnline(daemon) && [daemon.pid, ...pidsOf(daemon)].some((each) => each !== null && !seen.has(each)),
    );
  }

  private async list(): Promise<void> {
    const before = this.listed;
    // In force only when it has learned: lines of logs are cleaned while we wait for an answer.
    const fresh = makeCleaner();
    let found = await gatherDaemonsLean(this.host, this.context(fresh));
    const online = new Set(found.seen ? found.value.filter(isOnline).map(({ home }) => home) : []);
    if (before.some((daemon) => daemon.apps.length > 0 && !online.has(daemon.home))) {
      // Its secrets cannot be told again, but its apps may go on writing them: the cleaner that knows them stays.
      found = await gatherDaemonsLean(this.host, this.context(this.clean));
    } else this.clean = fresh;
    if (found.seen) this.listed = found.value.map((daemon) => this.lastKnown(daemon));
    else if (found.gaps.every(({ why }) => why === 'not-found')) this.listed = [];
    const stays = new Set(this.listed.filter((daemon) => !isOnline(daemon)).flatMap(pidsOf));
    for (const pid of this.starts.keys()) if (!stays.has(pid)) this.starts.delete(pid);
  }

  private lastKnown(daemon: Daemon): Daemon {
    if (daemon.state === 'online' || daemon.apps.length > 0) return daemon;
    const before = this.listed.find(({ home }) => home === daemon.home);
    return before === undefined ? daemon : { ...daemon, apps: before.apps, modules: before.modules };
  }

  private context(clean: Cleaner): GatherContext {
    const now = this.host.now();
    const known: { readonly [K in keyof EvidenceMap]?: EvidenceMap[K] } = { daemons: this.listed };
    return {
      options: {
        homes: this.homes,
        window: { from: now, to: now },
        observeMs: 0,
        kernelLogs: [],
        storageBudget: { ms: 0, files: 0 },
      },
      clean,
      seen: (key) => known[key] ?? null,
    };
  }
}

const isOnline = ({ state }: Daemon): boolean => state === 'online';
const pidsOf = ({ apps, modules }: Daemon): readonly (number | null)[] =>
  [...apps, ...modules].map(({ pid }) => pid);
