import { calendarAt, type LogClock } from './calendar.ts';
import type { LogRecord } from './log-record.ts';

const facilities =
  /^(kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|res\d+|local\d|\d+)\s*:\s*(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug|\d)\s*:\s?/;
const kmsg = /^(\d{1,4}),(\d+),(\d+),[^;\s]{0,80};/;
const priority = /^<(\d{1,3})>(?:1 (?=\d{4}-))?/;
/** `[12.345678]`, `[12.345678 <  0.000010>]`; the spaces after it beyond one belong to the message. */
const uptime = /^\[\s*(\d+\.\d{2,9})(?:\s*<\s*[\d.]*\s*>)?\]\s?/;
const delta = /^\[\s*\+\d+\.\d+\]\s?/;
const callerId = /^\[\s*([TC]\d+)\]\s?/;
const bracketed = /^\[([^[\]]{8,60})\]\s?/;
const iso =
  /^((?:[\p{L}.]{1,6} )?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|\s?[+-]\d\d:?\d\d| (?:UTC|GMT|[A-Z]{3,4}(?=\s)))?)[:,]?(?:\s+|$)/u;
const syslog =
  /^((?:[\p{L}.]{1,5}\s+)?(?:[\p{L}.]{3,6}|\d{1,2}[月월])\s+\d{1,2}\s+(?:\d{4}\s+)?\d\d:\d\d:\d\d(?:[.,]\d+)?(?:\s+[A-Z]{3,4}(?=\s+\d{4}))?(?:\s+(?:19|20)\d\d(?=\s))?):?\s+/u;
const leadingIso = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|\s?[+-]\d\d:?\d\d)?/;
const nothing = /$^/;
const unixTime = /^(\d{10})\.(\d{3,6})\s+/;
const logcat = /^(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\s+\d+\s+\d+\s+[VDIWEF]\s+/;
const rfc5424 = /^\S+ (\S+) \S+ \S+ (?:-|\[(?:[^\]\\]|\\.)*\])\s?(?:\ufeff)?/;
const hostAndTag = /^(\S+)\s+(?:[a-z]+\d?\.[a-z]+\s+)?([^\s:[\]]{1,64})(?:\[\d+\])?:(?:\s|$)/;
const hostAndSureTag = /^(\S+)\s+(kernel|[\w.@-]{1,64}(?=\[\d+\]))(?:\[\d+\])?:(?:\s|$)/;
const bareTag = /^(?:(kernel)|([A-Za-z][\w.@/-]{0,63})\[\d+\]):(?:\s|$)/;
const container =
  /^(?:std(?:out|err) [FP] |\[pod\/[^\]]+\] |[\w.-]+\s+\| |\*\* \d+ (?:printk|print) messages (?:dropped|suppressed) \*\*\s*)/;
