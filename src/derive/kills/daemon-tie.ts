import type { OomKill } from '../../model/oom.ts';
import type { Daemon } from '../../model/pm2.ts';
import type { Quote } from '../../model/text.ts';
import { takesUnit } from './cgroup-tie.ts';
import { isDaemonComm } from './comm-fit.ts';
import { quoteOf } from './kill-pairing.ts';
import type { Scene, Tie } from './kill-scene.ts';

/** systemd-oomd takes a whole unit: the daemon and all its apps. */
export function asUnit(kill: OomKill, scene: Scene): Tie | null {
  const { unit } = kill;
  if (unit === null || kill.pid !== null) return null;
  const holder = scene.startup?.holders.find((each) => takesUnit(unit, each));
  if (holder === undefined) return null;
  const daemon = scene.daemonOf.get(holder.home);
  const isPm2Unit = holder.unit?.name.startsWith('pm2-') ?? false;
  return {
    app: null,
    candidates: daemon?.apps.map((app) => app.ref) ?? [],
    role: 'daemon',
    // A session scope may have been another one then; PM2's own unit is the same under every daemon.
    confidence: kill.at !== null && (isPm2Unit || wasAlive(daemon, kill.at)) ? 'certain' : 'possible',
    because: kill.quotes,
    reason: 'daemon-name',
  };
}

export function asDaemon(kill: OomKill, scene: Scene): Tie | null {
  const { at } = kill;
  const daemon = scene.daemons.find((each) => each.pid !== null && each.pid === kill.pid);
  if (!isDaemonComm(kill.comm)) return null;
  // A live daemon of that pid that is older than the kill was not killed.
  if (at !== null && daemon?.state === 'online' && daemon.startedAt !== null && daemon.startedAt <= at)
    return null;
  const because: Quote[] = [...kill.quotes];
  let isSure = false;
  for (const log of scene.pm2Log ?? []) {
    const next =
      at === null
        ? undefined
        : log.events.find((line) => isAfterwards(line.at, at) && line.event.kind.startsWith('daemon-'));
    if (next === undefined) continue;
    because.push(quoteOf(log, next));
    isSure ||= next.event.kind === 'daemon-started';
  }
  isSure ||= scene.daemons.some((each) => at !== null && isAfterwards(each.startedAt, at));
  return {
    app: null,
    candidates: [],
    role: 'daemon',
    confidence: at !== null && isSure ? 'certain' : 'likely',
    because,
    reason: 'daemon-name',
  };
}

/** Within five minutes: systemd's restart, an operator's `pm2 resurrect`. */
function isAfterwards(time: number | null, at: number): boolean {
  return time !== null && time >= at - 2_000 && time <= at + 300_000;
}

function wasAlive(daemon: Daemon | undefined, at: number): boolean {
  return daemon?.startedAt != null && daemon.startedAt <= at;
}
