import type { OomKill } from '../../model/oom.ts';
import { appKey } from '../apps/process-tree.ts';
import { cgroupTie } from './cgroup-tie.ts';
import { commFit } from './comm-fit.ts';
import { roleOf, type Scene, type Tie } from './kill-scene.ts';
import { userTie } from './user-tie.ts';

export function asPidOfApp(kill: OomKill, scene: Scene): Tie | null {
  if (kill.pid === null) return null;
  const app = scene.apps.find((each) => each.pid === kill.pid || each.lastPid === kill.pid);
  if (app === undefined) return null;
  const tree = scene.trees?.byApp.get(appKey(app.ref)) ?? null;
  const fit = commFit(kill.comm, app, null);
  const isElsewhere = cgroupTie(kill, app.ref.home, scene.startup, scene.daemonOf) === 'elsewhere';
  if (fit === 'misfits' || (isElsewhere && fit !== 'fits')) return null;
  const user = userTie(kill, app, scene);
  const tie = {
    app: app.ref,
    candidates: [],
    role: roleOf(app),
    because: kill.quotes,
    reason: 'pid-of-app',
  } as const;
  if (kill.at === null) return fit === 'fits' ? { ...tie, confidence: 'possible' } : null;
  if (app.startedAt === null || app.startedAt > kill.at) return null;
  // Another user's process: only a setuid program could be this app's.
  if (user === 'other') return { ...tie, confidence: 'possible' };
  // Still there: the kill is not done yet, or its time is not what it seems.
  if (tree === null || tree.main !== null || scene.byPid.has(kill.pid))
    return { ...tie, confidence: 'possible' };
  return { ...tie, confidence: fit === 'fits' ? 'certain' : 'likely' };
}

/** Texts that name a process that was killed; a master or a shell writes them of its child. */
const childTexts = new Set(['gunicorn-signal9', 'celery-sigkill', 'shell-killed', 'uvicorn-child-died']);
const logToleranceMs = 10_000;

export function asNamedInLog(kill: OomKill, scene: Scene): Tie | null {
  const found = (scene.appLogs ?? []).flatMap((log) =>
    log.texts
      .filter((text) => kill.pid !== null && text.pid === kill.pid && childTexts.has(text.kind))
      .map((text) => ({ log, text, nearness: nearness(text.at, kill.at) })),
  );
  const near = found.filter(({ nearness: each }) => each === 'near');
  const best = near.length > 0 ? near : found.filter(({ nearness: each }) => each === 'unknown');
  const apps = new Map(best.map(({ log }) => [appKey(log.app), log.app]));
  const [first, ...rest] = apps.values();
  if (first === undefined) return null;
  // A shell notes no time with the pid; the app's end in the same moment does.
  const exit = scene.pairings.get(kill)?.exit;
  const isShell = typeof exit?.by === 'number' && exit.app !== null && appKey(exit.app.ref) === appKey(first);
  const because = [
    ...kill.quotes,
    ...best.slice(0, 3).map(({ text }) => text.quote),
    ...(isShell ? [exit.quote] : []),
  ];
  const owner = scene.apps.find((app) => appKey(app.ref) === appKey(first));
  const isOther = owner !== undefined && userTie(kill, owner, scene) === 'other';
  const isProven = (near.length > 0 || isShell) && rest.length === 0 && !isOther;
  return {
    app: first,
    candidates: rest,
    role: 'child',
    confidence: isProven ? 'certain' : 'possible',
    because,
    reason: 'pid-in-app-log',
  };
}

function nearness(logged: number | null, killed: number | null): 'near' | 'far' | 'unknown' {
  if (logged === null || killed === null) return 'unknown';
  return Math.abs(logged - killed) <= logToleranceMs ? 'near' : 'far';
}

/** The pid is alive and older than the kill: it is dying, or the kill's time is wrong. */
export function asLivePid(kill: OomKill, scene: Scene): Tie | null {
  const { pid, at } = kill;
  const app = pid === null ? undefined : scene.trees?.appOfPid.get(pid);
  if (pid === null || at === null || app === undefined) return null;
  const running = scene.byPid.get(pid);
  if (running === undefined || running.startedAt > at || running.comm !== kill.comm) return null;
  const tree = scene.trees?.byApp.get(appKey(app));
  const role = tree?.main?.pid === pid ? roleOf(tree.app) : 'child';
  return { app, candidates: [], role, confidence: 'possible', because: kill.quotes, reason: 'pid-in-tree' };
}
