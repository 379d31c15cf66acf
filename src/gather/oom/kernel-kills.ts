import type { Quote } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import type { Draft } from './draft.ts';
import {
  type Announcement,
  addToDump,
  type Dump,
  mayHold,
  newDump,
  type Summary,
  secondsBetween,
} from './dump.ts';
import type { KernelEvent, KillLine } from './kernel-lines.ts';
import type { KillList } from './kill-list.ts';
import type { LogRecord } from './log-record.ts';
import { readTasks } from './task-table.ts';

/** A dump is printed in one go; a slow serial console needs seconds for a big table. */
const dumpGapS = 30;
/** From the last line before it to the kill line. */
const killGapS = 3;
const groupGapS = 5;
const maxOpenDumps = 8;
/** Task rows kept of one kill, and of all kills of a log together. */
const tasksPerKill = 400;
const tasksInAll = 20_000;
const tasksWhenMany = 12;

export interface KernelKills {
  event(event: KernelEvent, record: LogRecord): void;
  /** Part of the log was skipped: what was open is not continued. */
  gap(): void;
  end(): void;
}

/** Pairs kill lines with the dumps before them. A kill without a dump stays without: it never takes an older one. */
export function kernelKills(
  list: KillList,
  clean: Cleaner,
  quoteOf: (record: LogRecord) => Quote,
): KernelKills {
  let dumps: Dump[] = [];
  const summaries = new Map<number, { summary: Summary; dump: Dump }>();
  let sysrq: LogRecord | null = null;
  let tasksKept = 0;

  const fill = (draft: Draft, dump: Dump | null): void => {
    if (!dump) return;
    const kill = draft.kill;
    if (!dump.isMixed) {
      if (dump.invokedBy)
        kill.invokedBy = { comm: clean.text(dump.invokedBy.comm, 64), pid: dump.invokedBy.pid };
      if (dump.usage) {
        kill.usageKb = dump.usage.usageKb;
        kill.limitKb = dump.usage.limitKb;
      }
      if (dump.taskIn) {
        kill.oomMemcg ??= clean.text(dump.taskIn.limit);
        kill.taskMemcg ??= clean.text(dump.taskIn.task);
        if (kill.constraint === 'unknown' || kill.constraint === 'global') kill.constraint = 'memcg';
      }
    }
    kill.sysrq = dump.bySysrq;
    if (dump.rows.length > 0 && dump.columns.length > 0) {
      const most = tasksKept < tasksInAll ? tasksPerKill : tasksWhenMany;
      kill.tasks = readTasks(dump.columns, dump.rows, clean, most);
      kill.tasksTotal = dump.rows.length;
      tasksKept += kill.tasks.length;
    }
  };

  const fillSummary = (draft: Draft, { line, record }: Summary): void => {
    const kill = draft.kill;
    kill.constraint = line.constraint === 'unknown' ? kill.constraint : line.constraint;
    kill.oomMemcg = line.oomMemcg === null ? kill.oomMemcg : clean.text(line.oomMemcg);
    kill.taskMemcg = line.taskMemcg === null ? kill.taskMemcg : clean.text(line.taskMemcg);
    kill.uid ??= line.uid;
    if (kill.comm === null && line.comm !== null) kill.comm = clean.text(line.comm, 64);
    // The line that proves the kill stays first; the summary names the cgroups.
    if (kill.evidence === 'kill-line') kill.quotes = [...kill.quotes, quoteOf(record)];
  };

  const onlySummary = (summary: Summary, dump: Dump): void => {
    const draft = list.draft(summary.record, 'oom-kill line only', summary.order);
    draft.kill.pid = summary.line.pid;
    fillSummary(draft, summary);
    fill(draft, dump);
    list.add(draft, summary.record);
  };

  const unconfirmed = (announced: Announcement, why: string): void =>
    list.unconfirmed({
      record: announced.record,
      pid: announced.pid,
      comm: announced.comm,
      why,
      order: announced.order,
    });

  const close = (dump: Dump): void => {
    const { summary, announced, taskIn } = dump;
    dumps = dumps.filter((other) => other !== dump);
    if (announced) unconfirmed(announced, 'announced; no kill line follows');
    if (summary && summary.line.pid !== null && summaries.get(summary.line.pid)?.summary === summary) {
      summaries.delete(summary.line.pid);
      onlySummary(summary, dump);
    } else if (summary && summary.line.pid === null && !dump.hasKilled) {
      const { record, order, line } = summary;
      list.unconfirmed({
        record,
        pid: null,
        comm: line.comm,
        why: 'chosen; the line is cut off before its pid',
        order,
      });
    } else if (taskIn && !announced && !dump.hasKilled) {
      const draft = list.draft(taskIn.record, 'memcg line only', taskIn.order);
      fill(draft, dump);
      list.add(draft, taskIn.record);
    }
  };

  /** The dump a line belongs to: the one of its caller, or the newest that can still go on. */
  const dumpFor = (record: LogRecord, isOpen: (dump: Dump) => boolean): Dump | null => {
    for (let index = dumps.length - 1; index >= 0; index -= 1) {
      const dump = dumps[index];
      if (!dump || (dump.caller !== null && record.caller !== null && dump.caller !== record.caller))
        continue;
      const apart = secondsBetween(dump.last, record);
      if (apart !== null && (apart > dumpGapS || apart < -1)) {
        close(dump);
        continue;
      }
      if (isOpen(dump)) return dump;
    }
    return null;
  };

  const openDump = (record: LogRecord): Dump => {
    const known = dumpFor(record, (dump) => !dump.hasKilled);
    if (known) return known;
    const dump = newDump(record);
    dumps.push(dump);
    while (dumps.length > maxOpenDumps && dumps[0]) close(dumps[0]);
    return dump;
  };

  const invoked = (event: Extract<KernelEvent, { kind: 'invoked' }>, record: LogRecord): void => {
    const dump = newDump(record);
    for (const other of [...dumps]) {
      const apart = secondsBetween(other.last, record);
      const isApart = other.caller !== null && record.caller !== null && other.caller !== record.caller;
      // Two CPUs at once: both may still print. Otherwise the older one was cut off.
      const isPending = !other.hasKilled && (other.invokedRecord !== null || other.summary !== null);
      if (isPending && apart !== null && apart >= -1 && apart < 1) {
        other.isMixed ||= !isApart;
        dump.isMixed ||= !isApart;
      } else close(other);
    }
    dump.invokedBy = event.comm === null ? null : { comm: event.comm, pid: null };
    dump.invokedRecord = record;
    const sinceSysrq = sysrq ? secondsBetween(sysrq, record) : null;
    dump.bySysrq =
      event.bySysrq ||
      (sysrq !== null && (sinceSysrq === null || (sinceSysrq >= 0 && sinceSysrq <= dumpGapS)));
    sysrq = null;
    dumps.push(dump);
    while (dumps.length > maxOpenDumps && dumps[0]) close(dumps[0]);
  };

  const near = (dump: Dump, record: LogRecord, seconds: number): boolean => {
    const apart = secondsBetween(dump.last, record);
    return apart === null || (apart >= -1 && apart <= seconds);
  };

  /** The dump that goes with a kill line, or null. */
  const dumpOfKill = (line: KillLine, record: LogRecord): Dump | null => {
    const chosen = line.pid === null ? undefined : summaries.get(line.pid);
    if (chosen && near(chosen.dump, record, dumpGapS)) return chosen.dump;
    return dumpFor(record, (dump) => {
      if (dump.hasKilled)
        return dump.group !== null && line.constraint === 'memcg' && near(dump, record, groupGapS);
      if (dump.announced) return near(dump, record, killGapS);
      if (dump.summary || dump.isMixed) return false;
      return near(dump, record, killGapS) && mayHold(dump, line.pid);
    });
  };

  const kill = (line: KillLine, record: LogRecord): void => {
    const shares = line.constraint === null && record.text.includes('sharing same memory');
    const dump = shares
      ? dumpFor(record, (other) => near(other, record, killGapS))
      : dumpOfKill(line, record);
    const draft = list.draft(record, 'kill-line');
    const { figures } = line;
    Object.assign(draft.kill, figures);
    draft.kill.pid = line.pid;
    draft.kill.comm = line.comm === null ? null : clean.text(line.comm, 64);
    draft.kill.constraint = line.constraint ?? dump?.announced?.constraint ?? 'unknown';
    if (shares && dump?.hasKilled) draft.kill.constraint = dump.lastConstraint ?? 'unknown';
    const chosen = line.pid === null ? undefined : summaries.get(line.pid);
    if (chosen && chosen.dump === dump) {
      fillSummary(draft, chosen.summary);
      summaries.delete(chosen.summary.line.pid ?? 0);
    } else if (dump?.group !== null && dump?.group !== undefined && dump.hasKilled) {
      if (dump.summary?.line.oomMemcg) draft.kill.oomMemcg = clean.text(dump.summary.line.oomMemcg);
      draft.kill.taskMemcg = clean.text(dump.group);
    }
    fill(draft, dump);
    if (sysrq && !dump && near({ ...newDump(sysrq), last: sysrq }, record, killGapS)) draft.kill.sysrq = true;
    if (dump) {
      const { announced } = dump;
      dump.announced = null;
      if (announced && announced.pid !== line.pid && !shares)
        unconfirmed(
          announced,
          `announced; its child ${line.pid ?? ''} was killed instead`.replace('  ', ' '),
        );
      dump.hasKilled = true;
      dump.lastConstraint = draft.kill.constraint;
      dump.last = record;
    }
    list.add(draft, record);
  };

  return {
    event(event, record) {
      if (event.kind === 'invoked') invoked(event, record);
      else if (event.kind === 'kill') kill(event, record);
      else if (event.kind === 'sysrq') {
        const dump = dumpFor(record, (other) => !other.hasKilled);
        if (dump) addToDump(dump, event, record, list.order());
        else sysrq = record;
      } else if (event.kind === 'summary') {
        const open = dumpFor(record, (other) => !other.hasKilled && other.summary === null);
        const dump = open ?? openDump(record);
        const summary = { line: event, record, order: list.order() };
        dump.summary = summary;
        dump.last = record;
        if (event.pid !== null) summaries.set(event.pid, { summary, dump });
      } else if (event.kind === 'announce') {
        const dump =
          dumpFor(record, (other) => !other.hasKilled && other.announced === null) ?? openDump(record);
        if (dump.announced) unconfirmed(dump.announced, 'announced; no kill line follows');
        dump.announced = { ...event, record, order: list.order() };
        dump.last = record;
      } else if (event.kind === 'group') {
        const dump = dumpFor(record, (other) => other.hasKilled) ?? openDump(record);
        addToDump(dump, event, record, list.order());
        dump.hasKilled = true;
      } else if (event.kind === 'reaped') list.reaped(event.pid, event.comm, record);
      else if (event.kind === 'skipped')
        list.unconfirmed({
          record,
          pid: event.pid,
          comm: event.comm,
          why: 'skipped: it was already exiting',
          order: list.order(),
        });
      else if (event.kind === 'allocator' || event.kind === 'row') {
        const dump = dumpFor(record, (other) => !other.hasKilled);
        if (dump) addToDump(dump, event, record, list.order());
      } else addToDump(openDump(record), event, record, list.order());
    },
    gap() {
      for (const dump of [...dumps]) close(dump);
      sysrq = null;
    },
    end() {
      for (const dump of [...dumps]) close(dump);
    },
  };
}
