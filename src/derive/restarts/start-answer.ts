import type { Pm2LogEvent } from '../../model/pm2.ts';
import type { EpochMs } from '../../model/text.ts';
import { type AppTimes, askedGapMs, groupSignalMs, maybeGapMs, sureGapMs } from './log-slot.ts';
import type { EndDraft } from './process-end.ts';

/** Enough to hold all apps that one signal can reach. */
const mostOfGroup = 500;

/** Answers: is this start PM2's answer to that end? Notes on the end how sure that is. */
export function isAnswer(last: EndDraft, times: AppTimes, at: EpochMs): boolean {
  const from = Math.max(last.at ?? at, last.killedAt ?? -Infinity);
  const isSure = last.asked === null || last.trigger !== null;
  const delayMs = Math.max(last.delayMs, last.asked === null ? times.restartDelayMs : 0);
  const gapMs = at - from;
  if (gapMs > (isSure ? sureGapMs + delayMs : maybeGapMs)) return false;
  last.isMaybe = !isSure && gapMs > askedGapMs;
  // PM2 says what it has killed before it starts again: without that line, something between is missing.
  if (last.asked !== null && last.killedAt === null) last.isDoubtful = true;
  return true;
}

/** A signal to the daemon has mostly gone to its whole group: what ended just before may have got the same one. */
export function markGroup(ends: readonly EndDraft[], line: Pm2LogEvent, at: EpochMs): void {
  for (const end of ends.slice(-mostOfGroup).reverse()) {
    if (end.at === null || end.at < at - groupSignalMs) break;
    if (end.asked !== null) continue;
    // An app that failed by itself just before did fail; one that ended with 0 may have obeyed the same signal.
    if (end.signal === 'SIGTERM' || end.code === 143 || end.code === 130) end.whileEnding = line;
    else if (end.code === 0) end.isDoubtful = true;
  }
}
