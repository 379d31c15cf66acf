import { gapAuditId } from '../../derive/compare/report-facts.ts';
import type { Occasion } from '../../derive/delivery/occasion.ts';
import { gapName } from '../../derive/gap-words.ts';
import { evidenceKeys } from '../../model/evidence.ts';
import { priorities } from '../../model/finding.ts';
import type { Report, VerdictWord } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import { truncate } from '../cells.ts';
import { makeFmt } from '../format.ts';
import type { Prose } from '../view/atoms.ts';
import { blindView } from '../view/blind.ts';
import { type Context, makeSays } from '../view/context.ts';
import { furniture } from '../view/furniture.ts';
import { factSentence } from '../view/header.ts';
import { isSerious } from '../view/marks.ts';
import { withoutAppLogs } from '../view/private.ts';
import { headerWords } from '../view/words/header.ts';
import { type AuditWords, withGapWords } from '../words.ts';
import { changeCounts, changeOf, isChanged, problemList } from './changes.ts';
import { type DigestWords, digestWords } from './digest-words.ts';
import { type ChatFinding, lineOfFinding, wholeFinding } from './finding-block.ts';
import { type Block, code, type Line, printable, textLine } from './lines.ts';

/** Where the report lies; null = not written. */
export interface ReportFiles {
  readonly html: string | null;
  readonly json: string | null;
  readonly md: string | null;
}

/** A report as a chat tells it: every vendor's message is made of these pieces and of nothing else. */
export interface ChatDigest {
  readonly locale: Locale;
  readonly verdict: VerdictWord;
  /** `[pm2-audit] web-01: Critical · P0×1 P1×2 · score 41 (27 lower)`. The word in brackets is there for keyword filters. */
  readonly title: string;
  /** The same, as the second of three messages. */
  part(number: number, of: number): string;
  /** Why it comes and what changed. The last line matters least. */
  readonly head: Block;
  /** Most urgent first. */
  readonly findings: readonly ChatFinding[];
  /** After so many of them: how many more there are, what could not be seen, where the report lies. */
  foot(told: number): Block;
}

/** Told in full, as many as on the page; then one line each; a chat of hundreds of them helps nobody. */
const fullFindings = 8;
const listedFindings = 20;
/** Less urgent ones, where there is nothing urgent. */
const laterFindings = 5;
const shownUnseen = 3;
const hostCells = 40;

/** Answers: what does a chat message say of this report, and why does it come? No line of it was written by an app. */
export function chatDigest(
  whole: Report,
  locale: Locale,
  words: AuditWords,
  occasion: Occasion,
  files: ReportFiles,
): ChatDigest {
  const report = withoutAppLogs(whole);
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  const context: Context = {
    report,
    locale,
    fmt,
    words: furniture[locale],
    says: makeSays(report, locale, fmt, withGapWords(words)),
    top: 10,
  };
  const say = digestWords[locale](fmt);
  const findings = chatFindings(context, say, occasion);
  const title = titleOf(context, say, occasion);
  return {
    locale,
    verdict: report.verdict,
    title,
    part: (number, of) => (of === 1 ? title : say.part(title, number, of)),
    head: head(context, say, occasion),
    findings,
    foot: (told) => foot(context, say, findings.slice(0, told), files),
  };
}

/** The host's name as a message shows it. */
export function hostName({ report, words }: Pick<Context, 'report' | 'words'>): string {
  return truncate(printable(report.host?.name ?? words.hostUnknown), hostCells);
}

function titleOf(context: Context, say: DigestWords, { diff }: Occasion): string {
  const { report, words } = context;
  const before = diff === null ? (report.past?.score ?? null) : diff.before.score;
  const counts = priorities.flatMap((priority) =>
    report.counts[priority] > 0 ? [`${priority}×${report.counts[priority]}`] : [],
  );
  const score =
    report.score === null ? '' : say.score(report.score, before === null ? null : report.score - before);
  return say.title(hostName(context), words.verdict[report.verdict], counts.join(' '), score);
}

function head(context: Context, say: DigestWords, occasion: Occasion): Block {
  const { report, says, fmt } = context;
  const { diff } = occasion;
  const worst = report.findings.find(isSerious);
  const fact = factSentence(context, headerWords[context.locale](fmt));
  // The first block says the headline of the worst finding; said twice it would only take room.
  const isTold = worst !== undefined && fact.includes(says.headline(worst));
  return [
    textLine(reasonOf(say, occasion, fmt.time)),
    ...(isTold ? [] : [textLine(fact)]),
    ...(diff === null || diff.gone.length === 0
      ? []
      : [textLine(say.gone(problemList(context, say, diff.gone)))]),
    ...(diff === null || diff.better.length === 0
      ? []
      : [textLine(say.better(problemList(context, say, diff.better)))]),
  ];
}

