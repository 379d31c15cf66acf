import { attemptText } from '../../derive/gap-details.ts';
import { evidenceNames, gapAudit, whyNames } from '../../derive/gap-words.ts';
import { pm2Command } from '../../derive/printed/pm2-command.ts';
import type { EvidenceKey } from '../../model/evidence.ts';
import type { Finding } from '../../model/finding.ts';
import type { Locale } from '../../model/text.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { fixLink } from './marks.ts';
import type { BlindRow, BlindView } from './model.ts';
import { type BlindWords, blindWords } from './words/blind.ts';
import { fullStop } from './words/numbers.ts';

const shownRows = 24;
/** A log that begins this long after the window began leaves a stretch unseen, ms. */
const noticeable = 10 * 60_000;

/** Everything not seen: sources, stretches of time before a log begins, checks that failed. Then where to look further. */
export function blindView(context: Context): BlindView {
  const { report, fmt } = context;
  const say = blindWords[context.locale](fmt);
  const rows = [
    ...gapRows(context, say),
    ...beforeRows(context, say),
    ...offRows(context, say),
    ...failedRows(context, say),
  ];
  const seen = report.evidence.filter((row) => row.seen).length;
  return {
    lead: rows.length === 0 ? say.allSeen : say.lead(rows.length, seen, report.evidence.length),
    rows: rows.slice(0, shownRows),
    more: rows.length > shownRows ? say.more(rows.length - shownRows) : null,
    muted: report.suppressed.map((rule) =>
      say.muted(
        fmt.code(rule.audit),
        rule.app === null ? null : fmt.name(rule.app),
        rule.findings,
        rule.reason,
        rule.until === null ? null : fmt.date(rule.until),
        rule.expired,
      ),
    ),
    commands: commands(context, say),
  };
}

/** Gaps are findings of their own (analyze/gap-findings.ts): their words, and the commands of their fix. */
function gapRows(context: Context, say: BlindWords): readonly BlindRow[] {
  const { report, says, locale } = context;
  return report.findings
    .filter((finding) => finding.audit === gapAudit)
    .map((finding) => {
      const planned = finding.fix === null ? null : says.plannedFix(finding.fix);
      const command = planned?.fix.kind === 'command' ? planned.fix : null;
      const link = fixLink(context, finding.fix);
      return {
        what: says.headline(finding),
        why: attempts(finding, say, locale),
        // What was tried stands below the name here, so the effect is asked for without it.
        follows: says.effect({ ...finding, args: { ...finding.args, tried: [] } }),
        remedy: planned === null ? '' : fullStop(locale, says.fix(planned).title),
        link: link === null || planned === null ? null : { href: link.href, text: say.seeFix(planned.id) },
        commands: command === null ? [] : command.run,
      };
    });
}

function attempts(finding: Finding, say: BlindWords, locale: Locale): Prose {
  const tried = finding.args['tried'];
  if (!Array.isArray(tried)) return '';
  const shown = tried.flatMap((attempt) => {
    if (attempt === null || typeof attempt !== 'object' || Array.isArray(attempt)) return [];
    const source = 'source' in attempt ? String(attempt['source']) : '';
    const detail = 'detail' in attempt ? String(attempt['detail']) : '';
    return [attemptText(locale, source, detail)];
  });
  return shown.length === 0 ? '' : say.tried(shown);
}

/** Logs that were read and begin inside the window: what lies before is not seen. */
function beforeRows(context: Context, say: BlindWords): readonly BlindRow[] {
  const { report, fmt, locale } = context;
  const row = (
    key: EvidenceKey,
    follows: (ms: number) => Prose,
    remedy: Prose,
    command: readonly string[],
  ): readonly BlindRow[] => {
    const item = report.evidence.find((entry) => entry.key === key);
    const from = item?.seen === true ? item.covers.from : null;
    // Where the gatherer says itself that the log begins late, its own gap stands in the list already.
    if (item === undefined || item.gaps.length > 0 || from === null || from - report.window.from < noticeable)
      return [];
    return [
      {
        what: say.before(evidenceNames[locale][key].replace(/^the /, ''), fmt.time(from)),
        why: say.beginsThere(item.source ?? evidenceNames[locale][key]),
        follows: follows(from - report.window.from),
        remedy,
        link: null,
        commands: command,
      },
    ];
  };
  const unexplained = report.processes.reduce((sum, { story }) => sum + (story?.unexplained ?? 0), 0);
  return [
    ...row('oomLog', say.killsMissing, say.keepKernelLog, [
      'sudo mkdir -p /var/log/journal && sudo systemctl restart systemd-journald',
    ]),
    ...row('pm2Log', (ms) => say.restartsMissing(ms, unexplained), say.keepPm2Log, []),
  ];
}

/** What the user switched off is no finding, but it was not seen either. */
function offRows({ report, locale }: Context, say: BlindWords): readonly BlindRow[] {
  return report.evidence.flatMap((row) =>
    row.gaps.some((gap) => gap.why === 'switched-off')
      ? [
          {
            what: say.switchedOff(evidenceNames[locale][row.key]),
            why: whyNames[locale]['switched-off'],
            follows: say.switchedOffFollows(
              report.verdicts.filter(
                (verdict) => verdict.outcome === 'blind' && verdict.missing.includes(row.key),
              ).length,
            ),
            remedy: '',
            link: null,
            commands: [],
          },
        ]
      : [],
  );
}

function failedRows({ report, fmt }: Context, say: BlindWords): readonly BlindRow[] {
  return report.verdicts
    .filter((verdict) => verdict.outcome === 'error')
    .map((verdict) => ({
      what: say.failedCheck(fmt.code(verdict.audit)),
      why: verdict.error ?? '',
      follows: say.failedFollows,
      remedy: say.failedRemedy,
      link: null,
      commands: ['pm2-audit capture -o capture.json'],
    }));
}

function commands(context: Context, say: BlindWords): BlindView['commands'] {
  const { report } = context;
  const worst = report.findings.find((finding) => finding.audit !== gapAudit);
  const subject = worst?.subject.kind === 'app' ? worst.subject.app : null;
  return [
    { command: 'pm2-audit doctor', does: say.doctor },
    ...(worst === undefined ? [] : [{ command: `pm2-audit explain ${worst.audit}`, does: say.explain }]),
    ...(subject === null
      ? []
      : [{ command: pm2Command(subject.home, `describe ${subject.pmId}`), does: say.describe }]),
    ...(report.oomKills !== null && report.oomKills.length > 0
      ? [{ command: 'pm2-audit oom', does: say.oom }]
      : []),
    ...(report.processes.some((row) => row.story?.goesOn === true)
      ? [{ command: 'pm2-audit --observe 60s', does: say.observe }]
      : []),
    { command: 'pm2-audit capture -o capture.json', does: say.capture },
  ];
}
