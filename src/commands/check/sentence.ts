import { attemptText, gapDetail } from '../../derive/gap-details.ts';
import { evidenceNames } from '../../derive/gap-words.ts';
import { type Finding, priorities } from '../../model/finding.ts';
import type { Locale } from '../../model/text.ts';
import { type CheckWords, checkWords } from '../../report/check/words.ts';
import { findingText, makeContext } from '../../report/machine/finding-text.ts';
import { duration } from '../../report/numbers.ts';
import type { Context } from '../../report/view/context.ts';
import { withoutAppLogs } from '../../report/view/private.ts';
import type { Measured } from './figures.ts';
import type { Blind, Judgement } from './judge.ts';

/** Names in one sentence; attempts of one source. */
const shownNames = 8;
const shownTries = 2;
/** Blind spots in the first line. */
const shownUnseen = 2;

/** The sentence of the first line, and the lines below it. */
export function sentencesOf(
  judgement: Judgement,
  measured: Measured,
  locale: Locale,
): { readonly text: string; readonly long: readonly string[] } {
  const words = checkWords[locale];
  const { question, report } = measured;
  // The line travels: into mails, chats and tickets.
  const context = makeContext(withoutAppLogs(report), locale, measured.audits);
  const own = (finding: Finding): Finding => context.says.finding(finding.id) ?? finding;
  const { state, found, below, blind, running } = judgement;
  const first = state === 'UNKNOWN' ? null : found[0];
  const headline = first == null ? null : findingText(context, own(first)).title;
  const unseen = blind.map((one) => blindText(one, words, locale, question.app ?? ''));
  // Without PM2 all the rest is out of sight as well.
  const isLost = blind[0]?.kind === 'no-daemon';
  const stop = locale === 'en' ? '; ' : '；';
  const text =
    running === 'none'
      ? [appDown(judgement, words, question.app ?? ''), headline].filter((part) => part !== null).join(stop)
      : headline !== null
        ? words.found(counts(found, words), headline)
        : running === 'some'
          ? appDown(judgement, words, question.app ?? '')
          : unseen.length > 0
            ? unseen.slice(0, isLost ? 1 : shownUnseen).join(stop)
            : quiet(judgement, measured, words, locale);
  const long = [
    ...[...found, ...below].flatMap((finding) => findingLines(context, own(finding), words)),
    ...unseen.slice(state === 'UNKNOWN' ? shownUnseen : 0),
    ...partly(context, words),
    ...(question.without.length === 0
      ? []
      : [
          words.without(
            list(
              context,
              question.without.map((key) => evidenceNames[locale][key]),
            ),
          ),
        ]),
  ];
  return { text, long: question.long ? long : [] };
}

const list = ({ fmt }: Context, items: readonly string[]): string => fmt.list(items, shownNames);

function counts(findings: readonly Finding[], words: CheckWords): string {
  return words.counts(
    priorities.flatMap((priority) => {
      const count = findings.filter((finding) => finding.priority === priority).length;
      return count === 0 ? [] : [[priority, count] as const];
    }),
  );
}

function appDown({ rows }: Judgement, words: CheckWords, app: string): string {
  const name = rows[0]?.app.ref.name ?? app;
  const statuses = rows
    .filter(({ app: { status } }) => status !== 'online' && status !== 'launching')
    .map((row) => row.app.status);
  const said = [...new Set(statuses)].join(', ');
  const online = rows.length - statuses.length;
  return online === 0 ? words.down(name, said) : words.partlyDown(name, online, rows.length, said);
}

function quiet(
  { rows, below, others }: Judgement,
  measured: Measured,
  words: CheckWords,
  locale: Locale,
): string {
  const { question, report } = measured;
  const online = rows.filter(({ app }) => app.status === 'online').length;
  const name = rows[0]?.app.ref.name ?? '';
  const state =
    rows.length === 0
      ? words.noApps
      : question.app === null
        ? words.online(online, rows.length)
        : online === 0 && rows.some(({ app }) => app.status === 'launching')
          ? words.starting(name)
          : words.instances(name, online, rows.length);
  const limit = question.warning === 'never' ? 'P0' : question.warning;
  const window = span(report.window.to - report.window.from, locale);
  const separator = locale === 'en' ? ', ' : '，';
  const unread =
    others.length === 0 ? '' : words.others(others.slice(0, shownTries).join(', '), others.length);
  return state + separator + words.quiet(limit, window, counts(below, words)) + unread;
}

/** `24 h` as it was asked for, not `1 d`. */
function span(ms: number, locale: Locale): string {
  const hours = ms / 3_600_000;
  if (!Number.isInteger(hours) || hours > 72) return duration(ms, locale);
  return locale === 'en' ? `${hours} h` : `${hours} 小时`;
}

function findingLines(context: Context, finding: Finding, words: CheckWords): readonly string[] {
  const { title, fix } = findingText(context, finding);
  return [`${finding.priority} ${title}`, ...(fix === null ? [] : [`  ${words.fix}${fix.title}`])];
}

export function blindText(blind: Blind, words: CheckWords, locale: Locale, app: string): string {
  switch (blind.kind) {
    case 'no-daemon': {
      const tried = blind.tried
        .slice(0, shownTries)
        .map(({ source, detail }) => attemptText(locale, source, detail));
      return (
        words.noDaemon(tried.join(locale === 'en' ? ', ' : '、') || words.none) +
        (blind.isDenied ? words.asOwner : '')
      );
    }
    case 'daemon':
      return (
        words.unreadable(blind.home, gapDetail(locale, blind.detail)) + (blind.isDenied ? words.asOwner : '')
      );
    case 'unseen':
      return words.unseen(
        evidenceNames[locale][blind.key],
        `${blind.source}${locale === 'en' ? ': ' : '：'}${gapDetail(locale, blind.detail)}`,
        blind.key,
        blind.isDenied,
      );
    case 'audit-failed':
      return words.auditFailed(blind.audit);
    case 'unknown-app': {
      const more = blind.names.length - shownNames;
      const names = blind.names.slice(0, shownNames).join(', ') + (more > 0 ? words.more(more) : '');
      return words.unknownApp(app, names || words.none);
    }
  }
}

/** What was read in part only: it does not change the state, but the reader may know. */
function partly(context: Context, words: CheckWords): readonly string[] {
  const names = context.report.evidence
    .filter(({ seen, gaps }) => seen && gaps.some(({ why }) => why !== 'switched-off'))
    .map(({ key }) => evidenceNames[context.locale][key]);
  return names.length === 0 ? [] : [words.notSeen(list(context, names))];
}