/** Why it comes; with what moved since the last message, where something did. */
function reasonOf(say: DigestWords, occasion: Occasion, time: (at: number) => string): Prose {
  const { reason } = occasion;
  const at = occasion.toldAt === null ? null : time(occasion.toldAt);
  const counts = changeCounts(occasion);
  const since = at === null ? null : isChanged(counts) ? say.since(at, counts) : say.unchanged(at);
  switch (reason) {
    case 'first':
      return say.first;
    case 'recovered':
      return say.recovered(at);
    case 'reminder':
      // Only what matters to the channel stood still; the rest may have moved.
      return say.join(say.reminder, since);
    case 'always':
      return say.join(say.always, since);
    case 'asked':
      return say.join(say.asked, since);
    default:
      return since ?? say.first;
  }
}

function chatFindings(context: Context, say: DigestWords, occasion: Occasion): readonly ChatFinding[] {
  const { findings } = context.report;
  const change = changeOf(occasion);
  const serious = findings.filter(isSerious);
  // What could not be seen has its own line.
  const later = findings.filter((finding) => !isSerious(finding) && finding.audit !== gapAuditId);
  const changed = later.filter((finding) => change(finding) !== null);
  const lines = serious.length === 0 && changed.length === 0 ? later.slice(0, laterFindings) : changed;
  const fixes = new Set<string>();
  return [
    ...serious.slice(0, fullFindings).map((finding) => {
      const isFixTold = finding.fix !== null && fixes.has(finding.fix);
      if (finding.fix !== null) fixes.add(finding.fix);
      return wholeFinding(context, say, finding, change(finding), isFixTold);
    }),
    ...[...serious.slice(fullFindings), ...lines]
      .slice(0, listedFindings)
      .map((finding) => lineOfFinding(context, say, finding, change(finding))),
  ];
}

function foot(context: Context, say: DigestWords, told: readonly ChatFinding[], files: ReportFiles): Block {
  const { report, fmt } = context;
  const ids = new Set(told.map(({ id }) => id));
  const left = report.findings.filter(({ id }) => !ids.has(id));
  const counts = priorities.flatMap((priority) => {
    const count = left.filter((finding) => finding.priority === priority).length;
    return count > 0 ? [`${priority}×${fmt.count(count)}`] : [];
  });
  const unseen = unseenItems(context, ids);
  const host = report.host === null ? null : hostName(context);
  const path = files.html ?? files.md ?? files.json;
  const lines: readonly (Line | null)[] = [
    left.length > 0 ? textLine(say.more(left.length, counts.join(' '), told.length > 0)) : null,
    unseen.length > 0 ? textLine(say.unseen(fmt.list(unseen, shownUnseen))) : null,
    path === null ? textLine(say.noFile(host)) : textLine(say.file(host), code(path)),
  ];
  return lines.filter((line) => line !== null);
}

/** What could not be seen, without what a told finding says already. A gap is named; what else is missing stands as on the page. */
function unseenItems(context: Context, told: ReadonlySet<string>): readonly Prose[] {
  const { report, locale, fmt } = context;
  const gaps = report.findings.filter(({ audit }) => audit === gapAuditId);
  const named = gaps
    .filter(({ id }) => !told.has(id))
    .flatMap(({ args }) => {
      const key = evidenceKeys.find((known) => known === args['key']);
      const subjects = args['subjects'];
      if (key === undefined) return [];
      return gapName(
        locale,
        {
          key,
          why: 'not-found',
          remedy: 'none',
          partly: args['partly'] === true,
          subjects: Array.isArray(subjects) ? subjects.filter(saysMore) : [],
          tried: [],
          blinds: [],
          unexplained: 0,
        },
        fmt,
      );
    });
  return [
    ...named,
    ...blindView(context)
      .rows.slice(gaps.length)
      .map(({ what }) => what),
  ];
}

/** A path or a time; `kernel log` beside "part of the kernel log" says nothing. */
const saysMore = (subject: unknown): subject is string =>
  typeof subject === 'string' && /[/\d]/.test(subject);
