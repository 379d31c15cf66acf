const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** How often a channel is told at most, ms. Our own rule: one digest instead of a flood. */
export const pace = {
  /** Between two messages, unless something really new appears. */
  leastMs: hourMs,
  /** A problem told of within this time is no news when it comes back. */
  newsMs: dayMs,
  /** A problem that came so often within `newsMs` flaps: its coming and going alone is told every `flappingMs`. */
  flappingTimes: 3,
  flappingMs: 6 * hourMs,
  /** A daily job comes a little early, or an hour early when the clocks change: it still reminds each day. */
  reminderToleranceMs: 90 * minuteMs,
  /** What is only out of sight is waited for so long. */
  carriedMs: 14 * dayMs,
} as const;
