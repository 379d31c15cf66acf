/** Findings of one audit in one report, at most: beyond that a list reads worse than its summary. */
export const mostFindings = 10;

/** Answers: which findings stand alone, and which go into one that lists the rest? The rest comes last. */
export function fewDrafts<T, D>(
  items: readonly T[],
  one: (item: T) => D,
  rest: (items: readonly T[]) => D,
  most: number = mostFindings,
): readonly D[] {
  if (items.length <= most) return items.map(one);
  return [...items.slice(0, most - 1).map(one), rest(items.slice(most - 1))];
}
