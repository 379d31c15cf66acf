import { createHash } from 'node:crypto';
import { type Pending, pendingFromJson, pendingToJson } from '../../derive/delivery/pending.ts';
import type { ChannelSettings, EmailSettings } from '../../model/delivery.ts';
import type { EpochMs, Json } from '../../model/text.ts';

/** What the outbox knows of a message, beside its bytes. */
export interface Note {
  /** What it is about: the host, or one app of it. */
  readonly scope: string;
  /** Who gets it; [] = whoever reads the channel. */
  readonly to: readonly string[];
  /** When the host was looked at for the report it is of; null = unknown. */
  readonly report: EpochMs | null;
  /** Some have it, or the first parts of it: it counts as told, and only they lack it whom it is left for. */
  readonly isPartly: boolean;
  /** What the channel knows once it has it; null = it knows already, or more. */
  readonly pending: Pending | null;
}

export function noteToJson({ scope, to, report, isPartly, pending }: Note): Json {
  return { scope, to, report, isPartly, pending: pending === null ? null : pendingToJson(pending) };
}

/** null = of an earlier version, or not as we write it: it is sent as it is, and nothing more is known of it. */
export function noteFromJson(json: Json | null): Note | null {
  if (typeof json !== 'object' || json === null || !('scope' in json && 'to' in json)) return null;
  const { scope, to, report, isPartly, pending } = json;
  if (typeof scope !== 'string' || !Array.isArray(to)) return null;
  return {
    scope,
    to: to.filter((one) => typeof one === 'string'),
    report: typeof report === 'number' ? report : null,
    isPartly: isPartly === true,
    pending: pendingFromJson(pending ?? null),
  };
}

const isEmail = (settings: ChannelSettings): settings is EmailSettings => 'transport' in settings;

export function recipientsOf(settings: ChannelSettings): readonly string[] {
  return isEmail(settings) ? settings.to : [];
}

/**
 * Whether a new message of this scope to these recipients may go in the place of a kept one: one that nobody has any of,
 * about the same, and to nobody else. What is left for some is never replaced: the new one says what is new since, and
 * they lack what was before.
 */
export function isReplaceable(
  { scope, to, isPartly, pending }: Note,
  by: Pick<Note, 'scope' | 'to'>,
): boolean {
  return !isPartly && pending !== null && scope === by.scope && to.every((one) => by.to.includes(one));
}

/** Whether the message is of this very report, and whoever is to get it now is among those it goes to. */
export function isOfReport(
  note: Note,
  { scope, to, report }: Pick<Note, 'scope' | 'to' | 'report'>,
): boolean {
  return (
    report !== null &&
    note.report === report &&
    note.scope === scope &&
    to.every((one) => note.to.includes(one))
  );
}

/** A mark by which changed settings are known. They hold no secret, but the address of a webhook may stand in them. */
export function settingsMark(settings: ChannelSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}

/** The report of `summary` is older than that of `than`; what is told of it is no news and no new beginning. */
export function isOlder(summary: Json, than: Json): boolean {
  return takenAt(summary) < takenAt(than);
}

/** When the host was looked at for this summary; NaN = it does not say. */
export function takenAt(json: Json): EpochMs {
  return typeof json === 'object' && json !== null && 'takenAt' in json
    ? Date.parse(String(json['takenAt']))
    : Number.NaN;
}