const repeated = /^message repeated (\d+) times: \[ ?([\s\S]*?)\]?$/;
/** What people put in front of a line when they quote, comment or number it, or what grep puts there. */
const paste = /^(?:[\s>#|*]+|\/\/\s*|\d{1,7}(?:[:.)|]|\t)\s*|[\w./@+-]+:(?:\d+:)?)/;

/** Strips ANSI colours (`dmesg --color=always`). */
const colours = /\u001b\[[\d;]*m/g;

/** `\xNN` of /dev/kmsg back to bytes; what is not UTF-8 becomes U+FFFD. Source: printk.c msg_add_ext_text. */
export function unescapeKmsg(text: string): string {
  if (!text.includes('\\x')) return text;
  const bytes: Buffer[] = [];
  let at = 0;
  for (const match of text.matchAll(/(?:\\x[0-9a-f]{2})+/g)) {
    bytes.push(Buffer.from(text.slice(at, match.index)), Buffer.from(match[0].replaceAll('\\x', ''), 'hex'));
    at = match.index + match[0].length;
  }
  bytes.push(Buffer.from(text.slice(at)));
  return Buffer.concat(bytes).toString('utf8');
}

/** True where something we know stands at the start: then what stood before it was not part of the message. */
function startsWithKnown(text: string): boolean {
  return (
    (text.startsWith('[') &&
      (uptime.test(text) || delta.test(text) || /^\[[^[\]]{0,50}\d\d:\d\d/.test(text))) ||
    priority.test(text) ||
    iso.test(text) ||
    syslog.test(text) ||
    kmsg.test(text) ||
    (facilities.test(text) && /^[a-z]/.test(text)) ||
    text.startsWith('kernel: ')
  );
}

/** Splits one line of a text log into what is said and what stands in front of it. Never throws. */
export function splitPrefix(line: string, clock: LogClock): LogRecord {
  let rest = line.includes('\u001b[') ? line.replace(colours, '') : line;
  let calendar: string | null = null;
  let at: number | null = null;
  let uptimeText: string | null = null;
  let seconds: number | null = null;
  let facility: number | null = null;
  let writerName: string | null = null;
  let caller: string | null = null;
  let hasPrefix = false;
  let repeats = 1;
  let isSyslogProtocol = false;
  /** dmesg writes no host and no tag; a name such as `a b: c` must not be taken for them. */
  let mayHaveTag = false;

  const noteCalendar = (text: string): void => {
    // The first time on a line is when it happened or was received; a second one is a copy.
    if (calendar !== null) return;
    calendar = text;
    at = calendarAt(text, clock);
  };
  const take = (match: RegExpExecArray): void => {
    rest = rest.slice(match[0].length);
    hasPrefix = true;
  };

  for (let turn = 0; turn < 12; turn += 1) {
    const first = rest.charCodeAt(0);
    let match: RegExpExecArray | null;
    if (first === 0x5b) {
      if ((match = uptime.exec(rest))) {
        uptimeText = match[1] ?? '';
        seconds = Number(uptimeText);
        take(match);
        continue;
      }
      if ((match = delta.exec(rest)) || (match = callerId.exec(rest))) {
        caller = match[1] ?? caller;
        take(match);
        continue;
      }
      match = bracketed.exec(rest);
      if (match && /\d\d:\d\d/.test(match[1] ?? '')) {
        const inner = (match[1] ?? '').trim();
        noteCalendar(leadingIso.exec(inner)?.[0] ?? inner);
        take(match);
        continue;
      }
    }
    if (first === 0x3c && (match = priority.exec(rest))) {
      facility = Number(match[1]) >> 3;
      isSyslogProtocol = match[0].endsWith(' ');
      take(match);
      continue;
    }
    if (first >= 0x30 && first <= 0x39) {
      match = kmsg.exec(rest);
      if (match) {
        facility = Number(match[1]) >> 3;
        uptimeText = match[3] ?? '';
        seconds = Number(uptimeText) / 1e6;
        take(match);
        rest = unescapeKmsg(rest);
        break;
      }
      match = unixTime.exec(rest);
      if (match) {
        calendar ??= `${match[1]}.${match[2]}`;
        at ??= Math.floor(Number(`${match[1]}.${match[2]}`) * 1000);
        mayHaveTag = true;
        take(match);
        continue;
      }
      match = logcat.exec(rest);
      if (match) {
        noteCalendar(match[1] ?? '');
        take(match);
        continue;
      }
    }
    if ((match = iso.exec(rest)) || (match = syslog.exec(rest))) {
      noteCalendar(match[1] ?? '');
      mayHaveTag = !(match[1] ?? '').includes(',');
      take(match);
      continue;
    }
    if ((match = facilities.exec(rest)) && !/^\d/.test(rest)) {
      facility = match[1] === 'kern' ? 0 : 1;
      take(match);
      continue;
    }
    if (isSyslogProtocol && (match = rfc5424.exec(rest))) {
      isSyslogProtocol = false;
      writerName = match[1] ?? null;
      take(match);
      continue;
    }
    if (writerName === null) {
      match =
        bareTag.exec(rest) ?? (mayHaveTag ? hostAndTag : hasPrefix ? hostAndSureTag : nothing).exec(rest);
      if (match) {
        writerName = match[1] === 'kernel' ? 'kernel' : (match[2] ?? null);
        take(match);
        continue;
      }
    }
    if ((match = container.exec(rest))) {
      take(match);
      continue;
    }
    if ((match = repeated.exec(rest))) {
      repeats = Math.min(Number(match[1]), 1000);
      rest = match[2] ?? '';
      hasPrefix = true;
      continue;
    }
    // Only in front of something we know; otherwise it may be the message itself.
    match = hasPrefix ? null : paste.exec(rest);
    if (match && match[0] !== '' && startsWithKnown(rest.slice(match[0].length))) {
      rest = rest.slice(match[0].length);
      continue;
    }
    break;
  }

  // A kernel stamp right before the text: relayed, whatever program's name stands before it.
  const isKernel =
    facility === 0 ||
    (facility === null && (writerName === 'kernel' || (seconds !== null && writerName === null)));
  const isOther =
    (facility !== null && facility !== 0) ||
    (writerName !== null && writerName !== 'kernel' && seconds === null);
  const stamp =
    calendar !== null && uptimeText !== null ? `${calendar} / ${uptimeText}` : (calendar ?? uptimeText);
  if (at === null && calendar === null && seconds !== null && clock.bootedAtMs !== null)
    at = clock.bootedAtMs + seconds * 1000;
  return {
    text: rest,
    raw: line,
    stamp,
    at: at === null ? null : Math.round(at),
    seconds,
    writer: isKernel ? 'kernel' : isOther ? 'other' : 'unknown',
    writerName: writerName ?? (facility !== null && facility !== 0 ? `facility ${facility}` : null),
    caller,
    hasPrefix,
    repeats,
    boot: null,
  };
}
