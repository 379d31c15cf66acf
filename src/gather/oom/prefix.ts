import { calendarAt, type LogClock } from './calendar.ts';
import type { LogRecord } from './log-record.ts';

/** What the pieces in front of a message have said so far. */
interface Said {
  rest: string;
  calendar: string | null;
  at: number | null;
  uptime: string | null;
  seconds: number | null;
  facility: number | null;
  writerName: string | null;
  caller: string | null;
  hasPrefix: boolean;
  repeats: number;
  /** An RFC 5424 header is open: host, program, ids follow. */
  isSyslogProtocol: boolean;
  /** dmesg writes no host and no tag; a name such as `a b: c` must not be taken for them. */
  mayHaveTag: boolean;
  isDone: boolean;
}

interface Piece {
  /** First characters it can have, to be quick; empty = any. */
  readonly starts: string;
  readonly pattern: RegExp;
  /** When it cannot stand here. */
  readonly applies?: (said: Said) => boolean;
  readonly take: (said: Said, match: RegExpExecArray, clock: LogClock) => void;
}

const digits = '0123456789';
const leadingIso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?/;

/** The first time on a line is when it happened or was received; a second one is a copy. */
function noteCalendar(said: Said, text: string, clock: LogClock): void {
  if (said.calendar !== null) return;
  said.calendar = text;
  said.at = calendarAt(text, clock);
}

function noteUptime(said: Said, text: string, seconds: number): void {
  said.uptime = text;
  said.seconds = seconds;
  said.mayHaveTag = false;
}

/** After the kernel's own stamp nothing but the message follows. */
const mayHaveTime = (said: Said): boolean => said.seconds === null && /\d:\d\d/.test(said.rest.slice(0, 40));

