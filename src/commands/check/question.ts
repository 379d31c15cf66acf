import { evidenceNames } from '../../derive/gap-words.ts';
import { type EvidenceKey, evidenceKeys } from '../../model/evidence.ts';
import { type Priority, priorities } from '../../model/finding.ts';
import { type FailOn, parseDuration, parseFailOn } from '../../options.ts';
import type { Flags } from '../../resolve-options.ts';
import { UsageError } from '../../usage-error.ts';

/** Flags of `pm2-audit check`, as the command line gives them. */
export interface CheckFlags extends Flags {
  readonly warning?: string;
  readonly critical?: string;
  readonly timeout?: string;
  readonly without?: string;
  readonly long?: boolean;
}

/** What a check is asked, read and proved. */
export interface Question {
  /** Findings from this priority on are WARNING, or CRITICAL. */
  readonly warning: FailOn;
  readonly critical: FailOn;
  readonly timeoutMs: number;
  /** Evidence the user does without: what it could show is not part of the question. */
  readonly without: readonly EvidenceKey[];
  readonly long: boolean;
  readonly app: string | null;
}

const maxTimeoutMs = 600_000;

/** Throws UsageError. */
export function askedOf(flags: CheckFlags): Question {
  const warning = parse('--warning', flags.warning ?? 'P1');
  const critical = parse('--critical', flags.critical ?? 'P0');
  if (reach(critical) > reach(warning)) {
    throw new UsageError(
      `--critical ${critical}: reaches further than --warning ${warning}. Give --warning the lower priority.`,
    );
  }
  const timeoutMs = parseDuration(flags.timeout ?? '30s', 's');
  if (timeoutMs === null || timeoutMs < 1000 || timeoutMs > maxTimeoutMs)
    throw new UsageError(`--timeout ${flags.timeout}: not a time from 1s to 10m. Use 10s or 1m.`);
  return {
    warning,
    critical,
    timeoutMs,
    without: withoutOf(flags.without ?? ''),
    long: (flags.long ?? false) || (flags.verbose ?? false),
    app: flags.app ?? null,
  };
}

function parse(option: string, text: string): FailOn {
  try {
    return parseFailOn(text);
  } catch {
    throw new UsageError(`${option} ${text}: not a priority. Use P0, P1, P2, P3 or never.`);
  }
}

/** How many priorities it takes in: `never` 0, `P0` 1 … */
const reach = (limit: FailOn): number => (limit === 'never' ? 0 : priorities.indexOf(limit) + 1);

/** True when a finding of this priority is at or above the limit. */
export function reaches(priority: Priority, limit: FailOn): boolean {
  return priorities.indexOf(priority) < reach(limit);
}

/** Without the daemons there is nothing to check. */
const droppable = evidenceKeys.filter((key) => key !== 'daemons' && key !== 'processes');

function withoutOf(text: string): readonly EvidenceKey[] {
  const names = text.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const key = droppable.find((known) => known.toLowerCase() === name.toLowerCase());
      if (key === undefined) {
        const known = droppable.map((one) => `${one} (${evidenceNames.en[one]})`).join(', ');
        throw new UsageError(
          `--without ${name}: not evidence that can be left out. Use one or more of ${known}.`,
        );
      }
      return key;
    });
}
