import type { CommandResult, Host, Outcome } from '../../host/host.ts';
import type { Attempt, Gap } from '../../model/gap.ts';
import type { CleanText, EpochMs } from '../../model/text.ts';
import { ownWords } from '../clean.ts';
import type { GatherContext } from '../gatherer.ts';
import type { LogClock } from './calendar.ts';
import type { OomParse } from './parse.ts';

export const maxBytes = 64 * 1024 * 1024;
export const commandMs = 5000;

/** One source that answered: what it says, and since when it speaks. */
export interface ReadSource {
  readonly source: CleanText;
  readonly parse: OomParse;
  readonly from: EpochMs | null;
}

export interface Findings {
  readonly read: ReadSource[];
  readonly tried: Attempt[];
  readonly gaps: Gap[];
}

/** Wall clock now minus the monotonic clock: unlike btime exact to the millisecond, and right after a suspend. */
export function clockOf(host: Host): LogClock {
  const now = host.now();
  return { bootedAtMs: now - host.monotonicMs(), utcOffsetMinutes: host.utcOffsetMinutes(now), now };
}

export function oldest(found: Findings): EpochMs | null {
  const starts = found.read.flatMap(({ from }) => (from === null ? [] : [from]));
  return starts.length === 0 ? null : Math.min(...starts);
}

export function fail(
  context: GatherContext,
  found: Findings,
  source: string,
  why: Attempt['why'],
  detail: string,
): void {
  found.tried.push({ source, why, detail: context.clean.text(detail.trim() || 'no output', 300) });
}

export function failureOf(
  result: Outcome<CommandResult>,
): { readonly why: Attempt['why']; readonly detail: string } | null {
  if (!result.ok) return result;
  const { code, stdout, stderr } = result.value;
  if (stdout.length > 0 && (code === 0 || code === null)) return null;
  if (/not permitted|permission denied|insufficient permissions|not seeing messages from/i.test(stderr))
    return { why: 'permission-denied', detail: stderr };
  return code === 0 || code === null ? null : { why: 'malformed', detail: stderr };
}

export function gap(context: GatherContext, found: Findings, why: Gap['why'], detail: string): Gap {
  const tried =
    found.tried.length > 0
      ? [...found.tried]
      : [{ source: 'kernel log', why, detail: context.clean.text(detail) }];
  return { key: 'oomLog', subject: ownWords('kernel log'), why, tried, remedy: 'persistent-journal' };
}
