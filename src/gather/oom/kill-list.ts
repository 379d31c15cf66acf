import type { OomKill, UnconfirmedKill } from '../../model/oom.ts';
import type { CleanText, Quote } from '../../model/text.ts';
import { type Cleaner, ownWords } from '../clean.ts';
import { type Draft, emptyKill } from './draft.ts';
import type { LogRecord } from './log-record.ts';
import { absorb, isSameKill } from './same-kill.ts';

/** An announced kill, before it is known whether it happened after all. */
export interface Announced {
  readonly record: LogRecord;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly why: string;
  readonly order: number;
}

/** A clock that steps back further than this started anew. */
const bootStepS = 5;
/** A victim is reaped within seconds; a stuck one later. */
const reapedWithinS = 600;
const maxUnconfirmed = 10_000;

/** All kills of one log, one entry a process, however often and by whom each is written. */
export interface KillList {
  /** The number of the record now read. */
  order(): number;
  next(record: LogRecord): void;
  draft(record: LogRecord, evidence: OomKill['evidence'], order?: number): Draft;
  add(draft: Draft, record: LogRecord): void;
  reaped(pid: number, comm: string, record: LogRecord): void;
  unconfirmed(entry: Announced): void;
  /** A kill line by somebody who is not the kernel: it counts only where the kernel says it too. */
  claimed(draft: Draft, record: LogRecord): void;
  /** Takes the last kill of this pid back. */
  withdraw(killer: OomKill['killer']): Draft | null;
  end(): { readonly kills: readonly OomKill[]; readonly unconfirmed: readonly UnconfirmedKill[] };
}

export function killList(source: CleanText, clean: Cleaner, quoteOf: (record: LogRecord) => Quote): KillList {
  const drafts: Draft[] = [];
  const byPid = new Map<number | null, Draft[]>();
  const entries: Announced[] = [];
  const claims: { draft: Draft; record: LogRecord }[] = [];
  const reapers: { pid: number; comm: string; draft: Draft }[] = [];
  let count = 0;
  let boot = 0;
  let lastSeconds: number | null = null;

  const find = (draft: Draft): Draft | undefined =>
    byPid.get(draft.kill.pid)?.findLast((other) => isSameKill(other, draft));

  const list: KillList = {
    order: () => count,
    next(record) {
      count += 1;
      if (record.seconds === null) return;
      if (lastSeconds !== null && record.seconds < lastSeconds - bootStepS) boot += 1;
      lastSeconds = record.seconds;
    },
    draft(record, evidence, order = count) {
      const stamp = record.stamp === null ? null : clean.text(record.stamp, 80);
      return {
        kill: emptyKill({ source, at: record.at, timestamp: stamp, evidence, quotes: [quoteOf(record)] }),
        order,
        seconds: record.seconds,
        boot: record.boot ?? boot,
      };
    },
    add(draft, record) {
      draft.kill.repeats = record.repeats;
      const known = find(draft);
      if (known) {
        const isAgain = known.kill.evidence === draft.kill.evidence;
        absorb(known.kill, draft.kill);
        if (isAgain) known.kill.repeats += record.repeats;
        return;
      }
      drafts.push(draft);
      const same = byPid.get(draft.kill.pid);
      if (same) same.push(draft);
      else byPid.set(draft.kill.pid, [draft]);
    },
    reaped(pid, comm, record) {
      reapers.push({ pid, comm, draft: list.draft(record, 'reaper line only') });
    },
    unconfirmed(entry) {
      if (entries.length < maxUnconfirmed) entries.push(entry);
    },
    claimed(draft, record) {
      if (claims.length < maxUnconfirmed) claims.push({ draft, record });
    },
    withdraw(killer) {
      const last = drafts.at(-1);
      if (!last || last.kill.killer !== killer) return null;
      drafts.pop();
      byPid.get(last.kill.pid)?.pop();
      return last;
    },
    end() {
      for (const { pid, comm, draft } of reapers) {
        const isKnown = byPid.get(pid)?.some((other) => {
          if (other.seconds !== null && draft.seconds !== null && other.boot === draft.boot) {
            const apart = draft.seconds - other.seconds;
            return apart > -1 && apart < reapedWithinS;
          }
          if (other.kill.at !== null && draft.kill.at !== null) {
            const apart = (draft.kill.at - other.kill.at) / 1000;
            return apart > -2 && apart < reapedWithinS;
          }
          return other.order < draft.order || other.kill.comm === clean.text(comm, 64);
        });
        if (isKnown) continue;
        draft.kill.pid = pid;
        draft.kill.comm = clean.text(comm, 64);
        drafts.push(draft);
        byPid.set(pid, [...(byPid.get(pid) ?? []), draft]);
      }
      for (const { draft, record } of claims) {
        const known = find(draft);
        if (known) continue;
        entries.push({
          record,
          pid: draft.kill.pid,
          comm: draft.kill.comm,
          why: `written by ${record.writerName ?? 'another program'}, not by the kernel`,
          order: draft.order,
        });
      }
      drafts.sort((a, b) => a.order - b.order);
      return { kills: drafts.map((draft) => draft.kill), unconfirmed: confirmNone(entries) };
    },
  };

  const confirmNone = (all: readonly Announced[]): readonly UnconfirmedKill[] => {
    const seen = new Set<string>();
    const out: UnconfirmedKill[] = [];
    for (const { record, pid, comm, why } of [...all].sort((a, b) => a.order - b.order)) {
      if (pid !== null && (byPid.get(pid)?.length ?? 0) > 0) continue;
      // Once a process: an announcement repeated, or a copy of the log, adds nothing.
      const key = `${pid} ${comm} ${why} ${record.stamp}`;
      if (seen.has(key)) continue;
      seen.add(key);
      out.push({
        at: record.at,
        timestamp: record.stamp === null ? null : clean.text(record.stamp, 80),
        pid,
        comm: comm === null ? null : clean.text(comm, 64),
        why: why.startsWith('written by') ? clean.text(why, 120) : ownWords(why),
        quote: quoteOf(record),
      });
    }
    return out;
  };
  return list;
}
