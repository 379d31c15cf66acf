import type { Report } from '../model/report.ts';
import type { Cleaner } from './clean.ts';

const schema = 'pm2-audit.facts/1';

/** Where the report's own files are, relative to the folder of reports; null = not written. */
export interface FactsFiles {
  readonly html: string | null;
  readonly json: string | null;
  readonly md: string | null;
}

/** A report's facts, in no language, for a later `send`: the report itself has words. Redacted already, as all of it is. */
export function encodeFacts(report: Report, files: FactsFiles): string {
  return `${JSON.stringify({ schema, files, report })}\n`;
}

export type ReadFacts =
  | { readonly ok: true; readonly report: Report; readonly files: FactsFiles }
  /** `damaged`: not as we write it · `version`: of another pm2-audit, whose facts may mean something else. */
  | { readonly ok: false; readonly why: 'damaged' }
  | { readonly ok: false; readonly why: 'version'; readonly version: string };

/**
 * Reads them back. The file may have been changed by others, so every string in it is cleaned again. Only the frame is
 * checked: a damaged part makes the message fail, never the meaning change.
 */
export function decodeFacts(text: string, clean: Cleaner, version: string): ReadFacts {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { ok: false, why: 'damaged' };
  }
  if (!isRecord(raw) || typeof raw['schema'] !== 'string' || !isRecord(raw['report'])) {
    return { ok: false, why: 'damaged' };
  }
  const { tool } = raw['report'];
  const written = isRecord(tool) && typeof tool['version'] === 'string' ? tool['version'] : '?';
  if (raw['schema'] !== schema || written !== version)
    return { ok: false, why: 'version', version: clean.text(written, 40) };
  const report = cleaned(raw['report'], clean, 0, false);
  return isReport(report)
    ? { ok: true, report, files: filesOf(raw['files']) }
    : { ok: false, why: 'damaged' };
}

function filesOf(value: unknown): FactsFiles {
  const files = isRecord(value) ? value : {};
  const path = (name: string): string | null => {
    const found = files[name];
    // Below the folder of reports, and nowhere else: what it names is attached to a mail.
    const isOurs = typeof found === 'string' && /^\d{4}-\d\d-\d\d\/health-[^/\0]+$/.test(found);
    return isOurs && found.endsWith(`.${name}`) ? found : null;
  };
  return { html: path('html'), json: path('json'), md: path('md') };
}

/** Only the fixes have lines: files to write, which are our own words. */
function cleaned(value: unknown, clean: Cleaner, depth: number, hasLines: boolean): unknown {
  if (typeof value === 'string') {
    if (!hasLines || !value.includes('\n')) return clean.text(value);
    return value
      .split('\n')
      .map((line) => clean.text(line))
      .join('\n');
  }
  if (depth > 40 || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((entry) => cleaned(entry, clean, depth + 1, hasLines));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      clean.text(key),
      cleaned(entry, clean, depth + 1, hasLines || (depth === 0 && key === 'fixes')),
    ]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

const lists = [
  'suppressed',
  'evidence',
  'cgroups',
  'daemons',
  'processes',
  'modules',
  'unconfirmedKills',
  'verdicts',
  'findings',
  'fixes',
] as const;
const records = ['tool', 'window', 'counts', 'risks', 'nextActions', 'cost'] as const;

function isReport(value: unknown): value is Report {
  return (
    isRecord(value) &&
    value['schema'] === 'pm2-audit.report/1' &&
    isNumber(value['takenAt']) &&
    isNumber(value['utcOffsetMinutes']) &&
    isNumber(value['nextCheckAt']) &&
    typeof value['verdict'] === 'string' &&
    (value['host'] === null || (isRecord(value['host']) && typeof value['host']['name'] === 'string')) &&
    lists.every((key) => Array.isArray(value[key])) &&
    records.every((key) => isRecord(value[key])) &&
    (value['oomKills'] === null || Array.isArray(value['oomKills']))
  );
}
