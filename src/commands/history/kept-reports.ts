import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ReportFacts, readReportFacts, reportSchema } from '../../derive/compare/report-facts.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { EpochMs } from '../../model/text.ts';
import { fileNamePart } from '../../outputs/report-files.ts';
import { cells, truncate } from '../../report/cells.ts';
import { oneLine } from '../../report/prose.ts';
import { UsageError } from '../../usage-error.ts';
import { asking } from './store.ts';

/** A report and where it was found. */
export interface FoundReport {
  readonly facts: ReportFacts;
  readonly source: string;
}

/** One that is there, not read yet. Times of files are those in their names, in the local zone, to a second. */
interface Kept {
  readonly second: number;
  read(): FoundReport;
}

/** A report of 1,000 apps has 3 MB. */
const maxBytes = 64 * 1024 * 1024;
/** So many of the newest are looked through in the store. */
const fewReports = 20;

/** Where reports are kept: the store, and the folder of reports. */
export interface KeptReports {
  readonly host: string;
  readonly folder: string;
  readonly store: HistoryReader | null;
}

/** The n-th newest report of this host, 1 = the newest. */
export function reportBack(kept: KeptReports, back: number): FoundReport {
  const all = listOf(kept, Math.max(back, fewReports));
  const found = all[back - 1];
  if (found !== undefined) return found.read();
  const have =
    all.length === 0 ? 'no report' : all.length === 1 ? 'only one report' : `only ${all.length} reports`;
  throw new UsageError(
    `diff: ${have} of ${oneLine(kept.host)} ${all.length > 1 ? 'are' : 'is'} kept in ${kept.store === null ? '' : 'the history or in '}${kept.folder}; number ${back} back is needed. Make one with pm2-audit, or name two report files.`,
  );
}

/** The newest report of this host that was taken at that time or before. */
export function reportAt(kept: KeptReports, at: EpochMs, said: string): FoundReport {
  const found = listOf(kept, fewReports, at).find(({ second }) => second * 1000 <= at);
  if (found !== undefined) return found.read();
  throw new UsageError(
    `diff ${said}: no report of ${oneLine(kept.host)} that old is kept in ${kept.folder} or in the history. Name a later time, or a report file.`,
  );
}

/** Newest first; one that stands in both places once. */
function listOf({ host, folder, store }: KeptReports, limit: number, until?: EpochMs): readonly Kept[] {
  const stored =
    store === null
      ? []
      : asking(() => store.reports({ host, limit, ...(until === undefined ? {} : { before: until + 1 }) }));
  const bySecond = new Map<number, Kept>();
  for (const file of filesOf(folder, host)) bySecond.set(file.second, file);
  for (const { takenAt, summary } of stored) {
    const second = Math.floor(takenAt / 1000);
    bySecond.set(second, { second, read: () => ({ facts: factsOf(summary, 'history'), source: 'history' }) });
  }
  return [...bySecond.values()].toSorted((a, b) => b.second - a.second);
}

/** `DIR/2026-11-21/health-web-01-20261121-031244.json` */
function filesOf(folder: string, host: string): readonly Kept[] {
  const start = `health-${fileNamePart(host)}-`;
  return namesIn(folder)
    .filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day))
    .flatMap((day) =>
      namesIn(join(folder, day)).flatMap((name): Kept[] => {
        const stamp = name.startsWith(start) ? stampOf(name.slice(start.length)) : null;
        const path = join(folder, day, name);
        return stamp === null ? [] : [{ second: stamp, read: () => reportFile(path) }];
      }),
    );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function stampOf(text: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(?:-(\d+))?\.json$/.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, copy = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0));
  // Two of one second: the second copy counts as a little later.
  return new Date(year, month - 1, day, hour, minute, second).getTime() / 1000 + Math.max(0, copy - 1) / 1000;
}

/** Reads one report file. Throws UsageError: not there, too big, cut off, something else. */
export function reportFile(path: string): FoundReport {
  const name = shown(path);
  let text: string;
  try {
    const facts = statSync(path);
    if (!facts.isFile())
      throw new UsageError(`${name}: is no file. Name a report made by pm2-audit (.json).`);
    if (facts.size > maxBytes) throw new UsageError(`${name}: is larger than any report (64 MB).`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${name}: ${error instanceof Error && 'code' in error ? reasonOf(String(error.code)) : 'could not be read'}. Name a report made by pm2-audit (.json).`,
      { cause: error },
    );
  }
  return { facts: factsOf(parse(text, name), name), source: path };
}

function reasonOf(code: string): string {
  const known: { readonly [code: string]: string } = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'is a link that leads nowhere',
    ENAMETOOLONG: 'the name is too long',
  };
  return known[code] ?? `could not be read (${code})`;
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const isCut = text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}');
    throw new UsageError(
      `${name}: ${text.trim() === '' ? 'is empty' : isCut ? 'ends in the middle' : 'is no JSON'}. Name a whole report made by pm2-audit (.json).`,
      { cause: error },
    );
  }
}

function factsOf(json: unknown, name: string): ReportFacts {
  const read = readReportFacts(json);
  if (read.ok) return read.facts;
  if (read.problem.why === 'wrong')
    throw new UsageError(
      `${name}: is damaged: ${shown(read.problem.field)} is not as a report has it. Make a new one.`,
    );
  const { schema } = read.problem;
  throw new UsageError(
    `${name}: ${schema === null ? 'is no report of pm2-audit' : `has the schema ${shown(schema)}`}; this version compares ${reportSchema}.`,
  );
}

/** Text of a file or a file's name, for one line of a terminal. */
function shown(text: string): string {
  const line = oneLine(text);
  return cells(line) > 120 ? truncate(line, 120) : line;
}
