import type { PastProcesses } from './past.ts';
import type { AppRef } from './pm2.ts';
import type { CleanText, Confidence, EpochMs, Quote } from './text.ts';

export type Killer = 'kernel' | 'systemd-oomd' | 'earlyoom' | 'nohang' | 'lowmemorykiller' | 'oomd';
export type Constraint = 'global' | 'memcg' | 'cpuset' | 'mempolicy' | 'userspace' | 'unknown';

/** One row of the kernel's task table at the time of a kill. RSS in bytes (the table has pages of 4 KiB). */
export interface OomTask {
  readonly pid: number;
  readonly uid: number | null;
  readonly comm: CleanText;
  readonly rssBytes: number;
  readonly swapBytes: number | null;
  readonly oomScoreAdj: number | null;
}

/** One killed process, however often the log repeats it. `null` = the text does not say. Sizes in kB of 1024 bytes. */
export interface OomKill {
  readonly at: EpochMs | null;
  /** The time as written, e.g. `Mar  3 04:05:06` or `12.345678`. */
  readonly timestamp: CleanText | null;
  /** Where it was read, e.g. `/dev/kmsg`, a file name. */
  readonly source: CleanText;
  readonly pid: number | null;
  readonly comm: CleanText | null;
  readonly killer: Killer;
  readonly constraint: Constraint;
  readonly totalVmKb: number | null;
  readonly anonRssKb: number | null;
  readonly fileRssKb: number | null;
  readonly shmemRssKb: number | null;
  /** RSS in one figure, where that is all the killer prints (earlyoom, OpenVZ). */
  readonly rssKb: number | null;
  readonly swapKb: number | null;
  readonly uid: number | null;
  readonly oomScoreAdj: number | null;
  /** cgroup whose limit was hit. */
  readonly oomMemcg: CleanText | null;
  /** cgroup the victim lived in. */
  readonly taskMemcg: CleanText | null;
  readonly invokedBy: { readonly comm: CleanText; readonly pid: number | null } | null;
  readonly signal: CleanText | null;
  readonly sysrq: boolean;
  /** Unit or cgroup that a user-space killer took as a whole, and how many processes it says it killed. */
  readonly unit: CleanText | null;
  readonly processes: number | null;
  /** Kill lines printed for this one process. */
  readonly repeats: number;
  /** `kill-line` proves a kill; `oom-kill line only`, `reaper line only`, `memcg line only` stand where it was lost. */
  readonly evidence:
    | 'kill-line'
    | 'oom-kill line only'
    | 'reaper line only'
    | 'memcg line only'
    | 'userspace line';
  /** Limit and use of the group at that moment, kB (`memory: usage …kB, limit …kB`). */
  readonly usageKb: number | null;
  readonly limitKb: number | null;
  readonly quotes: readonly Quote[];
  /** The task table, biggest first, at most 400 rows. */
  readonly tasks: readonly OomTask[];
  readonly tasksTotal: number | null;
}

/** Announced, selected or skipped: not killed as far as the text goes. */
export interface UnconfirmedKill {
  readonly at: EpochMs | null;
  readonly timestamp: CleanText | null;
  readonly pid: number | null;
  readonly comm: CleanText | null;
  readonly why: CleanText;
  readonly quote: Quote;
}

export interface OomLog {
  readonly kills: readonly OomKill[];
  readonly unconfirmed: readonly UnconfirmedKill[];
  /** Lines by unit managers that go with a kill (`A process of this unit has been killed by the OOM killer.`). */
  readonly unitLines: readonly Quote[];
  /** What a collector remembers of the processes under the killed pids; absent = none was running. */
  readonly past?: PastProcesses;
}

/** What an application's own log shows. Each proves at most a SIGKILL or a self-inflicted end, never a kernel kill. */
export type AppTextKind =
  | 'gunicorn-signal9'
  | 'gunicorn-timeout'
  | 'celery-sigkill'
  | 'celery-time-limit'
  | 'shell-killed'
  | 'v8-heap-oom'
  | 'python-MemoryError'
  | 'cpp-bad_alloc'
  | 'go-out-of-memory'
  | 'java-OutOfMemoryError'
  | 'cannot-allocate'
  | 'kubernetes-OOMKilled'
  | 'container-oom'
  | 'heroku-R15'
  | 'uvicorn-child-died';

export interface AppText {
  readonly kind: AppTextKind;
  readonly at: EpochMs | null;
  readonly pid: number | null;
  readonly signal: number | null;
  readonly exitCode: number | null;
  /** App named by the line itself (pm2.log), and PM2's id. */
  readonly app: CleanText | null;
  readonly pm2Id: number | null;
  readonly who: CleanText | null;
  readonly verdict: 'possible OOM' | 'self-abort' | 'exception' | 'not OOM';
  readonly quote: Quote;
}

export type OomRole = 'app' | 'child' | 'daemon' | 'module' | 'other';

/** A kill tied to an app, or the statement that no tie could be made. */
export interface AttributedKill {
  readonly kill: OomKill;
  readonly app: AppRef | null;
  /** Other apps that fit as well; named when the tie is only `possible`. */
  readonly candidates: readonly AppRef[];
  readonly role: OomRole | null;
  readonly confidence: Confidence;
  readonly because: readonly Quote[];
  /** One of a fixed list of reasons, worded by the report. */
  readonly reason:
    | 'pid-in-samples'
    | 'pid-of-app'
    | 'pid-in-tree'
    | 'pid-in-app-log'
    | 'sigkill-in-pm2-log'
    | 'tasks-of-app'
    | 'daemon-name'
    | 'other-cgroup'
    | 'no-tie';
  /** Biggest processes at that moment, by app where known. */
  readonly biggest: readonly {
    readonly name: CleanText;
    readonly app: AppRef | null;
    readonly rssBytes: number;
  }[];
  /** Sums of the table by app, or by name where no app is known, biggest first, at most five; absent = no table was looked at. */
  readonly shares?: readonly MemoryShare[];
  /** The table holds its victim, so no lines of it were lost. */
  readonly isTableWhole?: boolean;
}

/** What the processes of one app, or of one name, held together. RSS counts pages they share once for each of them. */
export interface MemoryShare {
  readonly name: CleanText;
  readonly app: AppRef | null;
  readonly processes: number;
  readonly rssBytes: number;
  readonly holdsVictim: boolean;
}