/** Tried in this order, again and again, until none fits. Sources: dmesg(1), journalctl(1), RFC 3164, RFC 5424, dev-kmsg. */
const pieces: readonly Piece[] = [
  {
    // `[12.345678]`, `[12.345678 <  0.000010>]`; spaces beyond the first one belong to the message.
    starts: '[',
    pattern: /^\[\s*(\d+\.\d{2,9})(?:\s*<\s*[\d.]*\s*>)?\]\s?/,
    take: (said, match) => noteUptime(said, match[1] ?? '', Number(match[1])),
  },
  // dmesg -e, -H: time since the record before.
  { starts: '[', pattern: /^\[\s*\+\d+\.\d+\]\s?/, take: () => {} },
  {
    starts: '[',
    pattern: /^\[\s*([TC]\d+)\]\s?/,
    take: (said, match) => {
      said.caller = match[1] ?? null;
    },
  },
  {
    // dmesg -T, gunicorn, celery.
    starts: '[',
    pattern: /^\[([^[\]]{0,40}\d\d:\d\d[^[\]]{0,40})\]\s?/,
    take: (said, match, clock) => {
      const inner = (match[1] ?? '').trim();
      noteCalendar(said, leadingIso.exec(inner)?.[0] ?? inner, clock);
    },
  },
  {
    starts: '<',
    pattern: /^<(\d{1,3})>(?:1 (?=\d{4}-))?/,
    take: (said, match) => {
      said.facility = Number(match[1]) >> 3;
      said.isSyslogProtocol = match[0].endsWith(' ');
    },
  },
  {
    starts: digits,
    pattern: /^(\d{1,4}),(\d+),(\d+),[^;\s]{0,80};/,
    take: (said, match) => {
      said.facility = Number(match[1]) >> 3;
      noteUptime(said, match[3] ?? '', Number(match[3]) / 1e6);
      said.rest = unescapeKmsg(said.rest);
      said.isDone = true;
    },
  },
  {
    starts: digits,
    pattern: /^(\d{10}\.\d{3,6})\s+/,
    take: (said, match) => {
      said.calendar ??= match[1] ?? null;
      said.at ??= Math.floor(Number(match[1]) * 1000);
      said.mayHaveTag = true;
    },
  },
  {
    starts: digits,
    pattern: /^(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\s+\d+\s+\d+\s+[VDIWEF]\s+/,
    take: (said, match, clock) => noteCalendar(said, match[1] ?? '', clock),
  },
  {
    starts: '',
    pattern:
      /^((?:[\p{L}.]{1,6} )?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|\s?[+-]\d\d:?\d\d| (?:UTC|GMT|[A-Z]{3,4}(?=\s)))?)[:,]?(?:\s+|$)/u,
    applies: mayHaveTime,
    take: (said, match, clock) => {
      noteCalendar(said, match[1] ?? '', clock);
      said.mayHaveTag = !(match[1] ?? '').includes(',');
    },
  },
  {
    starts: '',
    pattern:
      /^((?:[\p{L}.]{1,5}\s+)?(?:[\p{L}.]{3,6}|\d{1,2}[月월])\s+\d{1,2}\s+(?:\d{4}\s+)?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:\s+[A-Z]{3,4}(?=\s+\d{4}))?(?:\s+(?:19|20)\d\d(?=\s))?):?\s+/u,
    applies: mayHaveTime,
    take: (said, match, clock) => {
      noteCalendar(said, match[1] ?? '', clock);
      said.mayHaveTag = true;
    },
  },
  {
    // dmesg -x.
    starts: 'kumdaslncrf',
    pattern:
      /^(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|res\d+|local\d)\s*:\s*(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)\s*:\s?/,
    take: (said, match) => {
      said.facility = match[1] === 'kern' ? 0 : 1;
    },
  },
  {
    starts: '',
    pattern: /^\S+ (\S+) \S+ \S+ (?:-|\[(?:[^\]\\]|\\.)*\])\s?(?:\ufeff)?/,
    applies: (said) => said.isSyslogProtocol && said.calendar !== null,
    take: (said, match) => {
      said.isSyslogProtocol = false;
      said.writerName = match[1] ?? null;
    },
  },
  {
    starts: '',
    pattern: /^(?:(kernel)|([A-Za-z][\w.@/-]{0,63})\[\d+\]):(?:\s|$)/,
    applies: (said) => said.writerName === null,
    take: (said, match) => {
      said.writerName = match[1] ?? match[2] ?? null;
    },
  },
  {
    starts: '',
    pattern: /^\S+\s+(?:[a-z]+\d?\.[a-z]+\s+)?([^\s:[\]]{1,64})(?:\[\d+\])?:(?:\s|$)/,
    applies: (said) => said.writerName === null && said.mayHaveTag,
    take: (said, match) => {
      said.writerName = match[1] ?? null;
    },
  },
  {
    starts: '',
    pattern: /^\S+\s+(kernel|[\w.@-]{1,64}(?=\[\d+\]))(?:\[\d+\])?:(?:\s|$)/,
    applies: (said) => said.writerName === null && said.hasPrefix,
    take: (said, match) => {
      said.writerName = match[1] ?? null;
    },
  },
  {
    // Containers, kubectl --prefix, docker compose; records the kernel had to drop before this one.
    starts: '',
    pattern:
      /^(?:std(?:out|err) [FP] |\[pod\/[^\]]+\] |[\w.-]+\s+\| |\*\* \d+ (?:printk|print) messages (?:dropped|suppressed) \*\*\s*)/,
    take: () => {},
  },
  {
    starts: 'm',
    pattern: /^message repeated (\d+) times: \[ ?/,
    take: (said, match) => {
      said.repeats = Math.min(Number(match[1]), 1000);
      said.rest = said.rest.replace(/\]$/, '');
    },
  },
];

