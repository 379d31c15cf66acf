/**
 * How long each part of a delivery may take, ms. `totalMs` is above them all: a run from cron always ends. With the ten seconds that
 * a program may take to print the password it stays below a minute.
 */
export interface MailLimits {
  readonly resolveMs: number;
  /** From the look-up to the end of the TLS handshake. */
  readonly connectMs: number;
  /** Servers that slow down spammers greet late (Postfix' postscreen: 6 s). */
  readonly greetingMs: number;
  /** Silence between two lines. RFC 5321 section 4.5.3.2 would wait minutes; the outbox tries again at the next run. */
  readonly replyMs: number;
  readonly closeMs: number;
  readonly totalMs: number;
}

export const mailLimits: MailLimits = {
  resolveMs: 10_000,
  connectMs: 20_000,
  greetingMs: 15_000,
  replyMs: 30_000,
  closeMs: 1000,
  totalMs: 45_000,
};
