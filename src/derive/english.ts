/** `1 process`, `3 processes`; the number comes formatted. */
export function plural(count: number, shown: string, one: string, many: string): string {
  return `${shown} ${count === 1 ? one : many}`;
}

/** `once`, `twice`, `3 times`. */
export function times(count: number, shown: string): string {
  if (count === 1) return 'once';
  return count === 2 ? 'twice' : `${shown} times`;
}
