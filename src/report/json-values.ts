import type { AppRef } from '../model/pm2.ts';
import type { EpochMs, Json, Quote } from '../model/text.ts';
import { isoWithZone } from './format.ts';

/** Writes times of one report: ISO 8601 with the host's zone; null stays null. */
export type Iso = (at: EpochMs | null) => string | null;

export function makeIso(utcOffsetMinutes: number): Iso {
  return (at) => (at === null ? null : isoWithZone(at, utcOffsetMinutes));
}

/** Bytes, durations and counts are integers in the contract; null stays null. */
export function integer(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value);
}

/** Ratios from 0 to 1 and percents keep four digits: enough to compare, short enough to read. */
export function short(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value * 10_000) / 10_000;
}

export function appJson(app: AppRef): Json;
export function appJson(app: AppRef | null): Json | null;
export function appJson(app: AppRef | null): Json | null {
  return app === null ? null : { home: app.home, pmId: app.pmId, name: app.name, namespace: app.namespace };
}

export function quoteJson(quote: Quote, iso: Iso): Json {
  return { source: quote.source, at: iso(quote.at), text: quote.text };
}
