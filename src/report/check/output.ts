import { oneLine } from '../prose.ts';
import { type Figure, perfdata } from './perfdata.ts';

/** What a plugin can say; the place in the list is its exit code. */
export const checkStates = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
export type CheckState = (typeof checkStates)[number];

export const exitCodeOf = (state: CheckState): number => checkStates.indexOf(state);

export interface CheckOutput {
  readonly state: CheckState;
  /** One sentence. */
  readonly text: string;
  readonly figures: readonly Figure[];
  /** Lines below the first; shown on the page of the service, not in lists and messages. */
  readonly long: readonly string[];
}

/** Half of what Nagios 3 and later keep of a plugin; NRPE passes on that much as well. */
const totalBytes = 4096;
/** The first line goes into text messages and lists. */
const textBytes = 480;
/** Kept for the figures where there are many lines below. */
const figureBytes = 2400;

/**
 * The output of a plugin, at most 4 KB: `PM2-AUDIT STATE - text | figures`, then the long text (Monitoring Plugins Development
 * Guidelines, "Plugin Output"). A `|` would begin figures, and `$` and a backtick are read by the shells that notifications
 * pass through: none of them stands in the text, whatever an app is called.
 */
export function writeCheck({ state, text, figures, long }: CheckOutput): string {
  const head = `PM2-AUDIT ${state} - ${cut(safe(text), textBytes)}`;
  const data = perfdata(figures, figureBytes);
  const lines = [data === '' ? head : `${head} | ${data}`];
  let bytes = Buffer.byteLength(lines[0] ?? '') + 1;
  for (const line of long) {
    const next = cut(safe(line), textBytes);
    bytes += Buffer.byteLength(next) + 1;
    if (bytes > totalBytes) break;
    lines.push(next);
  }
  return `${lines.join('\n')}\n`;
}

const safe = (text: string): string =>
  oneLine(text)
    .replace(/\p{Surrogate}/gu, '\u{fffd}')
    .replace(/[|$`]/g, '_')
    .trimEnd();

/** At most so many bytes of UTF-8, whole characters, with a sign that something is missing. */
function cut(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let kept = '';
  let bytes = 3;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return `${kept}…`;
}
