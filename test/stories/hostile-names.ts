/** Names that attack a report: paths, markup, formulas, terminal escapes, direction marks, length. */
import type { Evidence } from '../../src/model/evidence.ts';
import type { CleanText } from '../../src/model/text.ts';
import { sickHost } from './sick-host.ts';

export const hostileNames: readonly string[] = [
  '../../x',
  '<script>alert(1)</script>',
  '=cmd()',
  '\u001b[31mred\u001b[0m\u001b]0;title\u0007',
  '\u202egnp.exe',
  'x'.repeat(300),
  '订单服务'.repeat(40),
  '"onmouseover="alert(1)',
  '![img](http://evil.example/x.png) [a](javascript:alert(1))',
  '| a | b |\n| - | - |',
  '@everyone #1 <!-- --> ``` `` `',
  "'; rm -rf / #",
  '\u0000\u0007\u200b\ufeff🚀👩‍👩‍👧‍👦',
  '{{constructor.constructor("return 1")()}}',
  '\ue000code\ue001\ue002name\ue003',
];

/** The sick host, with a hostile name in every text of the machine: names, paths, comms, log lines, users, units. */
export const hostileHost = (): Evidence => {
  let turn = 0;
  const names = new Map<string, CleanText>();
  const hostile = (text: string): CleanText => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const name = hostileNames[turn++ % hostileNames.length]!;
    const made = (text.startsWith('/') ? `/${name}` : `${name} ${text.length > 60 ? text : ''}`) as CleanText;
    names.set(text, made);
    return made;
  };
  /** Fields whose text is one of a fixed list of ours, not the machine's. */
  const ours = new Set([
    'schema',
    'kind',
    'status',
    'execMode',
    'state',
    'why',
    'remedy',
    'key',
    'killer',
    'constraint',
    'evidence',
    'stream',
    'verdict',
    'role',
    'confidence',
    'platform',
    'value',
    'foundBy',
    'version',
    'nodeVersion',
    'pm2Version',
    'signal',
    'killMode',
    'restart',
    'what',
    'result',
  ]);
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return ours.has(key) ? value : hostile(value);
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (value !== null && typeof value === 'object') {
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [
          name,
          name === 'oomPolicy' || name === 'tool' ? item : walk(item, name),
        ]),
      );
    }
    return value;
  };
  return walk(sickHost(), '') as Evidence;
};
