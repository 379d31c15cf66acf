import { readStamp, type Stamp, viewerPrefix } from './pm2-log-line.ts';

/** A stamp longer than this is none: PM2_LOG_DATE_FORMAT is a date format. */
export const maxStampBytes = 80;

/**
 * The stamp of a line as a number, so that a million lines need no objects: 0 and more = the wall clock it shows, ms as
 * if UTC · below 0 = the text number `-1 - value`, whose format is still to be learned · NaN = no stamp · -Infinity = a stamp
 * whose time is not known.
 */
export type StampValue = number;

/** Decodes a text; null = not in a format we know. */
export type StampReader = (text: string) => Stamp | null;

/** The stamps of one log. The default format is decoded from its bytes at once, everything else is kept as text. */
export class LogStamps {
  readonly texts: string[] = [];
  private readonly ids = new Map<string, number>();
  private readonly isDirect: boolean;

  /** @param isDirect false = also the default shape is only a text, because its fields may be swapped. */
  constructor(isDirect = true) {
    this.isDirect = isDirect;
  }

  read(buffer: Buffer, from: number, to: number): StampValue {
    const direct = this.isDirect && to - from === 19 ? readDefault(buffer, from) : -1;
    return direct >= 0 ? direct : this.idOf(buffer.toString('utf8', from, to).replace(viewerPrefix, ''));
  }

  /** The value of a text that is no stamp of the default format. */
  idOf(text: string): StampValue {
    let id = this.ids.get(text);
    if (id === undefined) {
      id = this.texts.length;
      this.texts.push(text);
      this.ids.set(text, id);
    }
    return -1 - id;
  }

  text(value: StampValue): string | null {
    return value < 0 ? (this.texts[-1 - value] ?? null) : null;
  }

  /** Stamps by text number; each text is decoded once. */
  decoder(read: StampReader = readStamp): (value: StampValue) => Stamp | null {
    const known: (Stamp | null | undefined)[] = [];
    return (value) => {
      if (value >= 0) return { wallMs: value, offsetMinutes: null };
      if (!Number.isFinite(value)) return null;
      const id = -1 - value;
      let stamp = known[id];
      if (stamp === undefined) {
        stamp = read(this.texts[id] ?? '');
        known[id] = stamp;
      }
      return stamp;
    };
  }
}

const dayMs = 86_400_000;
let knownDay = -1;
let knownDayMs = 0;

/** `2026-11-21T16:24:17` (PM2's default), also with a space, slashes or dots; -1 = something else, or no such day. */
function readDefault(buffer: Buffer, at: number): number {
  const separator = buffer[at + 4];
  const middle = buffer[at + 10];
  if (
    (separator !== 0x2d && separator !== 0x2f && separator !== 0x2e) ||
    buffer[at + 7] !== separator ||
    (middle !== 0x54 && middle !== 0x20) ||
    buffer[at + 13] !== 0x3a ||
    buffer[at + 16] !== 0x3a
  )
    return -1;
  const year = two(buffer, at) * 100 + two(buffer, at + 2);
  const month = two(buffer, at + 5);
  const day = two(buffer, at + 8);
  const hour = two(buffer, at + 11);
  const minute = two(buffer, at + 14);
  const second = two(buffer, at + 17);
  // NaN fails every comparison.
  const isTime = hour <= 23 && minute <= 59 && second <= 59 && hour + minute + second >= 0;
  if (!(isTime && year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return -1;
  const key = (year * 12 + month) * 32 + day;
  if (key !== knownDay) {
    const date = new Date(Date.UTC(year, month - 1, day));
    if (date.getUTCDate() !== day) return -1;
    knownDay = key;
    knownDayMs = date.getTime();
  }
  return knownDayMs + ((((hour * 60 + minute) * 60 + second) * 1000) % dayMs);
}

/** Two digits; NaN where one is none. */
function two(buffer: Buffer, at: number): number {
  const tens = (buffer[at] ?? 0) - 0x30;
  const ones = (buffer[at + 1] ?? 0) - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
