/**
 * Text that came from the machine (a log line, a name, a path) after redaction: known secret values and
 * secret-looking shapes are replaced, control and bidirectional characters are gone. `gather/clean.ts` is the only
 * maker. It is safe to store, not yet safe to print: each output still escapes it for its own format.
 */
export type CleanText = string & { readonly __clean: true };

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

/** JSON-safe data: what a finding's arguments and the stored report consist of. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Locale = 'en' | 'zh-CN';

/** How sure a statement is. `certain` needs proof of identity and time; `none` means the evidence carries no answer. */
export type Confidence = 'certain' | 'likely' | 'possible' | 'none';

/** A line quoted as evidence: the same bytes in every language and format. */
export interface Quote {
  /** Where it stands, for instance `kernel log` or a path. */
  readonly source: CleanText;
  /** When it was written, if the line or its source says so. */
  readonly at: EpochMs | null;
  readonly text: CleanText;
}
