/** An exception as a log shows it: where it stands, what it says, and the first line of it that is the app's own code. */
export interface FoundException {
  /** Index of its first and last line, and of the line that names it. */
  readonly from: number;
  readonly to: number;
  readonly head: number;
  readonly message: string;
  /** `/srv/app/routes.js:10:5`; null = no frame outside the runtime and its packages. */
  readonly ownFrame: string | null;
  /** False: a message by itself. */
  readonly hasStack: boolean;
  /**
   * `fatal`: the runtime itself says that it gave up · `survived`: what stands there shows that the process went on, or
   * that it was asked to end · null = both are possible.
   */
  readonly outcome: 'fatal' | 'survived' | null;
}

/** Reads a block that begins at this line; null = it does not. Looks ahead only as far as it reads, or a few lines. */
export type BlockReader = (lines: readonly string[], at: number) => FoundException | null;

/** Longer lines are data, not messages. */
export const messageMaxChars = 2000;

/** The line, or its beginning where it is longer than any message. */
export function lineAt(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  return line.length > messageMaxChars ? line.slice(0, messageMaxChars) : line;
}
