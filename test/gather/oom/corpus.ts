/** Runs the parser over a folder of labelled logs (`expected.json` beside them) and says where it differs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCleaner, ownWords } from '../../../src/gather/clean.ts';
import { type OomParse, parseOomText } from '../../../src/gather/oom/parse.ts';

export interface Case {
  readonly id: string;
  readonly file: string;
  readonly expected: readonly { readonly [field: string]: unknown }[];
  readonly unconfirmed: readonly { readonly [field: string]: unknown }[];
  readonly appEvidence: readonly { readonly [field: string]: unknown }[];
  readonly killsExpected: number;
}

export const clock = { bootedAtMs: null, utcOffsetMinutes: 0, now: Date.UTC(2026, 10, 21, 22) };

export function cases(folder: string): readonly Case[] {
  return (JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { cases: readonly Case[] })
    .cases;
}

export function parseCase(folder: string, one: Case): OomParse {
  return parseOomText(readFileSync(join(folder, one.file)), ownWords(one.file), makeCleaner(), clock);
}

const signals: Record<string, number> = { SIGKILL: 9, SIGABRT: 6, SIGTERM: 15 };

/** One sentence for each difference; empty = exactly right. */
export function differences(one: Case, parse: OomParse): readonly string[] {
  const out: string[] = [];
  if (parse.kills.length !== one.killsExpected)
    out.push(
      `${parse.kills.length} kills instead of ${one.killsExpected}: ${parse.kills.map((kill) => `${kill.pid} ${kill.comm} ${kill.evidence}`).join('; ')}`,
    );
  for (const [index, want] of one.expected.entries()) {
    const kill = parse.kills[index];
    if (!kill) continue;
    for (const [field, value] of Object.entries({ repeats: 1, sysrq: false, signal: null, ...want })) {
      const got =
        field === 'invokedBy'
          ? kill.invokedBy
            ? { comm: kill.invokedBy.comm }
            : null
          : (kill as unknown as Record<string, unknown>)[field];
      if (JSON.stringify(got) !== JSON.stringify(value))
        out.push(`${kill.pid}.${field}: ${JSON.stringify(got)} instead of ${JSON.stringify(value)}`);
    }
  }
  const list = (entries: readonly { readonly [field: string]: unknown }[]): string =>
    JSON.stringify(entries.map(({ pid, comm, why }) => ({ pid, comm, why })));
  if (list(one.unconfirmed) !== list(parse.unconfirmed.map((entry) => ({ ...entry }))))
    out.push(
      `unconfirmed: ${list(parse.unconfirmed.map((entry) => ({ ...entry })))} instead of ${list(one.unconfirmed)}`,
    );
  if (parse.appEvidence.length !== one.appEvidence.length)
    out.push(`app evidence: ${JSON.stringify(parse.appEvidence.map((text) => [text.kind, text.pid]))}`);
  for (const [index, want] of one.appEvidence.entries()) {
    const got = parse.appEvidence[index] as unknown as Record<string, unknown> | undefined;
    for (const [field, value] of Object.entries(want)) {
      const wanted =
        field === 'signal' && typeof value === 'string'
          ? signals[value]
          : field === 'verdict'
            ? String(value).replace(/ \(.*/, '')
            : value;
      if (got && JSON.stringify(got[field]) !== JSON.stringify(wanted))
        out.push(
          `app evidence ${index}.${field}: ${JSON.stringify(got[field])} instead of ${JSON.stringify(wanted)}`,
        );
    }
  }
  return out;
}
