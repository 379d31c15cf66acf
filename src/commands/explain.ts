import { audits } from '../audits/index.ts';
import { evidenceNames } from '../derive/gap-words.ts';
import type { AnyAudit, Limit } from '../model/audit.ts';
import type { EvidenceKey } from '../model/evidence.ts';
import type { Locale } from '../model/text.ts';
import { parseLocale } from '../options.ts';
import { cells, makeFmt, pad, type ReportFmt } from '../report/format.ts';
import { proseToTerminal } from '../report/prose.ts';
import { wrap } from '../report/wrap.ts';
import type { Flags } from '../resolve-options.ts';
import { localeOf, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const labels = {
  en: {
    looksAt: 'Looks at',
    also: ', and where readable at ',
    limits: 'Limits',
    none: 'none',
    list: ', ',
    remark: (text: string) => ` (${text})`,
    source: (text: string) => text,
    sources: 'Facts from',
    change: 'Change a limit, or silence it, in pm2-audit.config.json',
    reason: 'why it is fine here',
  },
  'zh-CN': {
    looksAt: '依据',
    also: '；可读取时还有 ',
    limits: '阈值',
    none: '无',
    list: '、',
    remark: (text: string) => `（${text}）`,
    // Sources and reasons are quoted as they are kept, in English.
    source: (text: string) => `来源：${text}`,
    sources: '出处（英文原文）',
    change: '在 pm2-audit.config.json 中调整阈值或忽略此项',
    reason: '此处可接受的原因',
  },
} as const;

/** `pm2-audit explain [AUDIT]`. */
export async function runExplain(id: string | null, flags: Flags, terminal: Terminal): Promise<number> {
  const locale = flags.lang === undefined ? localeOf(process.env) : parseLocale(flags.lang);
  if (id === null) {
    terminal.stdout(listAll(locale));
    return 0;
  }
  const audit = audits.find((candidate) => candidate.id === id);
  if (audit === undefined)
    throw new UsageError(
      `explain ${id}: no such audit.${closest(id)} pm2-audit explain lists all ${audits.length}.`,
    );
  terminal.stdout(explain(audit, locale));
  return 0;
}

function listAll(locale: Locale): string {
  const width = Math.max(...audits.map(({ id }) => cells(id)));
  return audits
    .map((audit) => `${pad(audit.id, width)}  ${proseToTerminal(audit.words[locale].title)}\n`)
    .join('');
}

export function explain(audit: AnyAudit, locale: Locale): string {
  const words = audit.words[locale];
  const label = labels[locale];
  const fmt = makeFmt(locale, 0);
  const limits: readonly (readonly [string, Limit])[] = Object.entries<Limit>(audit.limits);
  const colon = locale === 'en' ? ': ' : '：';
  const lines = [
    `${audit.id}${colon}${proseToTerminal(words.title)}`,
    '',
    ...wrap(proseToTerminal(words.why), 80),
    '',
    // Latin words stand apart by a blank, Chinese ones do not.
    ...wrap(
      `${label.looksAt}${colon}${evidence(audit.needs, locale)}${audit.wants?.length ? `${label.also}${evidence(audit.wants, locale)}`.replace(/ (?=\p{Script=Han})/u, '') : ''}`,
      80,
    ),
    '',
    `${label.limits}${colon}${limits.length === 0 ? label.none : ''}`,
    ...limits.flatMap(([name, limit]) =>
      wrap(`${name} = ${value(limit, fmt)}${label.remark(label.source(limit.source))}`, 76).map(
        (line, n) => `${n === 0 ? '  ' : '    '}${line}`,
      ),
    ),
    '',
    `${label.sources}${colon}`,
    ...audit.references.flatMap((reference) =>
      wrap(reference, 76).map((line, n) => `${n === 0 ? '  ' : '    '}${line}`),
    ),
    '',
    `${label.change}${colon}`,
    ...config(audit, limits, label.reason).map((line) => `  ${line}`),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** What it looks at in words, each with the key that `--without`, captures and the JSON report have for it. */
function evidence(keys: readonly EvidenceKey[], locale: Locale): string {
  const { list, remark } = labels[locale];
  return keys
    .map((key) => {
      const name = evidenceNames[locale][key];
      return name.replace(/^the /, '') === key ? name : `${name}${remark(key)}`;
    })
    .join(list);
}

function value({ value: number, unit }: Limit, fmt: ReportFmt): string {
  switch (unit) {
    case 'bytes':
      return fmt.bytes(number);
    case 'ratio':
      return fmt.ratio(number);
    case 'percent':
      return fmt.percent(number);
    case 'ms':
      return fmt.duration(number);
    case 'count':
      return fmt.count(number);
    default:
      return `${number} ${unit}`;
  }
}

function config(
  audit: AnyAudit,
  limits: readonly (readonly [string, Limit])[],
  reason: string,
): readonly string[] {
  const first = limits[0];
  const setting = first === undefined ? {} : { limits: { [audit.id]: { [first[0]]: first[1].value } } };
  return JSON.stringify(
    { ...setting, ignore: [{ audit: audit.id, app: 'my-app', until: '2027-01-31', reason }] },
    null,
    2,
  ).split('\n');
}

/** The id that shares the longest run of letters with what was typed: a hint, not a guess that acts. */
function closest(id: string): string {
  const words = id
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 2);
  const hint = audits.find((audit) => words.some((word) => audit.id.includes(word)));
  return hint === undefined ? '' : ` Did you mean ${hint.id}?`;
}
