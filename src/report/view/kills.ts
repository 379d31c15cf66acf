import { heldBytes as heldOf, residentBytes } from '../../derive/kills/kill-summary.ts';
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

/** Answers: was another process bigger than the victim? Null = the victim was the biggest, or the log names no sizes. */
export function biggerOther(kill: AttributedKill): AttributedKill['biggest'][number] | null {
  const first = kill.biggest[0];
  const resident = residentBytes(kill.kill);
  if (first === undefined || resident === null) return null;
  const isVictim =
    kill.app !== null && first.app !== null ? sameApp(first.app, kill.app) : first.name === kill.kill.comm;
  // A victim stands in the kernel's table too, a little smaller or bigger than in its kill line.
  return isVictim || first.rssBytes <= resident * 1.05 ? null : first;
}

/** From when on a kill would have been seen; null = not known, or since boot. */
export function killsSeenFrom(report: Report): EpochMs | null {
  const row = report.evidence.find((item) => item.key === 'oomLog');
  return row?.seen === true ? row.covers.from : null;
}

/** Kills since boot that the kernel counted and no log shows; null = it cannot be told. */
export function lostKills(report: Report): number | null {
  const counted = report.oomCounters?.sinceBoot ?? null;
  const bootedAt = report.host?.bootedAt ?? null;
  if (counted === null || report.oomKills === null || bootedAt === null) return null;
  const seen = report.oomKills.filter(
    ({ kill }) => kill.killer === 'kernel' && (kill.at === null || kill.at >= bootedAt - 60_000),
  );
  return Math.max(0, counted - seen.length);
}
