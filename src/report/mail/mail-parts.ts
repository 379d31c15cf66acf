import type { SnippetView, StackPart, SystemRow } from '../view/model.ts';
import type { View } from '../view/view.ts';
import { barColors, causeColor, mailMeter, mailPill, mailState } from './mail-atoms.ts';
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

const stateColors = {
  ok: barColors.grey,
  note: barColors.grey,
  watch: barColors.orange,
  warn: barColors.red,
  unknown: barColors.grey,
} as const;

/** What is not fine is never cut before what is; what is fine needs no judgement beside its word. */
export function systemPart({ system, words }: View, say: MailWords, room: Room): MailView['system'] {
  const isFine = ({ state }: SystemRow): boolean => state.kind === 'ok';
  const kept = new Set(
    [...system.rows.filter((row) => !isFine(row)), ...system.rows.filter(isFine)].slice(0, room.system),
  );
  const shown = system.rows.filter((row) => kept.has(row));
  const left = system.rows.length - shown.length;
  const { what, used, judgement } = words.systemTable;
  return {
    title: words.heading.system,
    lead: system.plainLead,
    head: { what, used, judgement },
    rows: shown.map((row) => ({
      name: within(row.name, room.text),
      value: within(row.value, room.text),
      share: row.share,
      meter: row.meter === null ? null : mailMeter(row.meter.percent, stateColors[row.state.kind]),
      state: mailState(row.state),
      judgement: isFine(row) ? null : within(row.plain, room.text),
    })),
    rest: left > 0 ? say.moreRows(left) : null,
  };
}

export function appsPart({ processes, annex, words }: View, say: MailWords, room: Room): MailView['apps'] {
  const rows = processes.memory.slice(0, room.apps);
  const used = rows.flatMap(({ causes }) => causes.map(({ mark }) => mark));
  const marks = processes.keys.filter(({ cause }) => used.some((mark) => mark.cause === cause));
  const unknown = words.unknown;
  return {
    title: say.apps,
    empty: processes.empty,
    caption: say.appsNote(annex.rows.length <= rows.length),
    head: { app: words.memoryTable.app, memory: say.memory, restarts: say.restarts },
    rows: rows.map((row) => ({
      name: within(row.app.name, 120),
      status: row.app.statusTone === 'green' ? null : row.app.status,
      isTrouble: row.app.statusTone === 'red',
      pm2: row.pm2 ?? unknown,
      pm2Bar: row.pm2Bar === null ? null : mailMeter(row.pm2Bar, barColors.pale),
      tree: row.tree ?? unknown,
      treeBar:
        row.treeBar === null ? null : mailMeter(row.treeBar, row.isHidden ? barColors.red : barColors.dark),
      isHidden: row.isHidden,
      restarts: row.restarts,
      causes: row.causes.map(({ mark, shown }) => ({ symbol: mark.symbol, shown })),
    })),
    marks: marks.length === 0 ? null : marks.map(({ symbol, word }) => `${symbol} ${word}`).join(words.comma),
  };
}

export function killsPart({ oom, words }: View, say: MailWords, room: Room): MailView['kills'] {
  // Newest last, as in the report; the newest are shown.
  const rows = oom.kills.slice(-room.kills);
  const left = (rows[0]?.number ?? 1) - 1;
  const { killed, held } = words.oomTable;
  return {
    title: words.heading.oom,
    lead: within(oom.lead, room.text),
    head: { when: say.when, killed, held, sure: say.sure },
    rows: rows.map((row) => ({
      when: row.when,
      who: row.who,
      note: row.isVictim ? `${row.biggestNote ?? ''}${say.colon}${row.biggest}` : row.process,
      isVictim: row.isVictim,
      held: row.held ?? words.unknown,
      sure: row.sure.word,
    })),
    rest: left > 0 ? say.earlierKills(left) : null,
  };
}

export function blindPart({ blind, words }: View, say: MailWords, room: Room): MailView['blind'] {
  const shown = blind.rows.slice(0, room.blind);
  const left = blind.rows.length - shown.length;
  return {
    title: words.heading.blind,
    lead: within(blind.lead, room.text),
    rows: shown.map(({ what, why }) => ({
      what: within(what, room.text),
      why: why === '' ? null : within(why, room.text),
    })),
    rest:
      left > 0 || blind.more !== null
        ? [left > 0 ? say.moreRows(left) : '', blind.more ?? ''].join(say.space).trim()
        : null,
  };
}
