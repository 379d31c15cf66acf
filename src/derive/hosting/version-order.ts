/** Answers: is version `a` older than `b`? Compares `major.minor.patch`; a pre-release counts as its release; null = not a version. */
export function isOlder(a: string, b: string): boolean | null {
  const left = parts(a);
  const right = parts(b);
  if (left === null || right === null) return null;
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function parts(version: string): readonly number[] | null {
  const found = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(version);
  return found === null ? null : found.slice(1, 4).map(Number);
}
