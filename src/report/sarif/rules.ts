import { gapAudit, gapWords } from '../../derive/gap-words.ts';
import type { AnyAudit } from '../../model/audit.ts';
import { type Finding, type Priority, priorities } from '../../model/finding.ts';
import type { Json, Locale } from '../../model/text.ts';
import { proseToMarkdown } from '../prose.ts';
import { sarifText } from './text.ts';

/** SARIF 2.1.0, 3.27.10. What JUnit fails by default is an error here. */
export const levels = { P0: 'error', P1: 'error', P2: 'warning', P3: 'note' } as const satisfies {
  readonly [P in Priority]: string;
};

/** 0 to 100 (SARIF 2.1.0, 3.27.25): tells P0 from P1, which are both errors. */
export const ranks: { readonly [P in Priority]: number } = { P0: 100, P1: 75, P2: 50, P3: 25 };

/** GitHub's bands: over 9 critical, 7 to 8.9 high, 4 to 6.9 medium, below low. */
const severities: { readonly [P in Priority]: string } = { P0: '9.1', P1: '7.5', P2: '5.0', P3: '2.0' };

const labels = {
  en: { sources: 'Facts from: ', more: (id: string) => `More: pm2-audit explain ${id}` },
  'zh-CN': { sources: '依据：', more: (id: string) => `详情：pm2-audit explain ${id}` },
} as const;

/** One rule for each audit, in their order, and one for what could not be seen. */
export function rules(
  audits: readonly AnyAudit[],
  findings: readonly Finding[],
  locale: Locale,
): readonly { readonly id: string; readonly [key: string]: Json }[] {
  const own = audits.map(({ id, topic, words, references }) =>
    rule(id, topic, words[locale], references, worst(id, findings), locale),
  );
  const gaps = rule(gapAudit, 'blindness', gapWords[locale], [], null, locale);
  return audits.some(({ id }) => id === gapAudit) ? own : [...own, gaps];
}

function rule(
  id: string,
  topic: string,
  words: { readonly title: string; readonly why: string },
  references: readonly string[],
  priority: Priority | null,
  locale: Locale,
): { readonly id: string; readonly [key: string]: Json } {
  const say = labels[locale];
  const sources = references.map(sarifText);
  const title = sarifText(words.title);
  const why = sarifText(words.why);
  return {
    id,
    name: id.replace(/(?:^|-)([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase()),
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: {
      text: [
        why,
        ...(sources.length === 0 ? [] : [`${say.sources}${sources.join('; ')}`]),
        say.more(id),
      ].join('\n'),
      markdown: [
        proseToMarkdown(words.why),
        ...(sources.length === 0
          ? []
          : [say.sources.trimEnd(), sources.map((source) => `- ${proseToMarkdown(source)}`).join('\n')]),
        say.more(id).replace(/pm2-audit explain .*/, (command) => `\`${command}\``),
      ].join('\n\n'),
    },
    defaultConfiguration: { level: 'warning' },
    properties: {
      tags: ['pm2', topic],
      precision: 'high',
      // Only what bears on security belongs into a list of vulnerabilities.
      ...(topic === 'security' ? { 'security-severity': severities[priority ?? 'P2'] } : {}),
    },
  };
}

function worst(id: string, findings: readonly Finding[]): Priority | null {
  const own = findings.filter(({ audit }) => audit === id);
  return priorities.find((priority) => own.some((finding) => finding.priority === priority)) ?? null;
}