/** What people put in front of a line when they quote, comment or number it, or what grep puts there. */
const paste = /^(?:(?:[\s>#|*]|\/\/|\d{1,7}(?:[:.)|]|\t)|\d{1,7}\s+(?=\[|<\d))+|[\w./@+-]+:(?:\d+:)?)/;
/** Pieces that are sure enough to say that what stands before them is no message. */
const sure = pieces.slice(0, 11);
/** ANSI colours (`dmesg --color=always`). */
const colours = /\u001b\[[\d;]*m/g;
const maxPieces = 12;

/** `\xNN` of /dev/kmsg back to bytes; what is not UTF-8 becomes U+FFFD. Source: printk.c msg_add_ext_text. */
export function unescapeKmsg(text: string): string {
  return text.includes('\\x') ? decodeEscapes(text, /(?:\\x[0-9a-f]{2})+/g) : text;
}

/**
 * dmesg prints UTF-8, newlines and tabs as they are and the rest as `\\xNN`. A printable `\\x2d` is no such escape:
 * systemd writes unit names so.
 */
const printedEscape = /(?:\\x(?:[89a-f][0-9a-f]|7f|1[0-9a-f]|0[0-8b-f]))+/g;

function decodeEscapes(text: string, escapes: RegExp): string {
  const bytes: Buffer[] = [];
  let at = 0;
  for (const match of text.matchAll(escapes)) {
    bytes.push(Buffer.from(text.slice(at, match.index)), Buffer.from(match[0].replaceAll('\\x', ''), 'hex'));
    at = match.index + match[0].length;
  }
  bytes.push(Buffer.from(text.slice(at)));
  return Buffer.concat(bytes).toString('utf8');
}

function matchOf(piece: Piece, text: string): RegExpExecArray | null {
  return piece.starts === '' || piece.starts.includes(text.charAt(0) || ' ')
    ? piece.pattern.exec(text)
    : null;
}

function takePiece(said: Said, clock: LogClock): boolean {
  for (const piece of pieces) {
    if (piece.applies && !piece.applies(said)) continue;
    const match = matchOf(piece, said.rest);
    if (!match) continue;
    said.rest = said.rest.slice(match[0].length);
    said.hasPrefix = true;
    piece.take(said, match, clock);
    return true;
  }
  // Only in front of something we know; otherwise it may be the message itself.
  const match = said.hasPrefix ? null : paste.exec(said.rest);
  if (!match || match[0] === '') return false;
  const rest = said.rest.slice(match[0].length);
  if (!sure.some((piece) => matchOf(piece, rest)) && !rest.startsWith('kernel: ')) return false;
  said.rest = rest;
  return true;
}

/** Splits one line of a text log into what is said and what stands in front of it. Never throws. */
export function splitPrefix(line: string, clock: LogClock): LogRecord {
  const said: Said = {
    rest: line.includes('\u001b[') ? line.replace(colours, '') : line,
    calendar: null,
    at: null,
    uptime: null,
    seconds: null,
    facility: null,
    writerName: null,
    caller: null,
    hasPrefix: false,
    repeats: 1,
    isSyslogProtocol: false,
    mayHaveTag: false,
    isDone: false,
  };
  for (let count = 0; count < maxPieces && !said.isDone; count += 1) if (!takePiece(said, clock)) break;

  if (!said.isDone && said.rest.includes('\\x')) said.rest = decodeEscapes(said.rest, printedEscape);
  const { calendar, uptime, seconds, facility, writerName } = said;
  // A kernel stamp right before the text: a relay of the kernel's own record.
  const isKernel =
    facility === 0 ||
    (facility === null && (writerName === 'kernel' || (seconds !== null && writerName === null)));
  const isOther =
    (facility !== null && facility !== 0) ||
    (writerName !== null && writerName !== 'kernel' && seconds === null);
  if (said.at === null && calendar === null && seconds !== null && clock.bootedAtMs !== null)
    said.at = clock.bootedAtMs + seconds * 1000;
  return {
    text: said.rest,
    raw: line,
    stamp: calendar !== null && uptime !== null ? `${calendar} / ${uptime}` : (calendar ?? uptime),
    at: said.at === null ? null : Math.round(said.at),
    seconds,
    writer: isKernel ? 'kernel' : isOther ? 'other' : 'unknown',
    writerName: writerName ?? (facility !== null && facility !== 0 ? `facility ${facility}` : null),
    caller: said.caller,
    hasPrefix: said.hasPrefix,
    isWhole: false,
    repeats: said.repeats,
    boot: null,
  };
}
