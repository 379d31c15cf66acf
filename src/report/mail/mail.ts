import type { Occasion } from '../../derive/delivery/occasion.ts';
import type { Report } from '../../model/report.ts';
import type { Locale } from '../../model/text.ts';
import { makeFmt } from '../format.ts';
import { oneLine } from '../prose.ts';
import { reportView } from '../report-view.ts';
import { withoutAppLogs } from '../view/private.ts';
import type { View } from '../view/view.ts';
import { headerWords } from '../view/words/header.ts';
import { type AuditWords, withGapWords } from '../words.ts';
import { renderMail } from './mail-html.ts';
import type { MailView } from './mail-model.ts';
import { mailView } from './mail-view.ts';
import { type MailWords, mailWords } from './mail-words.ts';
import { firstCulprit, occasionView, type Speaker } from './occasion-view.ts';
import { mailBytes, rooms } from './room.ts';
import { subjectLine } from './subject.ts';
import { textPart } from './text-part.ts';

/**
 * What a mail is made of. Of the files that were to travel with it: `attached` do, `leftOut` are too large, `unreadable` are
 * gone or may not be read; `notWritten`: formats of which this run wrote none.
 */
export interface MailInput {
  readonly report: Report;
  readonly words: AuditWords;
  readonly occasion: Occasion;
  readonly locale: Locale;
  readonly files: { readonly html: string | null; readonly json: string | null; readonly md: string | null };
  readonly leftOut?: readonly string[];
  readonly attached?: readonly string[];
  readonly unreadable?: readonly string[];
  readonly notWritten?: readonly string[];
}

export interface MailContent {
  /** One printable line, at most 84 cells. */
  readonly subject: string;
  /** At most 80 KB. */
  readonly html: string;
  /** The Markdown report, with the reason of the mail before it. */
  readonly text: string;
}

/**
 * Answers: what does the mail about this report say? The same view as the page, without any line that an app wrote. HTML and
 * text say the same; the text says more of it.
 */
export function mailContent(input: MailInput): MailContent {
  const { occasion, locale } = input;
  const report = withoutAppLogs(input.report);
  const words = withGapWords(input.words);
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  const say = mailWords[locale](fmt);
  const speaker: Speaker = { report, locale, fmt, words, say };
  const view = reportView(report, { locale, words: input.words });
  const past = scoreBefore(report, occasion);
  const subject = subjectLine({
    report,
    occasion,
    locale,
    say,
    host: view.header.host,
    word: locale === 'en' ? view.header.word.toLowerCase() : view.header.word,
    change: past === null || report.score === null ? null : report.score - past.score,
    culprit: (width) => firstCulprit(speaker, width),
  });
  const foot = footer(input, view, say);
  const scoreNote =
    past === null || report.score === null
      ? (view.header.scoreNotes[0] ?? null)
      : headerWords[locale](fmt).change(report.score, { ...past, at: fmt.date(past.takenAt) });
  const isCalm = occasion.reason === 'recovered' && report.counts.P0 + report.counts.P1 === 0;
  let html = '';
  for (const room of rooms) {
    const told = occasionView(speaker, occasion, room.changes);
    html = renderMail(mailView({ view, say, subject, occasion: told, isCalm, scoreNote, foot }, room));
    if (Buffer.byteLength(html) <= mailBytes) break;
  }
  return {
    subject,
    html,
    text: textPart(withNote(view, scoreNote), say, occasionView(speaker, occasion, 5), foot),
  };
}

/** The first note under the score is what it was before: the same in both parts of the mail. */
function withNote(view: View, note: string | null): View {
  const [, ...others] = view.header.scoreNotes;
  return { ...view, header: { ...view.header, scoreNotes: note === null ? others : [note, ...others] } };
}

/** The score the reader knows: of what he was told last, else of the report before. */
function scoreBefore(
  report: Report,
  { diff }: Occasion,
): { readonly takenAt: number; readonly score: number; readonly grade: string | null } | null {
  const before = diff?.before ?? report.past;
  return before === null || before.score === null
    ? null
    : { takenAt: before.takenAt, score: before.score, grade: before.grade };
}

function footer(
  { report, files, attached = [], leftOut = [], unreadable = [], notWritten = [] }: MailInput,
  view: View,
  say: MailWords,
): MailView['foot'] {
  const path = files.html ?? files.md ?? files.json;
  const [pathBefore, pathAfter] = say.fullReport(oneLine(view.header.host));
  return {
    path: path === null ? null : oneLine(path),
    pathBefore,
    pathAfter,
    noFile: say.noFile,
    lines: [
      ...(attached.length > 0 ? [say.attached(attached.map(oneLine))] : []),
      ...(leftOut.length > 0 ? [say.leftOut(leftOut.map(oneLine))] : []),
      ...(unreadable.length > 0 ? [say.unreadable(unreadable.map(oneLine))] : []),
      ...(notWritten.length > 0 ? [say.notWritten(notWritten.map(oneLine))] : []),
      say.privacy,
      say.state(view.header.takenAt),
      say.made(report.tool.name, report.tool.version),
    ],
  };
}
