import type { Problem } from '../../derive/compare/report-facts.ts';
import type { Occasion } from '../../derive/delivery/occasion.ts';
import type { Shift } from '../../derive/report-diff.ts';
import { priorities } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import type { ReportFmt } from '../format.ts';
import type { Prose } from '../view/atoms.ts';
import type { AuditWords } from '../words.ts';
import { fewWords, type Trouble } from './culprit-words.ts';
import type { MailWords } from './mail-words.ts';
import { troubleOf, troubleOfProblem } from './trouble.ts';

/** Why the mail comes, and what changed since the reader was told last. */
export interface OccasionView {
  readonly lead: Prose;
  readonly changes: readonly { readonly label: string; readonly items: Prose }[];
}

/** What the words of an occasion are made from. */
export interface Speaker {
  readonly report: Report;
  readonly locale: Locale;
  readonly fmt: ReportFmt;
  readonly words: AuditWords;
  readonly say: MailWords;
}

/** The first thing that is wrong, in few words, a name in at most so many cells; null = nothing is. Low priorities are no news of their own. */
export function firstCulprit(speaker: Speaker, width: number): Prose | null {
  const [first] = speaker.report.findings;
  return first === undefined || first.priority === 'P2' || first.priority === 'P3'
    ? null
    : inFewWords(speaker, troubleOf(first), width);
}

/** `rows`: so many items of each kind of change are named, the rest is counted. */
export function occasionView(speaker: Speaker, occasion: Occasion, rows: number): OccasionView {
  const { diff } = occasion;
  const lead = leadOf(speaker, occasion);
  if (diff === null) return { lead, changes: [] };
  const { say, report } = speaker;
  const sure = new Map(
    report.findings.flatMap((finding) => {
      const { audit, names } = troubleOf(finding);
      return (names.length === 0 ? [''] : names).map(
        (name) => [`${audit}\n${name}`, finding.confidence] as const,
      );
    }),
  );
  const now = (problem: Problem): Prose => {
    const trouble = troubleOfProblem(problem);
    const confidence = sure.get(`${trouble.audit}\n${trouble.names[0] ?? ''}`) ?? null;
    return inFewWords(speaker, { ...trouble, confidence });
  };
  const then = (problem: Problem): Prose => inFewWords(speaker, troubleOfProblem(problem));
  const shifted = (shift: Shift): Prose => say.from(now(shift), shift.from, shift.to);
  const urgent = (problem: Problem): boolean => problem.priority === 'P0' || problem.priority === 'P1';
  const kills = diff.kills?.length ?? 0;
  const line = (label: string, items: readonly Prose[]): OccasionView['changes'] =>
    items.length === 0 ? [] : [{ label, items: listed(say, items, rows) }];
  return {
    lead,
    changes: [
      ...line(say.change.fresh, [
        ...inReportOrder(report, diff.fresh).map(now),
        ...(kills > 0 ? [say.kills(kills)] : []),
      ]),
      ...line(say.change.worse, diff.worse.map(shifted)),
      ...line(
        say.change.restarts,
        diff.restarts.flatMap(({ name, from, to }) =>
          to > from ? [say.restarted(speaker.fmt.name(name), to - from)] : [],
        ),
      ),
      ...line(say.change.better, diff.better.map(shifted)),
      ...line(say.change.gone, diff.gone.map(then)),
      ...line(say.change.perhaps, diff.perhapsFresh.filter(urgent).map(now)),
      ...line(say.change.unsure, diff.perhapsGone.filter(urgent).map(then)),
    ],
  };
}

/** What the report puts first comes first. */
function inReportOrder<P extends Problem>({ findings }: Report, problems: readonly P[]): readonly P[] {
  const place = new Map(findings.map(({ audit }, index) => [audit, index] as const).reverse());
  return problems.toSorted(
    (a, b) =>
      priorities.indexOf(a.priority) - priorities.indexOf(b.priority) ||
      (place.get(a.audit) ?? findings.length) - (place.get(b.audit) ?? findings.length),
  );
}

function leadOf({ fmt, say }: Speaker, { reason, toldAt, diff }: Occasion): Prose {
  const at = toldAt === null ? null : fmt.time(toldAt);
  // What a loop does without end is told as worse; nothing in the list of changes says so.
  if (reason === 'worse' && diff !== null && !diff.isWorse && diff.worse.length === 0)
    return say.why.goesOn(at);
  return reason === 'new' || reason === 'worse' || reason === 'better' || reason === 'reminder'
    ? say.why[reason](at)
    : say.why[reason];
}

function listed(say: MailWords, items: readonly Prose[], rows: number): Prose {
  const different = [...new Set(items)];
  const shown = different.slice(0, rows);
  const left = different.length - shown.length;
  return [...shown, ...(left > 0 ? [say.others(left)] : [])].join(say.separator) + say.listEnd;
}

function inFewWords({ locale, words }: Speaker, trouble: Trouble, width?: number): Prose {
  return fewWords(trouble, locale, words(trouble.audit)?.[locale].title ?? trouble.audit, width);
}
