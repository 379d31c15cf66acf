import { type Culprit, culpritOf } from '../../derive/kills/kill-culprit.ts';
import { lostKills as lostOf } from '../../derive/kills/lost-kills.ts';
import { heldBytes as heldOf } from '../../derive/kills/victim-size.ts';
import type { AttributedKill } from '../../model/oom.ts';
import type { AppRef } from '../../model/pm2.ts';
import type { Report } from '../../model/report.ts';
import type { EpochMs } from '../../model/text.ts';

/** Kills of the window, oldest first; those without a time are kept, for nothing says they are older. */
export function killsInWindow(report: Report): readonly AttributedKill[] {
  return (report.oomKills ?? []).filter(({ kill }) => kill.at === null || kill.at >= report.window.from);
}

/** Memory the victim held, bytes, as everywhere in the report; null = not said. */
export function heldBytes({ kill }: AttributedKill): number | null {
  return heldOf(kill);
}

export const sameApp = (a: AppRef | null, b: AppRef | null): boolean =>
  a !== null && b !== null && a.home === b.home && a.pmId === b.pmId && a.name === b.name;

/** The app a kill counts for; a merely possible tie counts for none. */
export function ownerOf(kill: AttributedKill): AppRef | null {
  return kill.confidence === 'certain' || kill.confidence === 'likely' ? kill.app : null;
}

/** Answers: was something else bigger than the victim? null = the victim was the biggest, or the log names no sizes. */
export function biggerOther(kill: AttributedKill): Culprit | null {
  const culprit = culpritOf(kill);
  // A row of the victim's own name, while its pid is not known: most likely the victim's own.
  return culprit?.app == null && culprit?.name === kill.kill.comm && kill.kill.pid === null ? null : culprit;
}

/** From when on a kill would have been seen; null = not known, or since boot. */
export function killsSeenFrom(report: Report): EpochMs | null {
  const row = report.evidence.find((item) => item.key === 'oomLog');
  return row?.seen === true ? row.covers.from : null;
}

/** Kills since boot that the kernel counted and no log shows; null = it cannot be told. */
export function lostKills(report: Report): number | null {
  if (report.oomCounters === null || report.oomKills === null || report.host?.bootedAt == null) return null;
  const oomLog = { kills: report.oomKills.map(({ kill }) => kill), unconfirmed: [], unitLines: [] };
  return (
    lostOf(oomLog, report.oomCounters, report.host, { from: killsSeenFrom(report), to: null })?.lost ?? null
  );
}
