/**
 * A strict reader of Prometheus' text format 0.0.4, as its documentation states it ("Text format details") and as
 * node_exporter's textfile collector asks for more: no time stamps, one HELP and TYPE a metric before all its samples, all
 * samples of a metric together, no label set twice, no NaN. Throws on the first line that breaks a rule.
 */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly labels: { readonly [name: string]: string }; readonly value: number }[];
}

export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end in a line feed');
  if (Buffer.from(text, 'utf8').toString('utf8') !== text) throw new Error('is not UTF-8');
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    if (/[\p{Cc}]/u.test(line)) fail('a control character');
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)$/.exec(line);
    if (help) {
      if (helps.has(help[1]!)) fail('a second HELP');
      if (!/^(?:[^\\]|\\[\\n])*$/.test(help[2]!)) fail('a bad escape');
      helps.set(help[1]!, help[2]!);
    } else if (type) {
      const name = type[1]!;
      if (families.has(name)) fail('a second TYPE');
      if (!helps.has(name)) fail('TYPE before HELP');
      if ((type[2] === 'counter') !== name.endsWith('_total'))
        fail('_total is for counters and only for them');
      families.set(name, { type: type[2]!, help: helps.get(name)!, samples: [] });
      current = name;
    } else {
      const { name, labels, value } = readSample(line, fail);
      const family = families.get(name) ?? fail('a sample before its TYPE');
      if (name !== current) fail('samples of one metric stand apart');
      const series = JSON.stringify([
        name,
        Object.entries(labels)
          .filter(([, text]) => text !== '')
          .sort(),
      ]);
      if (seen.has(series)) fail('a series twice');
      seen.add(series);
      family.samples.push({ labels, value });
    }
  }
  for (const [name, { samples }] of families)
    if (samples.length === 0) throw new Error(`${name} has no samples`);
  if (families.size !== helps.size) throw new Error('a HELP without TYPE');
  return families;
}

function readSample(line: string, fail: (why: string) => never) {
  const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{)?/.exec(line) ?? fail('not a metric name');
  let at = head[0].length;
  const labels: { [name: string]: string } = {};
  while (head[2] && line[at] !== '}') {
    const label =
      /^,?([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"/.exec(line.slice(at)) ?? fail('not a label');
    if (label[1]!.startsWith('__')) fail('a reserved label');
    if (label[1]! in labels) fail('a label twice');
    labels[label[1]!] = label[2]!.replace(/\\([\\"n])/g, (_all, one: string) => (one === 'n' ? '\n' : one));
    at += label[0].length;
  }
  if (head[2]) at += 1;
  const value =
    /^ (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line.slice(at)) ?? fail('not a value, or a time stamp');
  return { name: head[1]!, labels, value: Number(value[1]) };
}
