import type { Constraint } from '../../model/oom.ts';

/** Figures of a kill line, kB. null = not printed, or cut off. */
export interface Figures {
  readonly totalVmKb: number | null;
  readonly anonRssKb: number | null;
  readonly fileRssKb: number | null;
  readonly shmemRssKb: number | null;
  readonly rssKb: number | null;
  readonly swapKb: number | null;
  readonly uid: number | null;
  readonly oomScoreAdj: number | null;
}

export const noFigures: Figures = {
  totalVmKb: null,
  anonRssKb: null,
  fileRssKb: null,
  shmemRssKb: null,
  rssKb: null,
  swapKb: null,
  uid: null,
  oomScoreAdj: null,
};

export interface KillLine {
  readonly kind: 'kill';
  readonly pid: number | null;
  readonly comm: string | null;
  /** null = the line does not say. */
  readonly constraint: Constraint | null;
  readonly figures: Figures;
  /** Pieces read: how a wrapped line is told from a whole one. */
  readonly pieces: number;
  /** Nothing more can follow. */
  readonly isWhole: boolean;
}

export interface SummaryLine {
  readonly kind: 'summary';
  readonly constraint: Constraint;
  readonly oomMemcg: string | null;
  readonly taskMemcg: string | null;
  readonly comm: string | null;
  readonly pid: number | null;
  readonly uid: number | null;
  readonly pieces: number;
  readonly isWhole: boolean;
}

export type KernelEvent =
  | KillLine
  | SummaryLine
  | { readonly kind: 'invoked'; readonly comm: string | null; readonly bySysrq: boolean }
  | { readonly kind: 'allocator'; readonly pid: number; readonly comm: string }
  | { readonly kind: 'sysrq' }
  | { readonly kind: 'usage'; readonly usageKb: number; readonly limitKb: number }
  | { readonly kind: 'stats'; readonly path: string }
  | { readonly kind: 'task-in'; readonly task: string; readonly limit: string }
  | { readonly kind: 'table'; readonly columns: readonly string[] }
  | { readonly kind: 'row'; readonly text: string }
  | {
      readonly kind: 'announce';
      readonly pid: number;
      readonly comm: string;
      readonly constraint: Constraint | null;
    }
  | { readonly kind: 'group'; readonly path: string }
  | { readonly kind: 'reaped'; readonly pid: number; readonly comm: string }
  | { readonly kind: 'skipped'; readonly pid: number; readonly comm: string };

/** Message before the colon, kernels 2.6.9 to 6.18 (mm/oom_kill.c). null = none of them. */
function constraintOf(message: string): Constraint | null {
  if (/Memory cgroup out of memory/i.test(message) || /out of memory in UB/i.test(message)) return 'memcg';
  if (/No available memory \(MPOL_BIND\)/i.test(message)) return 'mempolicy';
  if (/No available memory in cpuset/i.test(message)) return 'cpuset';
  if (/out\s*of\s*memory/i.test(message)) return 'global';
  return null;
}

/** `name:123kB` with the unit, so that a number cut off in the middle is not taken for a smaller one. */
const sizePattern = (names: string): RegExp =>
  new RegExp(`(?:^|[\\s,)])(?:${names})\\s*:\\s*(\\d+)\\s*(?:kB|k\\b|0?lB|(?=,))`, 'i');
const sizes = {
  totalVm: sizePattern('total-vm|vsz|vm'),
  anonRss: sizePattern('anon-rss'),
  fileRss: sizePattern('file-rss'),
  shmemRss: sizePattern('shmem-rss'),
  rss: sizePattern('rss'),
  swap: sizePattern('swap'),
} as const;

function sizeOf(tail: string, pattern: RegExp): number | null {
  const match = pattern.exec(tail);
  const value = match ? Number(match[1]) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}

function figuresOf(tail: string, uidBefore: number | null): Figures {
  const uid = /\bUID\s*[: ]\s*(\d+)(?=[,\s])/.exec(tail);
  const adj = /oom_score_adj\s*:\s*(-?\d+)/.exec(tail);
  return {
    totalVmKb: sizeOf(tail, sizes.totalVm),
    anonRssKb: sizeOf(tail, sizes.anonRss),
    fileRssKb: sizeOf(tail, sizes.fileRss),
    shmemRssKb: sizeOf(tail, sizes.shmemRss),
    rssKb: sizeOf(tail, sizes.rss),
    swapKb: sizeOf(tail, sizes.swap),
    uid: uid ? Number(uid[1]) : uidBefore,
    oomScoreAdj: adj ? Number(adj[1]) : null,
  };
}

