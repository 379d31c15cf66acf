import { civilDays } from './pm2-log-days.ts';
import { monthOf, partsOf, type StampPart, weekdayOf } from './pm2-log-parts.ts';

/** Fields of a date format, in dayjs' letters; `y` = two digits of a year, `h` = hour of a twelve-hour clock. */
export type Field = 'Y' | 'y' | 'M' | 'D' | 'H' | 'h' | 'm' | 's' | 'S';

/** What a stamp shows. `date`: `year` = all of it, `day` = month and day, `none` = only a time of day. */
export interface ReadStamp {
  readonly date: 'year' | 'day' | 'none';
  /** Wall clock as if UTC, ms since 1970; without a year that of 2000, without a date that of 1970-01-01. */
  readonly wallMs: number;
  /** Minutes east of UTC, where the stamp says so. */
  readonly offsetMinutes: number | null;
  readonly hour: number;
}

/** One way to read stamps of one shape. */
export interface Layout {
  /** Fields of the digit runs in their order; a run without separators inside has several. */
  readonly runs: readonly (readonly Field[])[];
  readonly date: ReadStamp['date'];
  /** The finest thing it shows: 1, 1,000 or 60,000 ms. */
  readonly precisionMs: number;
  readonly read: (text: string) => ReadStamp | null;
}

const dateFields = new Set<Field>(['Y', 'y', 'M', 'D']);
/** Fields of a run of this many digits without a separator. */
const runFields: { readonly [digits: number]: readonly string[] } = {
  2: ['M', 'D', 'y', 'H', 'm', 's'],
  3: ['S'],
  4: ['Y', 'Hm', 'MD', 'DM'],
  6: ['Hms', 'yMD', 'DMy', 'MDy'],
  8: ['YMD', 'DMY', 'MDY'],
  9: ['HmsS'],
  12: ['YMDHm', 'yMDHms', 'DMyHms', 'MDyHms'],
  14: ['YMDHms', 'DMYHms', 'MDYHms'],
  17: ['YMDHmsS', 'DMYHmsS', 'MDYHmsS'],
};
const fieldList: readonly Field[] = ['Y', 'y', 'M', 'D', 'H', 'h', 'm', 's', 'S'];
/** Orders people write; a year between day and month is none of them. */
const dateOrders = new Set(['', 'MD', 'DM', 'YMD', 'YDM', 'DMY', 'MDY', 'yMD', 'DMy', 'MDy']);
const namedOrders = new Set(['D', 'YD', 'DY', 'Dy', 'yD']);
/** `Nov 21 16:24:17 2026`, as the C library writes it. */
const splitOrders = new Set(['MDY', 'DMY', 'DY']);

/** All ways in which stamps of the shape of this one may be meant. */
export function layoutsOf(sample: string): readonly Layout[] {
  const parts = partsOf(sample);
  const digits = parts.filter((part) => part.kind === 'digits');
  const found: (readonly Field[])[][] = [];
  const choose = (run: number, chosen: readonly (readonly Field[])[]): void => {
    const part = digits[run];
    if (part === undefined) {
      if (isWhole(chosen, parts)) found.push([...chosen]);
      return;
    }
    const { length } = part.text;
    for (const letters of runFields[Math.max(2, length)] ?? []) {
      const fields = fieldsOf(letters);
      if (part.unit !== null && letters !== part.unit && !(part.unit === 'Y' && letters === 'y')) continue;
      const before = chosen.flat();
      if (fields.some((field) => before.includes(field))) continue;
      if (!fitsSeparator(part.before, before.at(-1), fields[0])) continue;
      choose(run + 1, [...chosen, fields]);
    }
  };
  if (digits.length > 0 && digits.length <= 8) choose(0, []);
  const hasHalf = parts.some(({ kind }) => kind === 'meridiem');
  return found.flatMap((runs) => {
    const plain = layoutOf(parts, runs);
    return hasHalf
      ? [
          layoutOf(
            parts,
            runs.map((run) => run.map((field) => (field === 'H' ? 'h' : field))),
          ),
          plain,
        ]
      : [plain];
  });
}

function fieldsOf(letters: string): readonly Field[] {
  return [...letters].flatMap((letter) => fieldList.filter((field) => field === letter));
}

/** A colon joins what belongs to the time, a slash what belongs to the date. */
function fitsSeparator(separator: string, left: Field | undefined, right: Field | undefined): boolean {
  if (left === undefined || right === undefined) return true;
  const isTime = !dateFields.has(left) && !dateFields.has(right);
  if (separator === ':') return isTime && right !== 'H';
  if (separator === '/') return dateFields.has(left) && dateFields.has(right);
  if (right === 'S') return left === 's';
  return right !== 'm' && right !== 's' ? true : isTime;
}

