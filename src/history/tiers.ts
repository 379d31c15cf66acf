import type { Resolution } from '../model/history.ts';

/** How one resolution lies in the file: its step, and the stretch of time that one block holds, ms. */
export interface Tier {
  readonly code: number;
  readonly resolution: Resolution;
  readonly stepMs: number;
  readonly blockMs: number;
}

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** Part of the file format. Raw times are kept to a second: more would cost as much as the memory itself. */
export const tiers: { readonly [R in Resolution]: Tier } = {
  raw: { code: 0, resolution: 'raw', stepMs: second, blockMs: hour },
  minute: { code: 1, resolution: 'minute', stepMs: 60 * second, blockMs: day },
  hour: { code: 2, resolution: 'hour', stepMs: hour, blockMs: 16 * day },
  // For a look at years: 730 numbers of an app, not 17,520. A file begun by an older version has none of before.
  day: { code: 3, resolution: 'day', stepMs: day, blockMs: 128 * day },
};
export const finestFirst: readonly Tier[] = [tiers.raw, tiers.minute, tiers.hour, tiers.day];

/** Block numbers stay below this until the year 2448. */
export const numbers = 2 ** 22;

/**
 * The row number of a block: subject, then tier, then time. So the blocks of one series lie side by side in the table's
 * own tree, and no index is needed.
 */
export function blockId(subject: number, tier: Tier, at: number): number {
  const number = Math.min(Math.max(Math.floor(at / tier.blockMs), 0), numbers - 1);
  return (subject * 4 + tier.code) * numbers + number;
}

export function blockStart(id: number, tier: Tier): number {
  return (id % numbers) * tier.blockMs;
}
