/**
 * A strict reader of what a plugin prints: the Monitoring Plugins Development Guidelines ("Plugin Output", "Performance data"),
 * and what Nagios and Icinga do with it. Throws on the first rule that is broken.
 */
export interface PluginOutput {
  readonly state: string;
  readonly text: string;
  readonly figures: { readonly [label: string]: PluginFigure };
  readonly long: readonly string[];
}
export interface PluginFigure {
  readonly value: number;
  readonly unit: string;
  readonly warn: number | null;
  readonly crit: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

export function readPlugin(output: string): PluginOutput {
  if (!output.endsWith('\n')) throw new Error('does not end in a line feed');
  if (Buffer.byteLength(output) > 4096) throw new Error(`${Buffer.byteLength(output)} bytes`);
  if (Buffer.from(output, 'utf8').toString('utf8') !== output) throw new Error('is not UTF-8');
  const [first = '', ...long] = output.slice(0, -1).split('\n');
  for (const line of [first, ...long])
    if (/\p{Cc}/u.test(line)) throw new Error(`a control character: ${line}`);
  if (long.some((line) => line.includes('|'))) throw new Error('figures in the long text');
  const parts = first.split('|');
  if (parts.length > 2) throw new Error(`a second |: ${first}`);
  const head = /^PM2-AUDIT (OK|WARNING|CRITICAL|UNKNOWN) - (\S.*?) ?$/.exec(parts[0]!);
  if (!head) throw new Error(`not a first line: ${first}`);
  if (Buffer.byteLength(parts[0]!) > 520) throw new Error('the first line is too long for a message');
  const all = [head[2], ...long].join('\n');
  if (/[`$]/.test(all)) throw new Error(`a sign that a shell reads: ${all}`);
  return { state: head[1]!, text: head[2]!, figures: readFigures(parts[1] ?? ''), long };
}

function readFigures(text: string): { readonly [label: string]: PluginFigure } {
  const figures = new Map<string, PluginFigure>();
  const figure =
    /^'([^'=|\s"$`;\\]{1,80})'=(-?\d+(?:\.\d+)?)(B|s|%|c|)((?:;(?:-?\d+(?:\.\d+)?)?){0,4})(?: |$)/;
  let rest = text.trimStart();
  while (rest !== '') {
    const match = figure.exec(rest);
    if (!match) throw new Error(`not a figure: ${rest}`);
    const [all, label, value, unit, fields] = match;
    if (figures.has(label!)) throw new Error(`${label} twice`);
    const [warn, crit, min, max] = fields!
      .split(';')
      .slice(1)
      .map((field) => (field === '' ? null : Number(field)));
    figures.set(label!, {
      value: Number(value),
      unit: unit!,
      warn: warn ?? null,
      crit: crit ?? null,
      min: min ?? null,
      max: max ?? null,
    });
    rest = rest.slice(all.length);
  }
  return Object.fromEntries(figures);
}
