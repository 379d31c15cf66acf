/** Typed builders for evidence: each gives a healthy, complete value; a test overrides what its story needs. */
import { type Evidence, type EvidenceKey, type EvidenceMap, evidenceKeys } from '../src/model/evidence.ts';
import type { Gap, Gathered, Span, Why } from '../src/model/gap.ts';
import type { Cgroup, Disk, HostFacts } from '../src/model/host.ts';
import type { AttributedKill, OomKill } from '../src/model/oom.ts';
import type {
  App,
  AppRef,
  AppSettings,
  Daemon,
  FileFacts,
  Pm2Event,
  Pm2Home,
  Pm2Log,
  Pm2LogEvent,
} from '../src/model/pm2.ts';
import type { Process } from '../src/model/process.ts';
import type { Remembered } from '../src/model/remembered.ts';
import type { Unit } from '../src/model/systemd.ts';
import type { CleanText, EpochMs, Quote } from '../src/model/text.ts';

/** Test literals are clean by decree. */
export const c = (text: string): CleanText => text as CleanText;

/** Sat 21 Nov 2026 03:12:44 +08:00. */
export const now: EpochMs = Date.UTC(2026, 10, 20, 19, 12, 44);
export const minute = 60_000;
export const hour = 3_600_000;
export const day = 24 * hour;
export const MB = 1024 * 1024;
export const GB = 1024 * MB;
export const home = c('/home/deploy/.pm2');
export const window = { from: now - 7 * day, to: now };

export const ref = (name: string, pmId: number, at: CleanText = home): AppRef => ({
  home: at,
  pmId,
  name: c(name),
  namespace: c('default'),
});

export const settings = (over: Partial<AppSettings> = {}): AppSettings => ({
  maxMemoryRestartBytes: 300 * MB,
  maxOldSpaceMb: null,
  minUptimeMs: 1000,
  maxRestarts: 16,
  autorestart: true,
  restartDelayMs: 0,
  expBackoffRestartDelayMs: 100,
  stopExitCodes: [],
  killTimeoutMs: 1600,
  cronRestart: null,
  watch: false,
  waitReady: false,
  treekill: true,
  ...over,
});

export const app = (
  name: string,
  pmId: number,
  over: Partial<Omit<App, 'settings'>> & { settings?: Partial<AppSettings> } = {},
): App => {
  const { settings: set, ...rest } = over;
  return {
    ref: ref(name, pmId),
    pid: 1000 + pmId,
    lastPid: null,
    status: 'online',
    execMode: 'fork',
    interpreter: c('node'),
    nodeVersion: c('24.11.0'),
    scriptPath: c(`/srv/${name}/server.js`),
    cwd: c(`/srv/${name}`),
    instances: 1,
    startedAt: now - 2 * day,
    createdAt: now - 2 * day,
    restartCounter: 0,
    unstableRestarts: 0,
    exitCode: 0,
    backoffMs: null,
    pm2RssBytes: 60 * MB,
    cpuPercent: 1.2,
    settings: settings(set),
    outLogPath: c(`/home/deploy/.pm2/logs/${name}-out.log`),
    errLogPath: c(`/home/deploy/.pm2/logs/${name}-error.log`),
    uniqueId: c(`uid-${pmId}`),
    user: c('deploy'),
    isModule: false,
    envKeys: [c('NODE_ENV')],
    env: { NODE_ENV: c('production') },
    heapUsedBytes: null,
    heapTotalBytes: null,
    eventLoopP95Ms: null,
    ...rest,
  };
};

export const daemon = (apps: readonly App[] = [app('web', 0)], over: Partial<Daemon> = {}): Daemon => ({
  home,
  state: 'online',
  pid: 900,
  user: c('deploy'),
  uid: 1000,
  pm2Version: c('7.0.4'),
  nodeVersion: c('24.11.0'),
  rssBytes: 62 * MB,
  startedAt: now - 18 * day,
  foundBy: ['process title'],
  apps,
  modules: [],
  ...over,
});

export const process = (pid: number, ppid: number, over: Partial<Process> = {}): Process => ({
  pid,
  ppid,
  comm: c('node /srv/web/se'),
  state: 'S',
  uid: 1000,
  sessionId: pid,
  startedAt: now - 2 * day,
  threads: 11,
  rssBytes: 60 * MB,
  pssBytes: 55 * MB,
  swapBytes: 0,
  openFiles: 24,
  cpuMs: 60_000,
  cpuPercent: null,
  mark: null,
  oomScoreAdj: 0,
  ...over,
});

