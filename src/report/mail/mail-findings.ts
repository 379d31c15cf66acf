import type { SnippetView, StackPart } from '../view/model.ts';
import type { View } from '../view/view.ts';
import { causeColor, mailPill } from './mail-atoms.ts';
import type { MailFix, MailProblem, MailView } from './mail-model.ts';
import type { MailWords } from './mail-words.ts';
import { type Room, within } from './room.ts';

const lineCharacters = 300;

const isUrgent = (code: string): boolean => code === 'P0' || code === 'P1';

/** The urgent fixes with what to type. Only later ones: no such part. */
export function fixesPart({ fixes, words }: View, say: MailWords, room: Room): MailView['fixes'] {
  const all = [...fixes.open, ...fixes.folded];
  const urgent = all.filter(({ pill }) => isUrgent(pill.code));
  const shown = urgent.slice(0, room.fixes);
  if (shown.length === 0) return null;
  const left = all.length - shown.length;
  return {
    title: words.doFirst,
    comma: words.comma,
    list: shown.map(
      (fix): MailFix => ({
        id: fix.id,
        title: within(fix.title, room.text),
        time: fix.time,
        snippets: fix.snippets.map((snippet) => snippetPart(snippet, say, room)),
        // A fix without anything to type is its steps.
        steps: fix.snippets.length > 0 ? [] : fix.steps.map((step) => within(step, room.text)),
      }),
    ),
    note: left > 0 ? `${say.moreFixes(left)}${say.space}${say.steps}` : say.steps,
  };
}

function snippetPart(
  { label, isDiff, lines }: SnippetView,
  say: MailWords,
  room: Room,
): MailFix['snippets'][number] {
  const shown = lines.slice(0, room.snippetLines);
  const left = lines.length - shown.length;
  return {
    label,
    lines: shown.map(({ mark, text }) => within(isDiff ? `${mark} ${text}` : text, lineCharacters)),
    more: left > 0 ? say.moreLines(left) : null,
  };
}

export function problemsPart(
  { problems, words, header }: View,
  say: MailWords,
  room: Room,
): MailView['problems'] {
  const lines = [...problems.shown.slice(room.problems), ...problems.more];
  const more = lines.slice(0, room.listed);
  // The report's own list ends as well; the counts of the header do not.
  const all = header.counts.reduce((sum, { pill, count }) => sum + (isUrgent(pill.code) ? count : 0), 0);
  const left = all - Math.min(room.problems, problems.shown.length) - more.length;
  if (problems.shown.length === 0) return null;
  return {
    title: words.heading.problems,
    list: problems.shown.slice(0, room.problems).map(
      (problem): MailProblem => ({
        pill: mailPill(problem.pill),
        title: within(problem.title, room.text),
        quotes: problem.quotes.slice(0, room.quotes).map(({ pieces }) => ({ pieces: shortPieces(pieces) })),
        stack: stackPart(problem.stack),
        effect: problem.effect === '' ? null : within(problem.effect, room.text),
        last:
          [
            problem.fix === null ? null : problem.fix.text,
            problem.sure === null ? null : `${words.howSure}${say.space}${problem.sure.word}`,
          ]
            .filter((part) => part !== null)
            .join(' · ') || null,
      }),
    ),
    more: more.map(({ pill, title }) => ({ pill: mailPill(pill), title: within(title, room.text) })),
    rest: left > 0 ? say.moreProblems(left) : null,
  };
}

/** A quoted line of at most 300 characters: what follows stands in the report. */
function shortPieces<P extends { readonly text: string; readonly strong: boolean }>(
  pieces: readonly P[],
): readonly P[] {
  let left = lineCharacters;
  return pieces.flatMap((piece) => {
    if (left <= 0) return [];
    const text = within(piece.text, left);
    left -= text.length;
    return [{ ...piece, text }];
  });
}

function stackPart(parts: readonly StackPart[]): MailProblem['stack'] {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  return parts.map(({ mark, count, shown, pale }) => ({
    symbol: mark.symbol,
    shown,
    word: mark.word,
    width: Math.max(1, Math.round((count / total) * 100)),
    color: causeColor(mark, pale),
  }));
}
