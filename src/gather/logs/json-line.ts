import { type Fields, isFields, parseJson } from '../pm2/json-fields.ts';

/** A stack of more lines is cut; so is a line of more characters. */
const maxStackLines = 200;
const maxJsonChars = 256 * 1024;

export interface JsonLine {
  /** What the app said, and the stack if there is one. */
  readonly lines: readonly string[];
  /** ISO text, or ms since 1970 as 13 digits; null = none we know. */
  readonly stamp: string | null;
}

/**
 * A line that a logger wrote as JSON and that holds a stack; null = another line. Names of the fields: pino and bunyan
 * `err.stack` with `time`, winston `stack` with `timestamp`, structlog `exception`, python-json-logger `exc_info`, zap
 * `stacktrace`, logstash and ECS `stack_trace`.
 */
export function readJsonLine(line: string): JsonLine | null {
  if (line.length > maxJsonChars || !/stack|"exc|Traceback/.test(line)) return null;
  const fields = parseJson(line);
  if (!isFields(fields)) return null;
  const stack = stackOf(fields);
  if (stack === null) return null;
  return { lines: stack.split('\n').slice(0, maxStackLines), stamp: stampOf(fields) };
}

const stackNames = [
  'stack',
  'stack_trace',
  'stacktrace',
  'exception',
  'exc_info',
  'traceback',
  'error.stack_trace',
];
const errorNames = ['err', 'error', 'exception', 'e', 'reason'];

function stackOf(fields: Fields): string | null {
  for (const name of errorNames) {
    const error = fields[name];
    const found = isFields(error) ? textIn(error) : null;
    if (found !== null) return found;
  }
  return textIn(fields);
}

function textIn(fields: Fields): string | null {
  for (const name of stackNames) {
    const text = fields[name];
    if (typeof text === 'string' && text.includes('\n')) return text;
  }
  return null;
}

function stampOf(fields: Fields): string | null {
  for (const name of ['time', 'timestamp', '@timestamp', 'ts', 'datetime']) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value.slice(0, 40);
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    // Seconds (zap) or milliseconds (pino).
    const ms = Math.floor(value < 1e11 ? value * 1000 : value);
    if (ms >= 1e12 && ms < 1e13) return String(ms);
  }
  return null;
}
