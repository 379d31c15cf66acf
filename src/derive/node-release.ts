import type { EpochMs } from '../model/text.ts';

/**
 * First day without fixes of each Node release line. Source: the `end` dates of schedule.json in nodejs/Release.
 * Odd lines live six months. Lines newer than the table are not known, and nothing is said of them.
 */
const endOfLife: { readonly [major: number]: EpochMs } = {
  4: Date.UTC(2018, 3, 30),
  5: Date.UTC(2016, 5, 30),
  6: Date.UTC(2019, 3, 30),
  7: Date.UTC(2017, 5, 30),
  8: Date.UTC(2019, 11, 31),
  9: Date.UTC(2018, 5, 30),
  10: Date.UTC(2021, 3, 30),
  11: Date.UTC(2019, 5, 1),
  12: Date.UTC(2022, 3, 30),
  13: Date.UTC(2020, 5, 1),
  14: Date.UTC(2023, 3, 30),
  15: Date.UTC(2021, 5, 1),
  16: Date.UTC(2023, 8, 11),
  17: Date.UTC(2022, 5, 1),
  18: Date.UTC(2025, 3, 30),
  19: Date.UTC(2023, 5, 1),
  20: Date.UTC(2026, 3, 30),
  21: Date.UTC(2024, 5, 1),
  22: Date.UTC(2027, 3, 30),
  23: Date.UTC(2025, 5, 1),
  24: Date.UTC(2028, 3, 30),
  25: Date.UTC(2026, 5, 1),
  26: Date.UTC(2029, 3, 30),
};

/** First day as long-term support of the lines worth moving to. Same source. */
const longTermSince: { readonly [major: number]: EpochMs } = {
  20: Date.UTC(2023, 9, 24),
  22: Date.UTC(2024, 9, 29),
  24: Date.UTC(2025, 9, 28),
  26: Date.UTC(2026, 9, 28),
};
const settledMs = 90 * 86_400_000;

/** Major number of `20.11.1` or `v20.11.1`; null for anything else, and for 0.x, which had no such lines. */
export function nodeMajor(version: string): number | null {
  const found = /^v?(\d{1,3})\.\d+\.\d+/.exec(version)?.[1];
  return found === undefined || found === '0' ? null : Number(found);
}

/** When fixes for this line end or ended; null = not in the table. */
export function nodeEndOfLife(major: number): EpochMs | null {
  return endOfLife[major] ?? null;
}

/** Answers: which line to move to? The newest that has been long-term support for 90 days at `now`, and when it ends. */
export function nodeToMoveTo(now: EpochMs): { readonly major: number; readonly endsAt: EpochMs } {
  let major = 20;
  for (const [line, since] of Object.entries(longTermSince)) {
    if (since + settledMs <= now && Number(line) > major) major = Number(line);
  }
  return { major, endsAt: endOfLife[major] ?? 0 };
}
