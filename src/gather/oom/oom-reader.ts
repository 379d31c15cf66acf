import type { OomKill, UnconfirmedKill } from '../../model/oom.ts';
import type { CleanText, Quote } from '../../model/text.ts';
import type { Cleaner } from '../clean.ts';
import type { LogClock } from './calendar.ts';
import { kernelKills } from './kernel-kills.ts';
import { type KernelEvent, kernelEvent } from './kernel-lines.ts';
import { killList } from './kill-list.ts';
import type { LogRecord } from './log-record.ts';
import { mayMatter, mayOpenRecord } from './needles.ts';
import { recordReader } from './record-reader.ts';
import { userKills } from './user-kills.ts';
import { userspaceEvent } from './userspace-lines.ts';
import { type Held, hold, isStillOpen, join } from './wrapped.ts';

const maxUnitLines = 1000;
/**
 * Level, number, microseconds and flags in front of a record of /dev/kmsg (Documentation/ABI/testing/dev-kmsg): how it was
 * handed to us, no part of the message. Lines of a file are quoted as they stand there.
 */
const kmsgHead = /^\d{1,4},\d+,\d+,[^;\s]{0,80};/;

export interface OomReader {
  line(text: string): void;
  /** The line can be left out: it says nothing, and no record goes on in it. */
  skips(text: string): boolean;
  /** Lines were skipped between the last one and the next. */
  gap(): void;
  /** A record is not finished: the next lines are needed. */
  isOpen(): boolean;
  end(): {
    readonly kills: readonly OomKill[];
    readonly unconfirmed: readonly UnconfirmedKill[];
    readonly unitLines: readonly Quote[];
  };
}

/** Reads the lines of one log, in order, and lists the kills in them. */
export function oomReader(source: CleanText, clean: Cleaner, clock: LogClock): OomReader {
  const quoteOf = (record: LogRecord): Quote => ({
    source,
    at: record.at,
    text: clean.text(record.raw.trim().replace(kmsgHead, '')),
  });
  const list = killList(source, clean, quoteOf);
  const kernel = kernelKills(list, clean, quoteOf);
  const user = userKills(list, clean);
  const unitLines: Quote[] = [];
  let held: Held | null = null;

  const finish = (event: KernelEvent, record: LogRecord): void => {
    if (record.writer !== 'other') {
      kernel.event(event, record);
      return;
    }
    // Anybody who may write to the log can write this.
    if (event.kind !== 'kill') return;
    const draft = list.draft(record, 'kill-line');
    Object.assign(draft.kill, event.figures);
    draft.kill.pid = event.pid;
    draft.kill.comm = event.comm === null ? null : clean.text(event.comm, 64);
    list.claimed(draft, record);
  };

  const release = (): void => {
    const done = held;
    held = null;
    if (done?.event) finish(done.event, done.record);
  };

  const take = (record: LogRecord): void => {
    list.next(record);
    if (held) {
      const joined = join(held, record);
      if (joined) {
        held = joined;
        if (!isStillOpen(joined)) release();
        return;
      }
      release();
    }
    const event = kernelEvent(record.text);
    held = hold(record, event);
    if (held) return;
    if (event) {
      finish(event, record);
      return;
    }
    const other = userspaceEvent(record.text);
    if (other === null) return;
    if (other.kind !== 'unit-line') user.event(other, record);
    else if (unitLines.length < maxUnitLines) unitLines.push(quoteOf(record));
  };
  // While a record is being put together any line may be the rest of it.
  const reader = recordReader(clock, take, (line) => held !== null || mayMatter.test(line));

  return {
    line: reader.line,
    skips: (text) => held === null && !reader.isOpen() && !mayMatter.test(text) && !mayOpenRecord.test(text),
    gap() {
      reader.flush();
      release();
      kernel.gap();
    },
    isOpen: () => reader.isOpen() || held !== null,
    end() {
      reader.flush();
      release();
      kernel.end();
      user.end();
      return { ...list.end(), unitLines };
    },
  };
}
