/** The user's input, or the place the user named, is at fault: the message says what, where and what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The whole of what is printed, where one line would be too long for a terminal; null = the message on one line. */
  readonly folded: string | null;

  constructor(
    message: string,
    { folded = null, ...options }: ErrorOptions & { folded?: string | null } = {},
  ) {
    super(message, options);
    this.folded = folded;
  }
}
