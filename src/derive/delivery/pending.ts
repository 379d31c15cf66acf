import type { Json } from '../../model/text.ts';
import type { Problem, ReportFacts } from '../compare/report-facts.ts';
import { field, isRecord, listAt, type Path, WrongField } from '../compare/untrusted.ts';
import {
  knownFacts,
  problemFromJson,
  problemKey,
  problemToJson,
  type Told,
  toldFromJson,
  toldToJson,
} from './told.ts';

/** What a message in the outbox says, beside what the channel really received last. */
export interface Pending {
  /** What the channel knows once it has the message. */
  readonly told: Told;
  /** Problems that messages before it told of, which it replaced, and that were over when it was made. */
  readonly missed: readonly Problem[];
}

/**
 * Problems that came and went while nothing got through: in a message that never arrived, not in what the channel knows,
 * not in the new report. A message that replaces the kept one tells of them as gone; else nobody would ever hear of them.
 */
export function missedProblems(
  pending: Pending | null,
  received: ReportFacts | null,
  now: ReportFacts,
): readonly Problem[] {
  if (pending === null) return [];
  const elsewhere = new Set([...(received?.problems ?? []), ...now.problems].map(problemKey));
  const told = [...pending.missed, ...(knownFacts(pending.told)?.problems ?? [])];
  return [...new Map(told.map((problem) => [problemKey(problem), problem])).values()].filter(
    (problem) => !elsewhere.has(problemKey(problem)),
  );
}

export function pendingToJson({ told, missed }: Pending): { readonly [key: string]: Json } {
  return { told: toldToJson(told), missed: missed.map(problemToJson) };
}

/** null = nothing, or not as we write it: then the message says what nobody knows, and is left as it is. */
export function pendingFromJson(json: Json | null): Pending | null {
  const told = isRecord(json) ? toldFromJson(json['told'] ?? null) : null;
  if (told === null) return null;
  const root: Path = { value: json, name: '' };
  try {
    return { told, missed: listAt(field(root, 'missed')).map(problemFromJson) };
  } catch (error) {
    if (!(error instanceof WrongField)) throw error;
    return null;
  }
}
