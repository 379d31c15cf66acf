import type { Daemon, Pm2Home, Pm2Log } from '../../model/pm2.ts';
import { liveToRun, missingFrom, type Names, savedToRun } from './saved-apps.ts';

/**
 * What a reboot would bring back, compared with what runs. One answer a home, the worst first, so that two audits never
 * report the same fact:
 * `none` no dump at all · `cut` written by a daemon on its way down, with apps missing · `unsaved` apps that run are not
 * in it · `empty` the daemon runs without the saved apps · `shrunk` its backup holds apps that neither it nor the daemon
 * has, and that nobody is seen to have removed · `extra` it holds apps that are gone · `fine` · `unknown` not readable.
 */
export interface DumpState {
  readonly kind: 'none' | 'cut' | 'unsaved' | 'shrunk' | 'empty' | 'extra' | 'fine' | 'unknown';
  /** The apps in question, each name once. */
  readonly apps: Names;
  /** Entries: in the dump, in its backup, and processes meant to run now; null = not known. */
  readonly saved: number | null;
  readonly backedUp: number | null;
  readonly live: number | null;
  /** pm2.log shows the daemon being signalled when the dump was written, or the lack of it; null = not seen. */
  readonly wasSignalled: boolean | null;
  /** An entry of the dump was being stopped when it was written. */
  readonly isMarked: boolean;
}

/** A dying daemon dumps within its kill_timeout of the line that announces it (lib/Daemon.js 7.0.4 gracefullExit). */
const dumpDelayMs = 120_000;
const clockSlackMs = 2000;

/** Answers: does dump.pm2 hold what it should? */
export function dumpState(daemon: Daemon, files: Pm2Home, log: Pm2Log | null): DumpState {
  const isOnline = daemon.state === 'online';
  const writtenAt = files.dump?.modifiedAt ?? 0;
  const live = isOnline ? liveToRun(daemon.apps) : null;
  const saved = savedToRun(files.dump);
  const backup = savedToRun(files.dumpBackup) ?? [];
  const isMarked = files.dump?.apps?.some((app) => app.status === 'stopping') ?? false;
  const wasSignalled = files.dump === null ? null : signalledAt(log, files.dump.modifiedAt);
  const say = (kind: DumpState['kind'], apps: Names): DumpState => ({
    kind,
    apps: [...new Set(apps)],
    saved: saved?.length ?? null,
    backedUp: files.dumpBackup?.apps === null || files.dumpBackup === null ? null : backup.length,
    live: live?.length ?? null,
    wasSignalled,
    isMarked,
  });
  if (files.dump === null) return live !== null && live.length > 0 ? say('none', live) : say('fine', []);
  if (saved === null) return say('unknown', []);
  const lost = backup.length > saved.length ? missingFrom([...saved, ...(live ?? [])], backup) : [];
  const unsaved = missingFrom(saved, live ?? []);
  if (lost.length > 0 && (isMarked || wasSignalled === true)) return say('cut', [...lost, ...unsaved]);
  if (unsaved.length > 0) return say('unsaved', unsaved);
  const listed = daemon.apps.map((app) => app.ref.name);
  const extra = isOnline ? missingFrom(listed, saved) : [];
  if (extra.length > 0 && daemon.apps.length === 0) return say('empty', extra);
  const vanished = lost.filter((name) => wasSignalled !== false || !wasTakenAway(log, name, writtenAt));
  if (vanished.length > 0) return say('shrunk', vanished);
  if (extra.length > 0) return say('extra', extra);
  return say('fine', []);
}

/** The last word of the log on this app, before the dump was written, is a stop: somebody removed it. */
function wasTakenAway(log: Pm2Log | null, name: string, writtenAt: number): boolean {
  const last = log?.events.findLast(
    ({ at, event }) =>
      at !== null &&
      at <= writtenAt + clockSlackMs &&
      (event.kind === 'stopping' || event.kind === 'starting' || event.kind === 'online') &&
      event.name === name,
  );
  return last?.event.kind === 'stopping';
}

function signalledAt(log: Pm2Log | null, writtenAt: number): boolean | null {
  if (log === null || log.coversFrom === null || log.coversFrom > writtenAt - dumpDelayMs) return null;
  return log.events.some(
    ({ at, event }) =>
      event.kind === 'daemon-signalled' &&
      at !== null &&
      at <= writtenAt + clockSlackMs &&
      at >= writtenAt - dumpDelayMs,
  );
}