const killed = /(?:\bKilled|OOM killed)\s*process(?![a-z])\s*(\d+)?/;
/** After the name: the figures. Greedy, since a name may hold `) total-vm:1kB`. */
const namedWithFigures =
  /^([\s\S]*)\)(?=(?:,\s*UID\s+\d+,)?[\s,]*(?:total-vm|vsz)\s*:|\s*score\s+-?\d+[\s,]+vm\s*:)/;

/**
 * `Killed process 4711 (name) total-vm:…` of every kernel from 2.6.9 to 6.18, RHEL 6 and 7 and OpenVZ; the name is all
 * up to the last `) total-vm:`, or to the last `)` where no figures follow. null = no such line.
 */
function killLine(text: string): KillLine | null {
  const head = killed.exec(text);
  if (!head) return null;
  const constraint = constraintOf(text.slice(0, head.index + head[0].length));
  let rest = text.slice(head.index + head[0].length);
  const pid = head[1] === undefined ? null : Number(head[1]);
  // RHEL 6: `Killed process 16944, UID 0, (mingetty) total-vm:…`.
  const uidFirst = /^,\s*UID\s+(\d+),\s*/.exec(rest);
  if (uidFirst) rest = rest.slice(uidFirst[0].length);
  const open = /^\s*\(/.exec(rest);
  const empty = { kind: 'kill', pid, comm: null, constraint, figures: noFigures, isWhole: false } as const;
  if (!open) {
    // Prose such as "Killed process is gone" is none; the end of the line is where the record was cut.
    if (rest.trim() !== '' || pid === null) return rest.trim() === '' ? { ...empty, pieces: 0 } : null;
    return { ...empty, pieces: 1 };
  }
  const body = rest.slice(open[0].length);
  // Figures never end in a parenthesis: then it closes the name, whatever that holds.
  const named = /\)\.?\s*$/.test(body) ? null : namedWithFigures.exec(body);
  const end = named ? (named[1] ?? '').length : body.lastIndexOf(')');
  if (end < 0) {
    // TASK_COMM_LEN: 15 bytes are a whole name, even where the closing parenthesis was cut off.
    const comm = Buffer.byteLength(body) === 15 ? body : null;
    return { ...empty, comm, pieces: pid === null ? 0 : 1 };
  }
  const figures = figuresOf(body.slice(end), uidFirst ? Number(uidFirst[1]) : null);
  const pieces = Object.values(figures).filter((value) => value !== null).length;
  return {
    kind: 'kill',
    pid,
    comm: body.slice(0, end),
    constraint,
    figures,
    pieces: pieces + (pid === null ? 1 : 2),
    isWhole: figures.oomScoreAdj !== null,
  };
}

const constraints: { readonly [name: string]: Constraint } = {
  NONE: 'global',
  MEMCG: 'memcg',
  CPUSET: 'cpuset',
  MEMORY_POLICY: 'mempolicy',
};

/**
 * `oom-kill:constraint=…,task=NAME,pid=N,uid=N` (5.0+). Names and paths are unescaped, so it is read from the right;
 * fields may be missing or cut off. `oom_memcg=` means a cgroup limit whatever the constraint says (a 5.0-rc bug).
 */
function summaryLine(text: string): SummaryLine | null {
  const start = text.search(/oom-kill:\s*constraint=/);
  if (start < 0) return null;
  const body = text.slice(start).trimEnd();
  const name = /constraint=CONSTRAINT_([A-Z_]+)/.exec(body)?.[1] ?? '';
  const uid = /,uid=(\d+)$/.exec(body);
  const beforeUid = uid ? body.slice(0, uid.index) : body;
  const pid = uid
    ? /,pid=(\d+)$/.exec(beforeUid)
    : /,pid=(\d+),/.exec(beforeUid.slice(beforeUid.lastIndexOf(',pid=')));
  const pidAt = beforeUid.lastIndexOf(',pid=');
  const beforePid = pidAt < 0 ? beforeUid : beforeUid.slice(0, pidAt);
  const taskAt = beforePid.lastIndexOf(',task=');
  const beforeTask = taskAt < 0 ? beforePid : beforePid.slice(0, taskAt);
  const memcgAt = beforeTask.lastIndexOf(',task_memcg=');
  const beforeMemcg = memcgAt < 0 ? beforeTask : beforeTask.slice(0, memcgAt);
  const oomAt = beforeMemcg.indexOf(',oom_memcg=');
  // A path cut off at the end of the line is not a path.
  const oomMemcg = oomAt >= 0 && memcgAt >= 0 ? beforeMemcg.slice(oomAt + 11) : null;
  const taskMemcg = memcgAt >= 0 && taskAt >= 0 ? beforeTask.slice(memcgAt + 12) : null;
  const comm = taskAt >= 0 && pidAt >= 0 ? beforePid.slice(taskAt + 6) : null;
  const found = [uid, pid, oomMemcg, taskMemcg, comm].filter((value) => value !== null).length;
  return {
    kind: 'summary',
    constraint: oomAt >= 0 ? 'memcg' : (constraints[name] ?? 'unknown'),
    oomMemcg,
    taskMemcg,
    comm,
    pid: pid ? Number(pid[1]) : null,
    uid: uid ? Number(uid[1]) : null,
    pieces: found + (constraints[name] === undefined ? 0 : 1),
    isWhole: uid !== null,
  };
}

