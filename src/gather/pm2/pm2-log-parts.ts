import type { Field } from './pm2-log-layout.ts';

/** A piece of a stamp. Digits are a field, or several without a separator; names and zones say themselves what they are. */
export interface StampPart {
  readonly kind: 'digits' | 'month' | 'weekday' | 'meridiem' | 'zone' | 'literal';
  readonly text: string;
  /** What stands before it. */
  readonly before: string;
  /** The field that the word behind it names (`2026年`); null = none. */
  readonly unit: Field | null;
}

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Chinese, Japanese and Korean name the field behind its number. */
const units: readonly (readonly [letters: string, field: Field])[] = [
  ['年년', 'Y'],
  ['月월', 'M'],
  ['日号號일', 'D'],
  ['时時点點시', 'H'],
  ['分분', 'm'],
  ['秒초', 's'],
  ['毫', 'S'],
];
/** `Z` and `ZZ` of dayjs at the end: `+05:30`, `+0530`. Offsets in use are whole quarters of an hour, up to 14. */
const zoneAtEnd = /^(.*\d[ \p{L}]*)([+-](?:0\d|1[0-4]):?(?:00|15|30|45))$/su;

/** 1 to 12; NaN = no month. dayjs writes English names unless a locale is set, which PM2 never does. */
export function monthOf(name: string): number {
  const index = months.findIndex((month) => month === name || month.slice(0, 3) === name);
  return index < 0 ? Number.NaN : index + 1;
}

/** 0 = Sunday; -1 = no weekday. */
export function weekdayOf(name: string): number {
  return weekdays.findIndex((day) => day === name || day.slice(0, 3) === name || day.slice(0, 2) === name);
}

/** Takes a stamp apart. */
export function partsOf(stamp: string): readonly StampPart[] {
  const zone = zoneAtEnd.exec(stamp);
  // `16:24 21-11-2026` ends in no zone: a time of day must stand before it.
  const hasZone = zone !== null && /\d[:时時点點시]\d|\d{6}/u.test(zone[1] ?? '');
  const own = hasZone ? (zone[1] ?? '') : stamp;
  const texts = own.match(/\d+|\p{L}+|[^\p{L}\d]+/gu) ?? [];
  const parts = texts.map((text, index): StampPart => {
    const before = texts[index - 1] ?? '';
    const next = texts[index + 1] ?? '';
    return {
      kind: kindOf(text),
      text,
      before,
      unit: units.find(([letters]) => letters.includes(next.slice(0, 1) || '\0'))?.[1] ?? null,
    };
  });
  return hasZone ? [...parts, { kind: 'zone', text: zone[2] ?? '', before: '', unit: null }] : parts;
}

function kindOf(text: string): StampPart['kind'] {
  if (/^\d/.test(text)) return 'digits';
  if (/^(?:am|pm|AM|PM)$/.test(text)) return 'meridiem';
  if (!Number.isNaN(monthOf(text))) return 'month';
  return weekdayOf(text) >= 0 ? 'weekday' : 'literal';
}

/** Stamps of one shape may be of one format: the same words and separators, and runs of as many digits. */
export function shapeOf(stamp: string): string {
  return partsOf(stamp)
    .map(({ kind, text }) =>
      kind === 'literal' ? text : kind === 'digits' ? `<${Math.max(2, text.length)}>` : `<${kind}>`,
    )
    .join('');
}
