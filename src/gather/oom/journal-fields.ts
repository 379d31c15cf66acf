import { calendarAt, type LogClock } from './calendar.ts';
import type { LogRecord } from './log-record.ts';
import { splitPrefix } from './prefix.ts';

export interface Fields {
  readonly [name: string]: unknown;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object a text holds, or the first element of a list; null = not JSON. */
export function parseFields(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    if (isFields(value)) return value;
    return null;
  } catch {
    return null;
  }
}

/** A field as text. journald writes one that is not printable UTF-8 as a list of bytes. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (!Array.isArray(value)) return null;
  if (value.length > 0 && value.every((byte) => typeof byte === 'number'))
    return Buffer.from(value.map(Number)).toString('utf8');
  // A field given twice is a list of texts.
  return textOf(value[0] ?? null);
}

function numberOf(value: unknown): number | null {
  const text = textOf(value);
  if (text === null || !/^\d+(?:\.\d+)?$/.test(text.trim())) return null;
  return Number(text);
}

/**
 * One record of `journalctl -o json`, `-o export`, `-o verbose`, `dmesg -J`, Docker's json-file, or a shipper's JSON
 * with `message` and a time. null = no message in it.
 * Source: systemd.journal-fields(7); journalctl gives microseconds, all values as text.
 */
export function recordOfFields(fields: Fields, raw: string, clock: LogClock): LogRecord | null {
  const message = textOf(fields['MESSAGE']);
  if (message !== null) return journalRecord(fields, message, clock);
  const pri = numberOf(fields['pri']);
  const msg = textOf(fields['msg']);
  if (pri !== null && msg !== null && !('level' in fields)) return dmesgRecord(fields, pri, msg, raw, clock);
  const text = textOf(fields['log']) ?? msg ?? textOf(fields['message']) ?? textOf(fields['MESSAGE_TEXT']);
  if (text === null) return null;
  const inner = splitPrefix(text.trimEnd(), clock);
  const outer =
    textOf(fields['time']) ??
    textOf(fields['timestamp']) ??
    textOf(fields['@timestamp']) ??
    textOf(fields['ts']);
  if (inner.stamp !== null || outer === null)
    return { ...inner, raw: text.trimEnd(), hasPrefix: true, isWhole: true };
  return {
    ...inner,
    raw: text.trimEnd(),
    stamp: outer,
    at: calendarAt(outer, clock),
    hasPrefix: true,
    isWhole: true,
  };
}

function journalRecord(fields: Fields, message: string, clock: LogClock): LogRecord {
  const transport = textOf(fields['_TRANSPORT']);
  const facility = numberOf(fields['SYSLOG_FACILITY']);
  const name = textOf(fields['SYSLOG_IDENTIFIER']) ?? textOf(fields['_COMM']);
  const kernel =
    transport === 'kernel'
      ? (facility ?? 0) === 0
      : transport === null && name === 'kernel' && (facility ?? 0) === 0;
  const sourceUs = numberOf(fields['_SOURCE_MONOTONIC_TIMESTAMP']);
  const monotonicUs = numberOf(fields['__MONOTONIC_TIMESTAMP']);
  const realtimeUs = numberOf(fields['__REALTIME_TIMESTAMP']);
  // journald stamps a record when it reads it; the kernel's own stamp says when it was written.
  const lateUs =
    sourceUs !== null && monotonicUs !== null && monotonicUs > sourceUs ? monotonicUs - sourceUs : 0;
  const written = textOf(fields['']);
  const at =
    realtimeUs !== null
      ? Math.round((realtimeUs - lateUs) / 1000)
      : written === null
        ? null
        : calendarAt(written, clock);
  const uptime = sourceUs ?? monotonicUs;
  return {
    text: message,
    raw: message,
    stamp: written,
    at,
    seconds: uptime === null ? null : uptime / 1e6,
    writer: kernel ? 'kernel' : transport === null && name === null ? 'unknown' : 'other',
    writerName: name ?? transport,
    caller: null,
    hasPrefix: true,
    isWhole: true,
    repeats: 1,
    boot: textOf(fields['_BOOT_ID']),
  };
}

function dmesgRecord(fields: Fields, pri: number, msg: string, json: string, clock: LogClock): LogRecord {
  // As written: a number loses its last zeros.
  const time = /"time"\s*:\s*"?([\d.]+)/.exec(json)?.[1] ?? textOf(fields['time']);
  const seconds = numberOf(fields['time']);
  // util-linux 2.38 with -F repeats the rest of the file inside each msg; the first record is the true one.
  const end = msg.search(/\n(?=<\d+>|\[\s*\d+\.\d|\d+,\d+,\d+,)/);
  const text = end === -1 ? msg : msg.slice(0, end);
  const isKernel = pri >> 3 === 0;
  return {
    text,
    raw: text,
    stamp: time?.trim() ?? null,
    at: seconds !== null && clock.bootedAtMs !== null ? Math.round(clock.bootedAtMs + seconds * 1000) : null,
    seconds,
    writer: isKernel ? 'kernel' : 'other',
    writerName: isKernel ? 'kernel' : `facility ${pri >> 3}`,
    caller: textOf(fields['caller']),
    hasPrefix: true,
    isWhole: true,
    repeats: 1,
    boot: null,
  };
}