const row = /^\s*\[\s*\d+\]\s+\d+\s+\d+\s+\d+\s/;

/** What one kernel message says about an OOM kill; null = nothing. Formats: mm/oom_kill.c and mm/memcontrol.c by version. */
export function kernelEvent(text: string): KernelEvent | null {
  if (row.test(text)) return { kind: 'row', text };
  if (text.includes('illed')) {
    const kill = killLine(text);
    if (kill) return kill;
    const taskIn = /Task in ([\s\S]+?) killed as a result of limit of ([\s\S]*)$/.exec(text);
    if (taskIn) return { kind: 'task-in', task: taskIn[1] ?? '', limit: (taskIn[2] ?? '').trim() };
    const group = /Tasks in ([\s\S]+) are going to be killed due to memory\.oom\.group set/.exec(text);
    if (group) return { kind: 'group', path: group[1] ?? '' };
  }
  if (text.includes('ill process')) {
    const line = /\b[Kk]ill process (\d+)(?:, UID \d+,)? \(([\s\S]*)\)(?:,| sharing| score| or|\s*$)/.exec(
      text,
    );
    const pid = Number(line?.[1] ?? Number.NaN);
    const comm = line?.[2] ?? '';
    if (line && /\) sharing same memory/.test(text)) {
      return { kind: 'kill', pid, comm, constraint: null, figures: noFigures, pieces: 2, isWhole: true };
    }
    if (line) return { kind: 'announce', pid, comm, constraint: constraintOf(text.slice(0, line.index)) };
  }
  if (text.includes('oom-kill')) {
    const summary = summaryLine(text);
    if (summary) return summary;
    const invoked = /^([\s\S]*?)\s?invoked oom-killer:/.exec(text);
    if (invoked) return { kind: 'invoked', comm: invoked[1] || null, bySysrq: /\border=-1\b/.test(text) };
    if (/\boom-killer: gfp_mask=/.test(text)) return { kind: 'invoked', comm: null, bySysrq: false };
  }
  const cpu =
    /^\s*(?:CPU: \d+ )?(?:UID: \d+ )?P(?:ID|id): (\d+),? [Cc]omm: ([\s\S]*?)(?: Not tainted| Tainted:|\s*$)/.exec(
      text,
    );
  if (cpu) return { kind: 'allocator', pid: Number(cpu[1]), comm: cpu[2] ?? '' };
  if (text.includes('oom_reaper: reaped process')) {
    const reaped = /oom_reaper: reaped process:? ?(\d+) \(([\s\S]*)\)/.exec(text);
    if (reaped) return { kind: 'reaped', pid: Number(reaped[1]), comm: reaped[2] ?? '' };
  }
  if (text.includes('emory')) {
    const usage = /^\s*(?:memory|Memory): usage (\d+)kB, limit (\d+)kB/.exec(text);
    if (usage) return { kind: 'usage', usageKb: Number(usage[1]), limitKb: Number(usage[2]) };
    const stats = /Memory cgroup stats for ([\s\S]+?):(?:\s|$)/.exec(text);
    if (stats) return { kind: 'stats', path: stats[1] ?? '' };
  }
  if (/^\s*\[\s*pid\s*\]\s+uid\s/.test(text)) {
    return {
      kind: 'table',
      columns: text
        .trim()
        .replace(/^\[\s*pid\s*\]\s*/, '')
        .split(/\s+/),
    };
  }
  const skipped = /OOM victim (\d+) \(([\s\S]*)\) is already exiting/.exec(text);
  if (skipped) return { kind: 'skipped', pid: Number(skipped[1]), comm: skipped[2] ?? '' };
  if (/sysrq ?: Manual OOM|moom_callback/i.test(text)) return { kind: 'sysrq' };
  // 2.4: no pid. The same words also follow a damaged page, so nothing is said about the cause.
  const vm = /\bVM: killing process (\S[\s\S]*)$/.exec(text);
  if (vm)
    return {
      kind: 'kill',
      pid: null,
      comm: (vm[1] ?? '').trimEnd(),
      constraint: null,
      figures: noFigures,
      pieces: 2,
      isWhole: true,
    };
  return null;
}
