import { evidenceNames } from '../../derive/gap-words.ts';
import type { Finding } from '../../model/finding.ts';
import type { AuditVerdict, Report } from '../../model/report.ts';
import type { Json } from '../../model/text.ts';
import { findingIdentity, findingText, makeContext, nth } from '../machine/finding-text.ts';
import type { MachineOptions } from '../machine/machine.ts';
import { isoWithZone } from '../numbers.ts';
import type { Context } from '../view/context.ts';
import { withoutAppLogs } from '../view/private.ts';
import { fingerprint, hostName, location } from './place.ts';
import { levels, ranks, rules } from './rules.ts';
import { sarifText, wellFormed } from './text.ts';

type JsonObject = { readonly [key: string]: Json };

const labels = {
  en: {
    fix: 'Fix: ',
    colon: ': ',
    failed: 'The audit itself failed',
    unseen: (what: string) => `Not checked: ${what} could not be seen`,
  },
  'zh-CN': {
    fix: '修复：',
    colon: '：',
    failed: '该检查项自身出错',
    unseen: (what: string) => `未检查，无法看到：${what}`,
  },
} as const;

/**
 * The report as SARIF 2.1.0 (OASIS): a rule for each audit, a result for each finding, and a notification for what could not
 * be seen, for silence in SARIF means "nothing found". `automationDetails.id` keeps hosts apart where several upload to one
 * repository.
 */
export function renderSarif(report: Report, options: MachineOptions): string {
  const shown = withoutAppLogs(report);
  const context = makeContext(shown, options.locale, options.audits);
  const descriptors = rules(options.audits, shown.findings, options.locale);
  const indexOf = new Map(descriptors.map(({ id }, index) => [id, index]));
  const numbered = nth();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'pm2-audit',
            version: report.tool.version,
            language: options.locale,
            rules: descriptors,
          },
        },
        automationDetails: { id: `pm2-audit/${encodeURIComponent(hostName(shown))}/` },
        language: options.locale,
        columnKind: 'utf16CodeUnits',
        invocations: [invocation(context, indexOf)],
        results: shown.findings.map((finding) =>
          result(context, finding, indexOf.get(finding.audit), numbered(findingIdentity(finding))),
        ),
        properties: { verdict: report.verdict, score: report.score, grade: report.grade },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function result(
  context: Context,
  finding: Finding,
  ruleIndex: number | undefined,
  count: number,
): JsonObject {
  const { report, locale } = context;
  const say = labels[locale];
  const said = findingText(context, finding);
  const hash = fingerprint(report, finding, count);
  const sentences = [
    said.title,
    said.effect,
    ...said.quotes.map(({ source, text }) => `${source}${say.colon}${text}`),
    said.fix === null ? '' : say.fix + said.fix.title,
  ];
  return {
    ruleId: finding.audit,
    // A finding of an audit that is not in the list, as of a stored report, has no rule to point at.
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: levels[finding.priority],
    rank: ranks[finding.priority],
    message: { text: wellFormed(sentences.filter((text) => text !== '').join('\n')) },
    locations: [location(report, finding.subject)],
    // The first is the one GitHub compares; `:1` is how its own tools number equal lines.
    partialFingerprints: { primaryLocationLineHash: `${hash}:1`, 'pm2AuditFinding/v1': hash },
    properties: {
      priority: finding.priority,
      confidence: finding.confidence,
      fix: fixText(said.fix, say.colon.trimEnd()),
    },
  };
}

/** What to type, as one text; SARIF's own `fixes` are replacements in files, which a host is not. */
function fixText(fix: ReturnType<typeof findingText>['fix'], colon: string): string | null {
  if (fix === null) return null;
  const lines = [
    fix.title,
    ...fix.steps,
    ...fix.snippets.flatMap(({ label, lines: code }) => [
      `${label}${colon}`,
      ...code.map((line) => `  ${line}`),
    ]),
  ];
  return wellFormed(lines.join('\n'));
}

function invocation({ report, locale, fmt }: Context, indexOf: ReadonlyMap<string, number>): JsonObject {
  const say = labels[locale];
  const unseen = report.verdicts.filter(({ outcome }) => outcome === 'blind' || outcome === 'error');
  const text = ({ outcome, missing, error }: AuditVerdict): string =>
    outcome === 'error'
      ? `${say.failed}${say.colon}${error ?? ''}`
      : say.unseen(fmt.list(missing.map((key) => evidenceNames[locale][key])));
  return {
    executionSuccessful: report.daemons.some(({ state }) => state === 'online'),
    machine: hostName(report),
    startTimeUtc: utc(report.takenAt),
    endTimeUtc: utc(report.takenAt + report.cost.wallMs),
    toolExecutionNotifications: unseen.map((verdict) => {
      const index = indexOf.get(verdict.audit);
      return {
        level: verdict.outcome === 'error' ? 'error' : 'warning',
        message: { text: sarifText(`${verdict.audit}: ${text(verdict)}`) },
        ...(index === undefined ? {} : { associatedRule: { id: verdict.audit, index } }),
      };
    }),
  };
}

/** SARIF 2.1.0, 3.9: UTC, with a `Z`. */
const utc = (at: number): string =>
  (isoWithZone(Math.round(at), 0) ?? '1970-01-01T00:00:00+00:00').replace('+00:00', 'Z');
