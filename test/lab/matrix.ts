/** Counts by truth, word and confidence, over all runs. */
export type Matrix = ReadonlyMap<string, number>;

export function addUp(all: readonly Matrix[]): Matrix {
  const sum = new Map<string, number>();
  for (const matrix of all) for (const [key, times] of matrix) sum.set(key, (sum.get(key) ?? 0) + times);
  return sum;
}

/** Truth in rows, said in columns; `4c 2l 1p`: so often certain, likely and possible. */
export function drawMatrix(matrix: Matrix): string {
  const keys = [...matrix.keys()].map((key) => key.split('\n'));
  const truths = [...new Set(keys.map(([truth = '']) => truth))].sort();
  const words = [...new Set(keys.map(([, word = '']) => word))].sort();
  const cell = (truth: string, word: string): string => {
    const counts = ['certain', 'likely', 'possible', 'none'].flatMap((confidence) => {
      const times = matrix.get([truth, word, confidence].join('\n'));
      return times === undefined ? [] : [`${times}${confidence === 'none' ? '' : confidence[0]}`];
    });
    return counts.length === 0 ? '.' : counts.join(' ');
  };
  const table = [
    ['truth \\ said', ...words],
    ...truths.map((truth) => [truth, ...words.map((word) => cell(truth, word))]),
  ];
  const widths = ['', ...words].map((_, n) => Math.max(...table.map((row) => row[n]?.length ?? 0)) + 2);
  return table
    .map((row) =>
      row
        .map((text, n) => text.padEnd(widths[n] ?? 0))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