export const host = (over: Partial<HostFacts> = {}): HostFacts => ({
  name: c('web-01'),
  platform: 'linux',
  os: c('Debian GNU/Linux 12 (bookworm)'),
  kernel: c('6.1.0-28-amd64'),
  bootedAt: now - 18 * day,
  cpus: 4,
  cpuModel: c('AMD EPYC'),
  nodeVersion: c('24.11.0'),
  container: null,
  limit: null,
  memory: {
    totalBytes: 8 * GB,
    freeBytes: 5 * GB,
    availableBytes: 6.5 * GB,
    cachedBytes: 1 * GB,
    slabBytes: 100 * MB,
  },
  swap: { totalBytes: 2 * GB, usedBytes: 0 },
  load: [0.42, 0.38, 0.35],
  pressure: {
    memory: { some: [0, 0, 0], full: [0, 0, 0] },
    cpu: { some: [0, 0, 0], full: null },
    io: { some: [0, 0, 0], full: [0, 0, 0] },
  },
  overcommitMemory: 0,
  swappiness: 60,
  ...over,
});

export const cgroup = (over: Partial<Cgroup> = {}): Cgroup => ({
  home,
  daemonPid: 900,
  version: 2,
  path: c('/system.slice/pm2-deploy.service'),
  limitBytes: null,
  limitPath: null,
  usedBytes: 700 * MB,
  peakBytes: 900 * MB,
  highBytes: null,
  swapLimitBytes: null,
  oomGroup: false,
  ...over,
});

export const disk = (over: Partial<Disk> = {}): Disk => ({
  mount: c('/'),
  device: c('/dev/vda1'),
  fsType: c('ext4'),
  totalBytes: 80 * GB,
  freeBytes: 31 * GB,
  usedRatio: 0.61,
  freeInodesRatio: 0.77,
  apps: [],
  holdsHome: true,
  ...over,
});

export const file = (path: string, over: Partial<FileFacts> = {}): FileFacts => ({
  path: c(path),
  sizeBytes: 4096,
  mode: 0o600,
  uid: 1000,
  gid: 1000,
  modifiedAt: now - hour,
  ...over,
});

export const pm2Home = (over: Partial<Pm2Home> = {}): Pm2Home => ({
  home,
  homeMode: 0o755,
  uid: 1000,
  dump: { ...file(`${home}/dump.pm2`), apps: [{ name: c('web'), status: 'online' }] },
  dumpBackup: null,
  rpcSocket: file(`${home}/rpc.sock`, { mode: 0o700 }),
  pubSocket: file(`${home}/pub.sock`, { mode: 0o700 }),
  pm2Log: file(`${home}/pm2.log`),
  moduleConf: null,
  logs: [],
  modules: [c('pm2-logrotate')],
  ...over,
});

export const logLine = (at: EpochMs, text: string, event: Pm2Event): Pm2LogEvent => ({
  at,
  text: c(text),
  event,
});

export const pm2Log = (events: readonly Pm2LogEvent[] = [], over: Partial<Pm2Log> = {}): Pm2Log => ({
  home,
  path: c(`${home}/pm2.log`),
  sizeBytes: 10_000,
  allBytes: 10_000,
  utcOffsetMinutes: 480,
  coversFrom: now - 10 * day,
  coversTo: now,
  events,
  ...over,
});

export const quote = (text: string, source = 'kernel log', at: EpochMs | null = now - hour): Quote => ({
  source: c(source),
  at,
  text: c(text),
});

export const kill = (over: Partial<OomKill> = {}): OomKill => ({
  at: now - 2 * hour,
  timestamp: c('2026-11-21T01:12:44+08:00'),
  source: c('/dev/kmsg'),
  pid: 4711,
  comm: c('node /srv/web/se'),
  killer: 'kernel',
  constraint: 'global',
  totalVmKb: 2_418_764,
  anonRssKb: 1_300_236,
  fileRssKb: 3120,
  shmemRssKb: 0,
  rssKb: null,
  swapKb: null,
  uid: 1000,
  oomScoreAdj: 0,
  oomMemcg: null,
  taskMemcg: c('/system.slice/pm2-deploy.service'),
  invokedBy: { comm: c('python3'), pid: 5000 },
  signal: null,
  sysrq: false,
  unit: null,
  processes: null,
  repeats: 1,
  evidence: 'kill-line',
  usageKb: null,
  limitKb: null,
  quotes: [
    quote(
      'Out of memory: Killed process 4711 (node /srv/web/se) total-vm:2418764kB, anon-rss:1300236kB, file-rss:3120kB, shmem-rss:0kB, UID:1000 pgtables:3944kB oom_score_adj:0',
    ),
  ],
  tasks: [],
  tasksTotal: null,
  ...over,
});

