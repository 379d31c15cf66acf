import type { EpochMs } from '../../model/text.ts';

/** Noon UTC of a date, so that it prints as that date in nearly every zone. */
function noon(year: number, month: number, day: number): EpochMs {
  return Date.UTC(year, month - 1, day, 12);
}

/**
 * First day without fixes of each Node release line. Source: the `end` dates of schedule.json in nodejs/Release.
 * Odd lines live six months. Lines newer than the table are not known, and nothing is said of them.
 */
const endOfLife: { readonly [major: number]: EpochMs } = {
  4: noon(2018, 4, 30),
  5: noon(2016, 6, 30),
  6: noon(2019, 4, 30),
  7: noon(2017, 6, 30),
  8: noon(2019, 12, 31),
  9: noon(2018, 6, 30),
  10: noon(2021, 4, 30),
  11: noon(2019, 6, 1),
  12: noon(2022, 4, 30),
  13: noon(2020, 6, 1),
  14: noon(2023, 4, 30),
  15: noon(2021, 6, 1),
  16: noon(2023, 9, 11),
  17: noon(2022, 6, 1),
  18: noon(2025, 4, 30),
  19: noon(2023, 6, 1),
  20: noon(2026, 4, 30),
  21: noon(2024, 6, 1),
  22: noon(2027, 4, 30),
  23: noon(2025, 6, 1),
  24: noon(2028, 4, 30),
  25: noon(2026, 6, 1),
  26: noon(2029, 4, 30),
};

/** First day as long-term support of the lines worth moving to. Same source. */
const longTermSince: { readonly [major: number]: EpochMs } = {
  20: noon(2023, 10, 24),
  22: noon(2024, 10, 29),
  24: noon(2025, 10, 28),
  26: noon(2026, 10, 28),
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
