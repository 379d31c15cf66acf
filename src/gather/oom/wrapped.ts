import { type KernelEvent, kernelEvent } from './kernel-lines.ts';
import type { LogRecord } from './log-record.ts';

/** A record people wrap over more lines than this is not put together again. */
const maxJoins = 6;
/** Terminals and consoles of these widths cut in the middle of a word. */
const terminalWidths = new Set([80, 100, 120, 132, 160, 200]);
const killWords = 'Killed process ';

/** A record whose end has not been seen yet. */
export interface Held {
  readonly record: LogRecord;
  readonly event: KernelEvent | null;
  readonly joins: number;
  /** Length of the last line taken in. */
  readonly width: number;
}

/** How much of a kill is read; -1 where it is no kill. */
function piecesOf(event: KernelEvent | null): number {
  return event?.kind === 'kill' || event?.kind === 'summary' ? event.pieces : -1;
}

/** Does the text end inside the words that announce a kill? */
function endsInKillWords(text: string): boolean {
  const end = text.trimEnd();
  if (/(?:Out of memory|Memory cgroup out of memory)(?: \([^)]*\))?:?$/i.test(end)) return true;
  for (let length = Math.min(killWords.length, end.length); length >= 4; length -= 1) {
    if (text.endsWith(killWords.slice(0, length))) return true;
  }
  return /(?:Out of memory|Memory cgroup)[\s\S]{0,30}\bK(?:i(?:ll?)?)?$/i.test(end);
}

/** The record to wait with, or null when it is whole. */
export function hold(record: LogRecord, event: KernelEvent | null): Held | null {
  if (record.isWhole) return null;
  const isOpen =
    event?.kind === 'kill' || event?.kind === 'summary'
      ? !event.isWhole
      : event === null && endsInKillWords(record.text);
  return isOpen ? { record, event, joins: 0, width: record.raw.length } : null;
}

/** Fields of a /dev/kmsg record follow it on lines of their own. */
const kmsgField = /^ [A-Z][A-Z0-9_]*=/;
/** A record that says something of its own is no continuation. */
const ownWords = /[Kk]ill(?:ed)? process|oom-kill:|oom-killer|oom_reaper|^\s*\[\s*\d+\]\s+\d+\s+\d+/;

/**
 * Puts the next line to a held one where that makes the kill more complete; null = it does not belong to it. A newline
 * in a name (dmesg indents the rest) stays one; else the line was wrapped between words or cut at the terminal's edge.
 */
export function join(held: Held, next: LogRecord): Held | null {
  if (next.hasPrefix || held.joins >= maxJoins) return null;
  const rest = next.text.replace(/^[\s>#|]+/, '');
  if (rest === '' || kmsgField.test(next.text)) return null;
  const isIndented = /^\s{4,}/.test(next.text);
  const isFragment = piecesOf(held.event) < 1;
  if (!isFragment && ownWords.test(rest)) return null;
  const glue = isIndented
    ? ['\n', '', ' ']
    : terminalWidths.has(held.width) || held.event?.kind === 'summary'
      ? ['', ' ']
      : [' ', ''];
  let best: Held | null = null;
  for (const between of glue) {
    const text = held.record.text + (/\s$/.test(held.record.text) && between === ' ' ? '' : between) + rest;
    const event = kernelEvent(text);
    const before = Math.max(piecesOf(held.event), piecesOf(best?.event ?? null));
    // A long path fills whole lines that complete nothing.
    const isPath =
      held.event?.kind === 'summary' && best === null && !/\s/.test(rest) && piecesOf(event) === before;
    if (piecesOf(event) <= before && !isPath) continue;
    const record = { ...held.record, text, raw: `${held.record.raw} ${rest}` };
    best = { record, event, joins: held.joins + 1, width: next.raw.length };
  }
  return best;
}

export function isStillOpen(held: Held): boolean {
  return (
    held.event === null ||
    ((held.event.kind === 'kill' || held.event.kind === 'summary') && !held.event.isWhole)
  );
}
