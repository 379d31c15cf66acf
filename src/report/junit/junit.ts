import { evidenceNames, gapAudit } from '../../derive/gap-words.ts';
import type { Topic } from '../../model/audit.ts';
import { type Finding, type Priority, priorities } from '../../model/finding.ts';
import type { AuditVerdict, Report } from '../../model/report.ts';
import { findingText, makeContext, nth, subjectName } from '../machine/finding-text.ts';
import type { MachineOptions } from '../machine/machine.ts';
import { isoWithZone } from '../numbers.ts';
import type { Context } from '../view/context.ts';
import { withoutAppLogs } from '../view/private.ts';
import { type JunitWords, junitWords } from './words.ts';
import { declaration, element } from './xml.ts';

/** One testcase, and how it ended. */
interface Case {
  readonly name: string;
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** The element inside; null = passed. */
  readonly inside: string | null;
}

const topics: readonly Topic[] = [
  'oom',
  'memory',
  'restarts',
  'config',
  'startup',
  'storage',
  'security',
  'versions',
  'cpu',
  'blindness',
];

/**
 * The report as JUnit XML, for the test view of a CI: a testsuite for each topic, a testcase for each audit and subject. What
 * is found at `failOn` or above fails; what could not be seen is skipped with its reason, never passed; what is found below
 * stands in the suite's output. Attributes and order satisfy both schemas in use, that of Ant's report task (JUnit.xsd) and
 * that of Jenkins' xUnit plugin (junit-10.xsd), of which the first wants every testsuite whole. Audits that do not apply are
 * left out.
 */
export function renderJunit(report: Report, options: MachineOptions): string {
  const shown = withoutAppLogs(report);
  const context = makeContext(shown, options.locale, options.audits);
  const topicOf = new Map<string, Topic>(options.audits.map(({ id, topic }) => [id, topic]));
  const words = junitWords[options.locale];
  const failing =
    options.failOn === 'never' ? [] : priorities.slice(0, priorities.indexOf(options.failOn) + 1);
  const suites = topics.map((topic, id) => {
    const verdicts = shown.verdicts.filter(({ audit }) => (topicOf.get(audit) ?? 'blindness') === topic);
    const findings = shown.findings.filter(({ audit }) => (topicOf.get(audit) ?? 'blindness') === topic);
    return suite(context, words, topic, id, verdicts, findings, failing);
  });
  return declaration + element('testsuites', {}, suites);
}

function suite(
  context: Context,
  words: JunitWords,
  topic: Topic,
  id: number,
  verdicts: readonly AuditVerdict[],
  findings: readonly Finding[],
  failing: readonly Priority[],
): string {
  const { report } = context;
  const name = `pm2-audit.${topic}`;
  const numbered = nth();
  const cases = [
    ...verdicts.flatMap((verdict) => verdictCase(context, words, verdict)),
    ...findings.map((finding): Case => {
      const title = `${finding.audit}: ${subjectName(finding.subject)}`;
      const count = numbered(title);
      const unique = count === 1 ? title : `${title} (${count})`;
      if (!failing.includes(finding.priority)) return { name: unique, outcome: 'passed', inside: null };
      const type = finding.priority;
      const message = findingText(context, finding).title;
      const inside = element('failure', { type, message }, body(context, words, finding));
      return { name: unique, outcome: 'failure', inside };
    }),
  ];
  const below = findings.filter(({ priority }) => !failing.includes(priority));
  const count = (outcome: Case['outcome']): number => cases.filter((one) => one.outcome === outcome).length;
  return element(
    'testsuite',
    {
      name,
      id,
      package: 'pm2-audit',
      hostname: report.host?.name || 'localhost',
      // Without a zone, as the schema has it; UTC.
      timestamp: (isoWithZone(report.takenAt, 0) ?? '1970-01-01T00:00:00').slice(0, 19),
      time: '0',
      tests: cases.length,
      failures: count('failure'),
      errors: count('error'),
      skipped: count('skipped'),
    },
    [
      element('properties', {}, [
        element('property', { name: 'verdict', value: report.verdict }),
        element('property', { name: 'score', value: report.score ?? 'unknown' }),
        element('property', { name: 'pm2-audit', value: report.tool.version }),
      ]),
      ...cases.map(({ name: title, inside }) =>
        element('testcase', { name: title, classname: name, time: '0' }, inside === null ? [] : [inside]),
      ),
      element('system-out', {}, belowText(context, words, below)),
      element('system-err', {}, ''),
    ],
  );
}

/** An audit without findings of its own; one that does not apply here has no case. */
function verdictCase(context: Context, words: JunitWords, verdict: AuditVerdict): readonly Case[] {
  const { audit: name, outcome } = verdict;
  if (outcome === 'pass') return [{ name, outcome: 'passed', inside: null }];
  if (outcome === 'error') {
    const message = verdict.error ?? words.failed;
    return [{ name, outcome: 'error', inside: element('error', { type: 'error', message }, words.failed) }];
  }
  if (outcome !== 'blind') return [];
  const names = verdict.missing.map((key) => evidenceNames[context.locale][key]);
  const message = words.notChecked(context.fmt.list(names));
  return [{ name, outcome: 'skipped', inside: element('skipped', { message }, attempts(context, verdict)) }];
}

/** What was tried to see it: `/dev/kmsg: Operation not permitted`. */
function attempts({ report }: Context, { missing }: AuditVerdict): string {
  return report.evidence
    .filter(({ key }) => missing.includes(key))
    .flatMap(({ gaps }) => gaps.flatMap(({ tried }) => tried))
    .slice(0, 12)
    .map(({ source, detail }) => `${source}: ${detail}`)
    .join('\n');
}

function body(context: Context, words: JunitWords, finding: Finding): string {
  const said = findingText(context, finding);
  const quotes = said.quotes.flatMap(({ source, text }) => [words.because(source), `  ${text}`]);
  const lines = [
    `${finding.priority} ${said.title}`,
    said.effect,
    ...(quotes.length === 0 ? [] : ['', ...quotes]),
    ...(said.moreQuotes === 0 ? [] : [words.more(said.moreQuotes)]),
  ];
  if (said.fix !== null) {
    const { title, steps, snippets, verify, undo } = said.fix;
    lines.push('', words.fix(title), ...steps);
    for (const { label, lines: code } of snippets)
      lines.push('', words.snippet(label), ...code.map((line) => `  ${line}`));
    lines.push('');
    if (verify) lines.push(words.verify + verify);
    if (undo) lines.push(words.undo + undo);
  }
  if (finding.audit !== gapAudit) lines.push(words.explain(finding.audit));
  return lines.join('\n');
}

function belowText(context: Context, words: JunitWords, findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const lines = findings.map((finding) => `${finding.priority} ${findingText(context, finding).title}`);
  return [words.below, ...lines].join('\n');
}
