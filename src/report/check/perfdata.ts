/**
 * One figure of a check, as Nagios and Icinga store it: `'label'=value[UOM];warn;crit;min;max` (Monitoring Plugins
 * Development Guidelines, "Performance data"). Base units only: `B`, `s`, `%`, `c` for a counter, none for a number of things.
 */
export interface Figure {
  readonly label: string;
  /** null = not known: the figure is left out. */
  readonly value: number | null;
  readonly unit: '' | 'B' | 's' | '%' | 'c';
  /** From more than this on the check is WARNING, or CRITICAL; null = this figure does not decide. */
  readonly warn?: number | null;
  readonly crit?: number | null;
  readonly min?: number | null;
  readonly max?: number | null;
}

/** Graphers keep a file for each label: no sign that one of them, or a shell, reads as more than a name. */
const unsafe = /[^\p{L}\p{N}\p{M}_.@/-]+/gu;
const labelLength = 60;

/** A part of a label: letters, digits and few signs; never empty. */
export function labelPart(text: string): string {
  const part = text.normalize('NFC').replace(unsafe, '_');
  return [...part].slice(0, labelLength).join('') || '_';
}

/**
 * Answers: the figures as one line of at most `maxBytes`, whole ones only? A label that stands there already gets a number,
 * for one label twice is one graph with two truths.
 */
export function perfdata(figures: readonly Figure[], maxBytes: number): string {
  const taken = new Set<string>();
  const written: string[] = [];
  let bytes = 0;
  for (const figure of figures) {
    if (figure.value === null || !Number.isFinite(figure.value)) continue;
    const text = write(figure, unused(labelPart(figure.label), taken));
    const size = Buffer.byteLength(text) + 1;
    if (bytes + size > maxBytes) break;
    bytes += size;
    written.push(text);
  }
  return written.join(' ');
}

function unused(label: string, taken: Set<string>): string {
  let free = label;
  for (let n = 2; taken.has(free); n += 1) free = `${label}_${n}`;
  taken.add(free);
  return free;
}

function write({ value, unit, warn, crit, min, max }: Figure, label: string): string {
  const fields = [warn, crit, min, max].map((field) => (field == null ? '' : number(field)));
  return `'${label}'=${number(value ?? 0)}${unit};${fields.join(';')}`.replace(/;+$/, '');
}

/** Digits and a point, whatever the size: readers take no exponent. */
function number(value: number): string {
  const rounded = Math.round(value * 1000) / 1000;
  const text = String(Number.isFinite(rounded) ? rounded : value);
  return /e/.test(text) ? value.toFixed(value < 1 ? 3 : 0).replace(/e.*/, '') : text;
}
