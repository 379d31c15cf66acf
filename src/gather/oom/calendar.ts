import type { EpochMs } from '../../model/text.ts';

/** What a reader of logs must know to turn a written time into an epoch. */
export interface LogClock {
  /** Epoch of the boot the uptime stamps count from; null = not known (a file from some other machine). */
  readonly bootedAtMs: number | null;
  /** Zone of stamps that name none, minutes east of UTC. */
  readonly utcOffsetMinutes: number;
  /** Stamps without a year belong to the newest year that does not lie ahead of this. */
  readonly now: EpochMs;
}

/** A log written by a clock a little ahead of ours, or in a zone east of us, is not a year old. */
const slackMs = 26 * 3_600_000;
const minuteMs = 60_000;

/** First letters of month names in the locales journalctl, dmesg -T and syslog are met in; longest match wins. */
const monthNames: readonly (readonly string[])[] = [
  ['jan', 'ene', 'gen', 'янв', 'sty', 'oca'],
  ['feb', 'fév', 'fev', 'фев', 'lut', 'şub'],
  ['mar', 'mär', 'mrt', 'мар'],
  ['apr', 'avr', 'abr', 'апр', 'kwi', 'nis'],
  ['may', 'mai', 'mei', 'mag', 'maj', 'мая', 'май'],
  ['jun', 'juin', 'giu', 'июн', 'cze', 'haz'],
  ['jul', 'juil', 'lug', 'июл', 'lip', 'tem'],
  ['aug', 'aoû', 'aou', 'ago', 'авг', 'sie', 'ağu'],
  ['sep', 'set', 'сен', 'wrz', 'eyl'],
  ['oct', 'okt', 'out', 'ott', 'окт', 'paź', 'eki'],
  ['nov', 'ноя', 'lis', 'kas'],
  ['dec', 'dez', 'dic', 'déc', 'дек', 'gru', 'ara'],
];

/** 1 to 12 for `Nov`, `11月`, `нояб.`; null = a name we do not know. */
export function monthOf(name: string): number | null {
  const digits = /^(\d{1,2})(?:月|월)$/.exec(name);
  if (digits) {
    const month = Number(digits[1]);
    return month >= 1 && month <= 12 ? month : null;
  }
  const word = name.toLowerCase();
  let best: number | null = null;
  let length = 0;
  for (const [index, names] of monthNames.entries()) {
    for (const start of names) {
      if (start.length > length && word.startsWith(start)) {
        best = index + 1;
        length = start.length;
      }
    }
  }
  return best;
}

/** Minutes east of UTC of `Z`, `+08:00`, `-0500`, `UTC`; null = another zone name, or none. */
export function zoneOf(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  if (/^(?:Z|UTC|GMT)$/.test(zone)) return 0;
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (!match) return null;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

/** `21:31:32.175` or with a decimal comma, in ms since midnight; null = not a time of day. */
function timeOfDayMs(text: string): number | null {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?$/.exec(text);
  if (!match) return null;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  // 60 is a leap second.
  if (hours > 23 || minutes > 59 || seconds > 60) return null;
  const fraction = match[4] === undefined ? 0 : Math.floor(Number(`0.${match[4]}`) * 1000);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction;
}

/** Epoch of a calendar time. `year` null: the newest year that fits and is not ahead of now. null = no such day. */
export function epochOf(
  date: { readonly year: number | null; readonly month: number; readonly day: number },
  timeOfDay: string,
  zone: string | undefined,
  clock: LogClock,
): EpochMs | null {
  const ms = timeOfDayMs(timeOfDay);
  if (ms === null || date.day < 1 || date.day > 31) return null;
  const offsetMs = (zoneOf(zone) ?? clock.utcOffsetMinutes) * minuteMs;
  const on = (year: number): EpochMs | null => {
    const midnight = Date.UTC(year, date.month - 1, date.day);
    return new Date(midnight).getUTCDate() === date.day ? midnight + ms - offsetMs : null;
  };
  if (date.year !== null) return on(date.year);
  const thisYear = new Date(clock.now).getUTCFullYear();
  // 29 February may be up to eight years back (1896, 1904).
  for (let year = thisYear + 1; year >= thisYear - 8; year -= 1) {
    const at = on(year);
    if (at !== null && at <= clock.now + slackMs) return at;
  }
  return null;
}

const isoPattern =
  /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)\s?(Z|[A-Z]{2,5}|[+-]\d\d:?\d\d)?$/;
/** `Nov 21 21:31:32`, `Nov 21 2026 21:31:32`, `Sat Nov 21 21:17:07 2026`, `11月 21 21:31:32`. */
const syslogPattern =
  /^(?:[\p{L}.]{1,6}\s+)?([\p{L}.]{3,6}|\d{1,2}[月월])\s*(\d{1,2})\s+(?:(\d{4})\s+)?(\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(?:\s+([A-Z]{2,5}))?(?:\s+(\d{4}))?$/u;
const logcatPattern = /^(\d\d)-(\d\d) (\d\d:\d\d:\d\d\.\d{3})$/;

let lastText = '';
let lastClock: LogClock | null = null;
let lastAt: EpochMs | null = null;

/** Epoch of a written calendar time in any of the forms above; null = none of them. Remembers the last: dumps repeat it. */
export function calendarAt(text: string, clock: LogClock): EpochMs | null {
  if (text === lastText && clock === lastClock) return lastAt;
  lastAt = readCalendar(text, clock);
  lastText = text;
  lastClock = clock;
  return lastAt;
}

function readCalendar(text: string, clock: LogClock): EpochMs | null {
  const iso = isoPattern.exec(text);
  if (iso) {
    const date = { year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) };
    return epochOf(date, iso[4] ?? '', iso[5], clock);
  }
  const logcat = logcatPattern.exec(text);
  if (logcat) {
    const date = { year: null, month: Number(logcat[1]), day: Number(logcat[2]) };
    return epochOf(date, logcat[3] ?? '', undefined, clock);
  }
  const syslog = syslogPattern.exec(text);
  if (!syslog) return null;
  const month = monthOf((syslog[1] ?? '').replaceAll('.', ''));
  if (month === null) return null;
  const year = syslog[3] ?? syslog[6];
  const date = { year: year === undefined ? null : Number(year), month, day: Number(syslog[2]) };
  return epochOf(date, syslog[4] ?? '', syslog[5], clock);
}
