import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { audits } from '../audits/index.ts';
import { reportDiff } from '../derive/report-diff.ts';
import type { EpochMs } from '../model/text.ts';
import { parseLocale, parseSince, windowOf } from '../options.ts';
import { truncate } from '../report/cells.ts';
import { makeFmt } from '../report/format.ts';
import { diffJson } from '../report/history/diff-json.ts';
import { diffLines } from '../report/history/diff-view.ts';
import { paint } from '../report/history/paint.ts';
import { makeIso } from '../report/json-values.ts';
import { oneLine } from '../report/prose.ts';
import type { AuditWords } from '../report/words.ts';
import { localeOf, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { tool } from '../version.ts';
import {
  type FoundReport,
  type KeptReports,
  reportAt,
  reportBack,
  reportFile,
} from './history/kept-reports.ts';
import { storeIfAny } from './history/store.ts';

const auditWords: AuditWords = (id) => audits.find((audit) => audit.id === id)?.words ?? null;

export interface DiffFlags {
  readonly color?: boolean;
  readonly json?: boolean;
  readonly db?: string;
  readonly reports?: string;
  readonly lang?: string;
}

/** `pm2-audit diff [A] [B]`: 0 = nothing new or worse, 1 = something is. What cannot be compared is a UsageError (2). */
export async function runDiff(
  a: string | undefined,
  b: string | undefined,
  flags: DiffFlags,
  terminal: Terminal,
): Promise<number> {
  const locale = flags.lang === undefined ? localeOf(process.env) : parseLocale(flags.lang);
  const now = Date.now();
  const store = await storeIfAny(flags.db, process.env);
  try {
    const kept: KeptReports = { host: hostname(), folder: flags.reports ?? './reports', store };
    const before = find(a ?? '-2', kept, now);
    const after = find(b ?? '-1', kept, now);
    refuseUnlike(before, after);
    const diff = reportDiff(before.facts, after.facts);
    const offset = after.facts.utcOffsetMinutes;
    if (flags.json) {
      const sources = { before: before.source, after: after.source };
      terminal.stdout(`${JSON.stringify(diffJson(diff, sources, tool, makeIso(offset)), null, 2)}\n`);
    } else {
      const { columns, color } = terminal;
      const fmt = makeFmt(locale, offset);
      terminal.stdout(
        paint(diffLines(diff, { locale, fmt, words: auditWords, columns, color }), columns, color),
      );
    }
    return diff.isWorse ? 1 : 0;
  } finally {
    store?.close();
  }
}

/** A report by number back (`-1` = the newest), by file, or by time (`24h` ago, a date). */
function find(said: string, kept: KeptReports, now: EpochMs): FoundReport {
  const back = /^-(\d{1,6})$/.exec(said)?.[1];
  if (back !== undefined) {
    if (Number(back) === 0)
      throw new UsageError(
        'diff -0: reports are counted from -1, the newest. Name -1, -2, a time or a file.',
      );
    return reportBack(kept, Number(back));
  }
  if (existsSync(said)) return reportFile(said);
  let at: EpochMs;
  try {
    at = windowOf(parseSince(said, now), now).from;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `diff ${truncate(oneLine(said), 120)}: no such file, and no time before now. Name a report (.json), a number back such as -2, or a time such as 24h or 2026-11-20.`,
      { cause: error },
    );
  }
  return reportAt(kept, at, truncate(oneLine(said), 120));
}

/** Reports of two hosts, or of one app and all apps, would differ in everything. */
function refuseUnlike(
  { facts: before, source }: FoundReport,
  { facts: after, source: other }: FoundReport,
): void {
  const nameless = before.host === '' ? source : after.host === '' ? other : null;
  if (nameless !== null)
    throw new UsageError(
      `diff: ${truncate(oneLine(nameless), 120)} does not say which host it is of (its facts could not be read then). Name two reports of one host.`,
    );
  const name = (text: string): string => truncate(oneLine(text), 80);
  if (before.host !== after.host)
    throw new UsageError(
      `diff: these are two hosts, ${name(before.host)} and ${name(after.host)}. Name two reports of one host.`,
    );
  if (before.onlyApp !== after.onlyApp) {
    const of = (app: string | null): string => (app === null ? 'all apps' : `only ${name(app)}`);
    throw new UsageError(
      `diff: one report is of ${of(before.onlyApp)}, the other of ${of(after.onlyApp)}. Name two of the same kind.`,
    );
  }
}
