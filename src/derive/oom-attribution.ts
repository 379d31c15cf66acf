import type { AttributedKill, OomLog } from '../model/oom.ts';
import type { Daemon, Pm2Log } from '../model/pm2.ts';
import type { ProcessTable } from '../model/process.ts';
import type { AppLog } from '../model/storage.ts';
import type { StartupFacts } from '../model/systemd.ts';

export interface AttributionInput {
  readonly oomLog: OomLog;
  readonly daemons: readonly Daemon[];
  readonly processes: ProcessTable | null;
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly startup: StartupFacts | null;
}

/** Answers: which app did each kill take, and how sure is that? One entry a kill, oldest first. */
export function attributeKills(_input: AttributionInput): readonly AttributedKill[] {
  throw new Error('not written yet');
}
