import { cells, truncate } from './cells.ts';
import { oneLine, proseToTerminal } from './prose.ts';
import { type Line, line, piece, width } from './terminal-line.ts';
import { type Section, section, type TerminalContext } from './terminal-section.ts';
import type { StoryView } from './view/incidents.ts';
import { wrap } from './wrap.ts';

const shownStories = 4;
const shownShared = 2;
const nameCells = 27;
const indent = 2;

/** Why the most troubled apps restarted: what happened in at most two lines, then how it stands or what they crashed with. */
export function storiesSection({ view, say }: TerminalContext): Section | null {
  const { stories, shared } = view.restarts;
  const left = stories.length - shownStories;
  return section(say.restarts, [
    ...shared
      .filter(({ isTrouble }) => isTrouble)
      .slice(0, shownShared)
      .flatMap(({ text }) => wrapped(proseToTerminal(text), 3)),
    ...stories.slice(0, shownStories).flatMap(storyLines),
    ...(left > 0 ? [line(say.moreStories(left), 'soft')] : []),
  ]);
}

function storyLines({ name, conclusion, crashes, now }: StoryView): readonly Line[] {
  const shown = truncate(oneLine(name), nameCells);
  const [first, ...rest] = wrapped(`${shown}  ${proseToTerminal(conclusion)}`, 2);
  const text = first?.[0]?.text ?? shown;
  const below = [crashes[0]?.message, now].filter((part) => part !== null && part !== undefined);
  return [
    [piece(text.slice(0, shown.length), 'strong'), piece(text.slice(shown.length))],
    ...rest,
    ...below.map((part) =>
      line(' '.repeat(indent) + truncate(proseToTerminal(part), width - indent), 'soft'),
    ),
  ];
}

/** A paragraph whose first line begins at the margin and the others after the indent. */
function wrapped(text: string, most: number): readonly Line[] {
  const broken = wrap(text, width - indent);
  const kept = broken.slice(0, most);
  return kept.map((part, index) => {
    const isCut = index === most - 1 && broken.length > most;
    const whole = isCut ? `${truncate(part, width - indent - 3).replace(/\.+$/, '')} ..` : part;
    return line(
      (index === 0 ? '' : ' '.repeat(indent)) + (cells(whole) > width ? truncate(whole, width) : whole),
    );
  });
}
