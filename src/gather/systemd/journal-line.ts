import type { UnitEventKind } from '../../model/systemd.ts';

/** One message of systemd about a unit, as `journalctl -o json` gives it; still uncleaned. */
export interface JournalLine {
  readonly unit: string;
  /** Microseconds since 1970, from `__REALTIME_TIMESTAMP`, as ms. */
  readonly at: number;
  readonly kind: UnitEventKind;
  readonly result: string | null;
  readonly restarts: number | null;
  readonly message: string;
}

/** sd-messages.h of systemd: ids stay the same while wordings change. */
const kinds: { readonly [id: string]: UnitEventKind } = {
  fe6faa94e7774663a0da52717891d8ef: 'oom-in-unit',
  d9b373ed55a64feb8242e02dbe79a49c: 'failed',
  '5eb03494b6584870a536b337290809b3': 'restart-scheduled',
  de5b426a63be47a7b6ac3eaac82e2f6f: 'stopping',
  d989611b15e44c9dbf31e3c81256e4ed: 'oomd-kill',
  '39f53479d3a045ac8e11786248231fbf': 'started',
  // Main or control process exited; deactivated successfully.
  '98e322203f7a4ed290d09fe03c09fe15': 'other',
  '7ad2d189f7e94e70a38c781354912448': 'other',
};

/** For messages without an id, or of versions that had none yet. What is in neither list is passed over. */
const texts: readonly (readonly [RegExp, UnitEventKind])[] = [
  [/A process of this unit has been killed by the OOM killer/, 'oom-in-unit'],
  [/systemd-oomd killed \d+ process/, 'oomd-kill'],
  [/Failed with result '|Unit entered failed state/, 'failed'],
  [/Scheduled restart job|Service hold-?off time over/i, 'restart-scheduled'],
  [/^Stopping /, 'stopping'],
  [/^Started /, 'started'],
  [
    /timed out|Main process exited|main process exited|Killing process|Start request repeated too quickly|Deactivated successfully/,
    'other',
  ],
];

/** Reads one line of `journalctl -o json`; null = not JSON, no unit, or nothing we ask about. Never throws. */
export function parseJournalLine(line: string): JournalLine | null {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof entry !== 'object' || entry === null) return null;
  const fields = new Map<string, unknown>(Object.entries(entry));
  const unit = fieldText(fields.get('UNIT')) ?? fieldText(fields.get('USER_UNIT'));
  const at = Number(fieldText(fields.get('__REALTIME_TIMESTAMP')));
  const message = fieldText(fields.get('MESSAGE'));
  if (unit === null || message === null || !Number.isFinite(at) || at <= 0) return null;
  const id = fieldText(fields.get('MESSAGE_ID')) ?? '';
  const kind = kinds[id] ?? texts.find(([pattern]) => pattern.test(message))?.[1];
  if (kind === undefined) return null;
  const restarts = Number.parseInt(
    fieldText(fields.get('N_RESTARTS')) ?? /restart counter is at (\d+)/.exec(message)?.[1] ?? '',
    10,
  );
  return {
    unit,
    at: at / 1000,
    kind,
    result: fieldText(fields.get('UNIT_RESULT')) ?? /Failed with result '([^']+)'/.exec(message)?.[1] ?? null,
    restarts: Number.isFinite(restarts) ? restarts : null,
    message,
  };
}

/** A value is a string, an array of bytes where it is no plain text, or an array of values where a field repeats. */
function fieldText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || value.length === 0) return null;
  if (value.every((item) => typeof item === 'number')) return Buffer.from(value).toString('utf8');
  const last: unknown = value.at(-1);
  return typeof last === 'string' ? last : null;
}
