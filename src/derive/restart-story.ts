import type { AttributedKill } from '../model/oom.ts';
import type { BusObservation, Daemon, Pm2Log } from '../model/pm2.ts';
import type { RestartStory } from '../model/restart.ts';
import type { AppLog } from '../model/storage.ts';
import type { UnitJournal } from '../model/systemd.ts';
import type { EpochMs } from '../model/text.ts';

export interface StoryInput {
  readonly daemons: readonly Daemon[];
  readonly pm2Log: readonly Pm2Log[] | null;
  readonly bus: BusObservation | null;
  readonly kills: readonly AttributedKill[] | null;
  readonly appLogs: readonly AppLog[] | null;
  readonly unitJournal: readonly UnitJournal[] | null;
  readonly window: { readonly from: EpochMs; readonly to: EpochMs };
  readonly now: EpochMs;
}

/** Answers: how often did each app restart, when, and why? One story an app of `daemons`, in their order. */
export function restartStories(_input: StoryInput): readonly RestartStory[] {
  throw new Error('not written yet');
}
