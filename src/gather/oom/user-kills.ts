import type { Cleaner } from '../clean.ts';
import { secondsBetween } from './dump.ts';
import type { KillList } from './kill-list.ts';
import type { LogRecord } from './log-record.ts';
import type { UserspaceEvent } from './userspace-lines.ts';

/** A signal and what is said of it stand this close. */
const nearS = 60;

export interface UserKills {
  event(event: Exclude<UserspaceEvent, { kind: 'unit-line' }>, record: LogRecord): void;
  end(): void;
}

/** Kills by user-space killers: one a process or group, however many signals it took. */
export function userKills(list: KillList, clean: Cleaner): UserKills {
  let selected: { pid: number; comm: string; record: LogRecord; order: number; isSent: boolean } | null =
    null;
  let lastLmk: {
    order: number;
    apply: (event: Extract<UserspaceEvent, { kind: 'lmk-freed' }>) => void;
  } | null = null;
  let lastSignal: { record: LogRecord; order: number; pid: number | null; comm: string | null } | null = null;

  const dropSelected = (): void => {
    if (selected && !selected.isSent) {
      const { record, pid, comm, order } = selected;
      list.unconfirmed({ record, pid, comm, why: 'selected; no signal line', order });
    }
    selected = null;
  };

  const kill = (event: Extract<UserspaceEvent, { kind: 'user-kill' }>, record: LogRecord): void => {
    const draft = list.draft(record, 'userspace line');
    const { kill: made } = draft;
    made.killer = event.killer;
    // The Android driver is part of the kernel and acts for the whole machine.
    made.constraint = event.killer === 'lowmemorykiller' ? 'global' : 'userspace';
    if (event.killer === 'lowmemorykiller') made.evidence = 'kill-line';
    made.pid = event.pid;
    made.comm = event.comm === null ? null : clean.text(event.comm, 64);
    made.uid = event.uid;
    made.rssKb = event.rssKb;
    made.oomScoreAdj = event.oomScoreAdj;
    made.signal = event.signal === null ? null : clean.text(event.signal);
    made.unit = event.unit === null ? null : clean.text(event.unit);
    made.taskMemcg = event.memcg === null ? null : clean.text(event.memcg);
    made.processes = event.processes;
    if (event.invokedBy)
      made.invokedBy = { comm: clean.text(event.invokedBy.comm, 64), pid: event.invokedBy.pid };
    list.add(draft, record);
    if (event.signal !== null) lastSignal = { record, order: list.order(), pid: event.pid, comm: event.comm };
    if (event.killer === 'lowmemorykiller') {
      lastLmk = {
        order: list.order(),
        apply: (freed) => {
          made.rssKb ??= freed.rssKb;
          made.invokedBy ??= { comm: clean.text(freed.forComm, 64), pid: freed.forPid };
        },
      };
    }
  };

  return {
    event(event, record) {
      if (event.kind === 'user-kill') kill(event, record);
      else if (event.kind === 'lmk-freed') {
        if (lastLmk && list.order() - lastLmk.order <= 4) lastLmk.apply(event);
        lastLmk = null;
      } else if (event.kind === 'selected') {
        if (selected?.pid === event.pid) return;
        dropSelected();
        selected = { pid: event.pid, comm: event.comm, record, order: list.order(), isSent: false };
      } else if (event.kind === 'sent') {
        const apart = selected ? secondsBetween(selected.record, record) : null;
        const victim = selected && (apart === null || Math.abs(apart) <= nearS) ? selected : null;
        const isVictim =
          victim !== null &&
          (event.name === 'the victim' || event.name === victim.comm || event.name === `pid ${victim.pid}`);
        // Without a victim named before it, "Send SIGTERM to X" may be anybody's line.
        if (!victim || !isVictim) return;
        victim.isSent = true;
        kill(
          {
            kind: 'user-kill',
            killer: 'nohang',
            pid: victim.pid,
            comm: victim.comm,
            uid: null,
            rssKb: null,
            oomScoreAdj: null,
            signal: event.signal,
            unit: null,
            memcg: null,
            processes: null,
            invokedBy: null,
          },
          record,
        );
      } else if (lastSignal && list.order() - lastSignal.order <= 3) {
        list.withdraw('earlyoom');
        if (event.why === 'failed') {
          const { record: sent, pid, comm, order } = lastSignal;
          list.unconfirmed({ record: sent, pid, comm, why: 'the signal could not be sent', order });
        }
        lastSignal = null;
      }
    },
    end: dropSelected,
  };
}
