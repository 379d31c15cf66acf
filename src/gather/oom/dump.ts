import type { Constraint } from '../../model/oom.ts';
import type { KernelEvent, SummaryLine } from './kernel-lines.ts';
import type { LogRecord } from './log-record.ts';

/** A process the kernel announced; it or one of its children is killed next, or nobody. */
export interface Announcement {
  readonly pid: number;
  readonly comm: string;
  readonly constraint: Constraint | null;
  readonly record: LogRecord;
  readonly order: number;
}

export interface Summary {
  readonly line: SummaryLine;
  readonly record: LogRecord;
  readonly order: number;
}

/** What a kernel printed before a kill: who asked, which limit, which processes. */
export interface Dump {
  readonly caller: string | null;
  /** null: the first line was lost. */
  invokedBy: { comm: string; pid: number | null } | null;
  invokedRecord: LogRecord | null;
  bySysrq: boolean;
  usage: { readonly usageKb: number; readonly limitKb: number } | null;
  statsPath: string | null;
  taskIn: {
    readonly task: string;
    readonly limit: string;
    readonly record: LogRecord;
    readonly order: number;
  } | null;
  columns: readonly string[];
  rows: string[];
  summary: Summary | null;
  announced: Announcement | null;
  /** Another dump was written at the same time, and nothing tells their lines apart. */
  isMixed: boolean;
  hasKilled: boolean;
  /** Of the kill it led to; processes sharing its memory go with it. */
  lastConstraint: Constraint | null;
  /** `memory.oom.group`: every process of this group follows. */
  group: string | null;
  last: LogRecord;
}

/** Rows kept of one table; a host with more processes loses the smallest part of its picture. */
export const maxRows = 20_000;

export function newDump(record: LogRecord): Dump {
  return {
    caller: record.caller,
    invokedBy: null,
    invokedRecord: null,
    bySysrq: false,
    usage: null,
    statsPath: null,
    taskIn: null,
    columns: [],
    rows: [],
    summary: null,
    announced: null,
    isMixed: false,
    hasKilled: false,
    lastConstraint: null,
    group: null,
    last: record,
  };
}

/** Seconds from one record to the next, by uptime or else by the calendar; null = no stamps to compare. */
export function secondsBetween(from: LogRecord, to: LogRecord): number | null {
  if (from.seconds !== null && to.seconds !== null) return to.seconds - from.seconds;
  if (from.at !== null && to.at !== null) return (to.at - from.at) / 1000;
  return null;
}

/** Adds one line of a dump. */
export function addToDump(dump: Dump, event: KernelEvent, record: LogRecord, order: number): void {
  if (event.kind === 'allocator') {
    // It is the next line of the same dump; a name that differs was broken by a newline in it.
    const isNext = dump.last === dump.invokedRecord;
    if (
      dump.invokedBy !== null &&
      dump.invokedBy.pid === null &&
      (isNext || dump.invokedBy.comm === event.comm)
    ) {
      dump.invokedBy.pid = event.pid;
      if (dump.invokedBy.comm !== event.comm && dump.invokedRecord?.hasPrefix === false)
        dump.invokedBy.comm = `${event.comm}\n${dump.invokedBy.comm.trimStart()}`;
    }
  } else if (event.kind === 'usage') dump.usage ??= { usageKb: event.usageKb, limitKb: event.limitKb };
  else if (event.kind === 'stats') dump.statsPath ??= event.path;
  else if (event.kind === 'task-in') dump.taskIn = { task: event.task, limit: event.limit, record, order };
  else if (event.kind === 'table') {
    dump.columns = event.columns;
    dump.rows = [];
  } else if (event.kind === 'row') {
    if (dump.rows.length < maxRows) dump.rows.push(event.text);
  } else if (event.kind === 'sysrq') dump.bySysrq = true;
  else if (event.kind === 'group') dump.group = event.path;
  dump.last = record;
}

/** Does the table of this dump hold the pid? true also where there is no table to ask. */
export function mayHold(dump: Dump, pid: number | null): boolean {
  if (pid === null || dump.rows.length === 0 || dump.rows.length >= maxRows) return true;
  return dump.rows.some((row) => Number(/\[\s*(\d+)\]/.exec(row)?.[1]) === pid);
}
