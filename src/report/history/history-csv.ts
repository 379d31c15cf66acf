import { type AppPast, metrics, type Past } from '../../derive/past/app-past.ts';
import { makeIso } from '../json-values.ts';
import { oneLine } from '../prose.ts';

/** RFC 4180: rows end in CRLF, quotes are doubled. */
const newLine = '\r\n';

/** `history --csv`, piece by piece: the names of the columns with their units, then a row for each point of each app. */
export function* historyCsv(past: Past): Generator<string> {
  const { unit } = metrics[past.metric];
  const names = ['min', 'mean', 'max', 'last'].map((of) => `${past.metric}_${of}_${unit}`);
  yield ['time', 'step_ms', 'home', 'namespace', 'app', 'pm_id', ...names].join(',') + newLine;
  for (const app of past.apps) yield appRows(app, past);
}

function appRows({ app, points }: AppPast, past: Past): string {
  const iso = makeIso(past.utcOffsetMinutes);
  const who = [app.home, app.namespace, app.name].map(csvText).join(',');
  let rows = '';
  for (let index = 0; index < points.at.length; index += 1) {
    const values = [points.min, points.mean, points.max, points.last].map((list) => number(list[index]));
    rows += `${iso(points.at[index] ?? 0)},${past.stepMs},${who},${app.pmId},${values.join(',')}${newLine}`;
  }
  return rows;
}

/** Not known is an empty field. */
function number(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '' : String(Math.round(value * 100) / 100);
}

/**
 * One text field. A spreadsheet runs what begins like a formula, even quoted: an apostrophe before it makes it text (OWASP,
 * CSV Injection).
 */
export function csvText(text: string): string {
  const line = oneLine(text);
  const safe = /^[=+\-@\t\r]/.test(line) || /^\s*[=+\-@]/.test(line) ? `'${line}` : line;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