export const attributed = (over: Partial<AttributedKill> = {}): AttributedKill => ({
  kill: kill(),
  app: ref('web', 0),
  candidates: [],
  role: 'app',
  confidence: 'certain',
  because: kill().quotes,
  reason: 'pid-of-app',
  biggest: [],
  ...over,
});

export const unit = (over: Partial<Unit> = {}): Unit => ({
  name: c('pm2-deploy.service'),
  path: c('/etc/systemd/system/pm2-deploy.service'),
  dropIns: [],
  oomPolicy: { value: 'continue', source: 'drop-in' },
  killMode: c('control-group'),
  restart: c('on-failure'),
  memoryMaxBytes: null,
  memoryHighBytes: null,
  timeoutStopMs: 90_000,
  user: c('deploy'),
  pm2Home: home,
  enabled: true,
  active: true,
  restarts: 0,
  ...over,
});

const open: Span = { from: null, to: null };
export const seen = <T>(
  value: T,
  over: Partial<{ source: string; covers: Span; gaps: readonly Gap[] }> = {},
): Gathered<T> => ({
  seen: true,
  value,
  source: c(over.source ?? 'test'),
  covers: over.covers ?? open,
  gaps: over.gaps ?? [],
});
export const gap = (key: EvidenceKey, why: Why = 'permission-denied', over: Partial<Gap> = {}): Gap => ({
  key,
  subject: c(key),
  why,
  tried: [{ source: 'test', why, detail: c('Operation not permitted') }],
  remedy: 'run-as-root',
  ...over,
});
export const unseen = <T>(key: EvidenceKey, why: Why = 'permission-denied'): Gathered<T> => ({
  seen: false,
  gaps: [gap(key, why)],
});

/** A healthy one-app host on which everything was seen. */
export const healthy = (): EvidenceMap => ({
  daemons: [daemon()],
  pm2Files: [pm2Home()],
  pm2Log: [pm2Log()],
  bus: { from: now - 2000, to: now, events: [], droppedFrames: 0, droppedBytes: 0 },
  processes: {
    processes: [process(900, 1, { comm: c('PM2 v7.0.4: God') }), process(1000, 900)],
    partial: false,
  },
  host: host(),
  cgroups: [cgroup()],
  disks: [disk()],
  oomLog: { kills: [], unconfirmed: [], unitLines: [] },
  oomCounters: { sinceBoot: 0, cgroups: [] },
  startup: {
    systemd: true,
    systemdVersion: 252,
    units: [unit()],
    holders: [{ home, daemonPid: 900, unit: unit(), cgroupPath: c('/system.slice/pm2-deploy.service') }],
    others: [],
  },
  unitJournal: [],
  appLogs: [],
  storage: { top: [], logs: [], scannedBytes: 0, scannedFiles: 0, complete: true },
  history: remembered(),
});

/** A collector that has just begun: it runs and knows nothing yet. */
export const remembered = (over: Partial<Remembered> = {}): Remembered => ({
  from: now - 7 * day,
  to: now,
  everyMs: 10_000,
  gaps: [],
  apps: [],
  disks: [],
  logs: [],
  killed: [],
  kills: [],
  killsFrom: null,
  pm2Lines: [],
  reports: [],
  ...over,
});

/** Evidence of a whole run; `items` replaces single keys by values or by what could not be seen. */
export const evidence = (
  values: Partial<EvidenceMap> = {},
  items: Partial<{ [K in EvidenceKey]: Gathered<EvidenceMap[K]> }> = {},
): Evidence => {
  const map = { ...healthy(), ...values };
  const all = Object.fromEntries(
    evidenceKeys.map((key) => [key, seen(map[key])]),
  ) as unknown as Evidence['items'];
  // Most hosts have no collector.
  const history =
    values.history === undefined ? { history: unseen<Remembered>('history', 'switched-off') } : {};
  return {
    schema: 'pm2-audit.evidence/1',
    tool: { name: 'pm2-audit', version: '0.1.0' },
    takenAt: now,
    utcOffsetMinutes: 480,
    window,
    items: { ...all, ...history, ...items },
    cost: { wallMs: 2900, cpuMs: 310, peakRssBytes: 58 * MB, byKeyMs: {} },
  };
};
