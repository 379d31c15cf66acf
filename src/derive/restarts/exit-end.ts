import type { Pm2Event, Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { lateExitMs, oddMs, type Slot } from './log-slot.ts';
import { blankEnd, type EndDraft } from './process-end.ts';

/** What the daemon was doing when the line came. */
interface Meanwhile {
  readonly stepsBack: number;
  readonly heapAbort: Pm2LogEvent | null;
  readonly signalled: Pm2LogEvent | null;
  /** PM2 has sent more SIGKILLs than stops are known. */
  readonly mayHaveKilled: boolean;
}

/** The end that an `exited with code` line tells of, with the stop that it answers. */
export function endOfExit(
  slot: Slot,
  event: Pm2Event & { readonly kind: 'exited' },
  line: Pm2LogEvent,
  at: EpochMs,
  meanwhile: Meanwhile,
): EndDraft {
  const found = event.old ? slot.oldStop : slot.stop;
  const isLate = found?.asked.at != null && at - found.asked.at > slot.times.killTimeoutMs + lateExitMs;
  const stop = isLate ? null : found;
  const before = event.old ? slot.replaced : slot.running;
  const isAfterOdd = before?.isAfterOdd === true && at - (before.startedAt ?? at) <= oddMs;
  // PM2 writes of each SIGKILL it sends: one without that line is another's, or the line is missing.
  const isUnclear =
    event.signal === 'SIGKILL' && (stop === null ? meanwhile.mayHaveKilled : stop.ownSigkill === null);
  const end = blankEnd(slot);
  end.isOld = event.old;
  end.at = at;
  end.startedAt = before?.startedAt ?? null;
  end.isSteady = before === null || before.stepsBack === meanwhile.stepsBack;
  end.code = event.code;
  end.signal = event.signal;
  end.asked = stop?.asked ?? null;
  end.trigger = stop?.trigger ?? null;
  end.ownSigkill = stop?.ownSigkill ?? null;
  end.exit = line;
  end.heapAbort = event.signal === 'SIGABRT' ? meanwhile.heapAbort : null;
  end.whileEnding = meanwhile.signalled;
  end.restartedAt = event.old ? (slot.replaced?.by ?? at) : null;
  end.isDoubtful = isLate || isAfterOdd || isUnclear || stop?.isDoubtful === true;
  return end;
}
