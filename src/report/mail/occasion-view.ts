import type { Occasion } from '../../derive/delivery/occasion.ts';
import type { Shift } from '../../derive/report-diff.ts';
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

/** The first thing that is wrong, in few words; null = nothing is. Low priorities are no news of their own. */
export function firstCulprit(speaker: Speaker): Prose | null {
  const [first] = speaker.report.findings;
  return first === undefined || first.priority === 'P2' || first.priority === 'P3'
    ? null
    : inFewWords(speaker, troubleOf(first));
}

/** `rows`: so many items of each kind of change are named, the rest is counted. */
export function occasionView(speaker: Speaker, occasion: Occasion, rows: number): OccasionView {
  const { fmt, say, report } = speaker;
  const { diff } = occasion;
  const at = occasion.toldAt === null ? null : fmt.time(occasion.toldAt);
  const lead =
    occasion.reason === 'new' ||
    occasion.reason === 'worse' ||
    occasion.reason === 'better' ||
    occasion.reason === 'reminder'
      ? say.why[occasion.reason](at)
      : say.why[occasion.reason];
  if (diff === null) return { lead, changes: [] };
  const found = new Map(report.findings.map((finding) => [`${finding.audit}`, finding]));
  const told = (trouble: Trouble): Prose => inFewWords(speaker, trouble);
  const shifted = (shift: Shift): Prose => say.from(told(troubleOfProblem(shift)), shift.from, shift.to);
  const urgent = diff.perhapsGone.filter(({ priority }) => priority === 'P0' || priority === 'P1');
  const line = (label: string, items: readonly Prose[]): OccasionView['changes'] =>
    items.length === 0 ? [] : [{ label, items: listed(say, items, rows) }];
  return {
    lead,
    changes: [
      ...line(say.change.fresh, [
        ...diff.fresh.map((problem) =>
          told({ ...troubleOfProblem(problem), confidence: found.get(problem.audit)?.confidence ?? null }),
        ),
        ...((diff.kills?.length ?? 0) > 0 ? [say.kills(diff.kills?.length ?? 0)] : []),
      ]),
      ...line(say.change.worse, diff.worse.map(shifted)),
      ...line(say.change.better, diff.better.map(shifted)),
      ...line(
        say.change.gone,
        diff.gone.map((problem) => told(troubleOfProblem(problem))),
      ),
      ...line(
        say.change.unsure,
        urgent.map((problem) => told(troubleOfProblem(problem))),
      ),
    ],
  };
}

function listed(say: MailWords, items: readonly Prose[], rows: number): Prose {
  const different = [...new Set(items)];
  const shown = different.slice(0, rows);
  const left = different.length - shown.length;
  return [...shown, ...(left > 0 ? [say.others(left)] : [])].join(say.separator) + say.listEnd;
}

function inFewWords({ locale, words }: Speaker, trouble: Trouble): Prose {
  return fewWords(trouble, locale, words(trouble.audit)?.[locale].title ?? trouble.audit);
}
