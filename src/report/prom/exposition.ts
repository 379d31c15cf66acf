import { oneLine } from '../prose.ts';

/** Labels of one sample, in the order they are written. */
export type Labels = { readonly [name: string]: string };

/** One value; null = not known, and then it is absent: never NaN, never 0. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number | null;
}

export interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** What a label value may hold: a lone surrogate has no UTF-8, a control or direction character only harms its reader. */
export const labelText = (text: string): string => oneLine(text).replace(/\p{Surrogate}/gu, '\u{fffd}');

/** A backslash, a quote and a line feed are the only escapes (Prometheus docs, exposition formats, "text format details"). */
const escapeLabel = (text: string): string => labelText(text).replace(/\\/g, '\\\\').replace(/"/g, '\\"');

/** In HELP only a backslash and a line feed are. */
const escapeHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');

/**
 * Answers: these metrics in Prometheus' text format 0.0.4? Each HELP and TYPE stands once, before its samples, without
 * time stamps, which the textfile collector refuses. A metric none of whose values is known is left out whole. Of two samples
 * with the same labels the first stays: a second one would make the collector drop the file.
 */
export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(block).join('');
}

function block({ name, type, help, samples }: Metric): string {
  const lines = new Map<string, string>();
  for (const { labels = {}, value } of samples) {
    if (value === null || !Number.isFinite(value)) continue;
    const series = `${name}${labelList(labels)}`;
    if (!lines.has(series)) lines.set(series, `${series} ${written(name, value)}\n`);
  }
  if (lines.size === 0) return '';
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${[...lines.values()].join('')}`;
}

/** Bytes are whole, and so is what is too large for digits behind the point; other figures keep four of them. */
const written = (name: string, value: number): number =>
  name.endsWith('_bytes') || Math.abs(value) > 1e10 ? Math.round(value) : Math.round(value * 10_000) / 10_000;

function labelList(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
