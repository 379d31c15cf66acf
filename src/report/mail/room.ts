/** How much of each part a mail shows. Whole items only: nothing is cut in the middle but an overlong line. */
export interface Room {
  readonly fixes: number;
  readonly snippetLines: number;
  readonly problems: number;
  /** Serious problems in one line each, after those in full. */
  readonly listed: number;
  readonly quotes: number;
  readonly system: number;
  readonly apps: number;
  readonly kills: number;
  readonly blind: number;
  readonly changes: number;
  /** Characters of one sentence or line. */
  readonly text: number;
}

/** Gmail cuts HTML above 102 KB, and what it adds counts; a mail of a big, sick host is to stay well below. */
export const mailBytes = 80 * 1000;

/** From ample to bare; the first that fits is taken. The last fits whatever the texts are. */
export const rooms: readonly Room[] = [
  {
    fixes: 3,
    snippetLines: 16,
    problems: 6,
    listed: 8,
    quotes: 2,
    system: 12,
    apps: 5,
    kills: 8,
    blind: 8,
    changes: 5,
    text: 900,
  },
  {
    fixes: 2,
    snippetLines: 10,
    problems: 5,
    listed: 5,
    quotes: 1,
    system: 8,
    apps: 5,
    kills: 6,
    blind: 6,
    changes: 4,
    text: 500,
  },
  {
    fixes: 2,
    snippetLines: 6,
    problems: 3,
    listed: 3,
    quotes: 1,
    system: 6,
    apps: 5,
    kills: 4,
    blind: 4,
    changes: 3,
    text: 300,
  },
  {
    fixes: 1,
    snippetLines: 4,
    problems: 2,
    listed: 0,
    quotes: 1,
    system: 4,
    apps: 3,
    kills: 2,
    blind: 2,
    changes: 2,
    text: 160,
  },
];

/** A text of at most so many characters, whole ones; a cut one ends in `…`. */
export function within(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const all = [...text];
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`;
}