function isWhole(runs: readonly (readonly Field[])[], parts: readonly StampPart[]): boolean {
  const all = runs.flat();
  const time = all.filter((field) => !dateFields.has(field)).join('');
  if (time !== 'Hm' && time !== 'Hms' && time !== 'HmsS') return false;
  const isNamed = parts.some(({ kind }) => kind === 'month');
  const order = all.filter((field) => dateFields.has(field)).join('');
  if (!(isNamed ? namedOrders : dateOrders).has(order)) return false;
  // The time in one piece, and so the date; but a year may stand at the end.
  const letters = all.join('');
  if (!letters.includes(time)) return false;
  const at = letters.indexOf(time);
  const isSplit = at > 0 && at + time.length < letters.length;
  return !isSplit || (splitOrders.has(order) && letters.endsWith(`${time}Y`));
}

function layoutOf(parts: readonly StampPart[], runs: readonly (readonly Field[])[]): Layout {
  const pattern = patternOf(parts, runs);
  const all = runs.flat();
  const hasName = parts.some(({ kind }) => kind === 'month');
  const hasYear = all.includes('Y') || all.includes('y');
  const date = hasYear ? 'year' : all.includes('D') ? 'day' : 'none';
  const isHalf = all.includes('h');
  const read = (text: string): ReadStamp | null => {
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) return null;
    const number = (field: Field): number => Number(groups[field] ?? Number.NaN);
    const month = hasName ? monthOf(groups['month'] ?? '') : date === 'none' ? 1 : number('M');
    const day = date === 'none' ? 1 : number('D');
    const year =
      groups['Y'] !== undefined
        ? number('Y')
        : groups['y'] !== undefined
          ? 2000 + number('y')
          : date === 'day'
            ? 2000
            : 1970;
    const shown = isHalf ? number('h') : number('H');
    const isAfternoon = /^p/i.test(groups['meridiem'] ?? '');
    if (isHalf ? shown < 1 || shown > 12 : shown > 23) return null;
    const hour = isHalf ? (shown % 12) + (isAfternoon ? 12 : 0) : shown;
    if (groups['meridiem'] !== undefined && hour >= 12 !== isAfternoon) return null;
    const minute = number('m');
    const second = groups['s'] === undefined ? 0 : number('s');
    if (minute > 59 || second > 59) return null;
    const days = civilDays(year, month, day);
    if (days === null) return null;
    const weekday = groups['weekday'];
    // 1970-01-01 was a Thursday.
    if (weekday !== undefined && date === 'year' && weekdayOf(weekday) !== (((days + 4) % 7) + 7) % 7)
      return null;
    const offset = groups['zone'] === undefined ? null : zoneMinutes(groups['zone']);
    const wallMs =
      days * 86_400_000 +
      ((hour * 60 + minute) * 60 + second) * 1000 +
      (groups['S'] === undefined ? 0 : number('S'));
    return { date, wallMs, offsetMinutes: offset, hour };
  };
  return { runs, date, precisionMs: all.includes('S') ? 1 : all.includes('s') ? 1000 : 60_000, read };
}

function patternOf(parts: readonly StampPart[], runs: readonly (readonly Field[])[]): RegExp {
  let run = 0;
  const source = parts.map((part) => {
    if (part.kind === 'digits') {
      const fields = runs[run] ?? [];
      run += 1;
      return fields
        .map((field) => `(?<${field}>${fields.length > 1 || field === 'y' ? fixed(field) : loose(field)})`)
        .join('');
    }
    if (part.kind === 'month' || part.kind === 'weekday') return `(?<${part.kind}>[A-Za-z]{2,9})`;
    if (part.kind === 'meridiem') return '(?<meridiem>[AaPp][Mm])';
    if (part.kind === 'zone') return '(?<zone>[+-]\\d{2}:?\\d{2})';
    return part.text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 'u');
}

const fixed = (field: Field): string => (field === 'Y' ? '\\d{4}' : field === 'S' ? '\\d{3}' : '\\d{2}');
const loose = (field: Field): string => (field === 'Y' ? '\\d{4}' : field === 'S' ? '\\d{3}' : '\\d{1,2}');

function zoneMinutes(zone: string): number {
  const digits = zone.replace(':', '');
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5));
  return digits.startsWith('-') ? -minutes : minutes;
}
