import type { Killer } from '../../model/oom.ts';

export type UserspaceEvent =
  | {
      readonly kind: 'user-kill';
      readonly killer: Killer;
      readonly pid: number | null;
      readonly comm: string | null;
      readonly uid: number | null;
      readonly rssKb: number | null;
      readonly oomScoreAdj: number | null;
      readonly signal: string | null;
      readonly unit: string | null;
      readonly memcg: string | null;
      readonly processes: number | null;
      readonly invokedBy: { readonly comm: string; readonly pid: number | null } | null;
    }
  /** lowmemorykiller says on later lines how much it frees, and for whom. */
  | { readonly kind: 'lmk-freed'; readonly rssKb: number; readonly forComm: string; readonly forPid: number }
  /** The signal announced before this line was not sent. */
  | { readonly kind: 'not-sent'; readonly why: 'dry run' | 'failed' }
  /** nohang names a victim; a signal line may follow. */
  | { readonly kind: 'selected'; readonly pid: number; readonly comm: string }
  /** nohang: `Send SIGTERM to the victim`; the victim is the one selected before. */
  | { readonly kind: 'sent'; readonly signal: string; readonly name: string }
  /** systemd's unit manager: goes with a kill by the kernel. */
  | { readonly kind: 'unit-line' };

const none = {
  kind: 'user-kill',
  pid: null,
  comm: null,
  uid: null,
  rssKb: null,
  oomScoreAdj: null,
  signal: null,
  unit: null,
  memcg: null,
  processes: null,
  invokedBy: null,
} as const;

/** `/system.slice/pm2-root.service` gives the unit `pm2-root.service`; null where the last folder is no unit. */
function unitOf(path: string): string | null {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return /\.(?:service|scope|slice|mount|socket)$/.test(last) ? last : null;
}

function numberOr(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

/** earlyoom 1.2 to 1.8 (kill.c): with or without uid, badness or oom_score, cmdline. Sizes in MiB. */
function earlyoom(text: string): UserspaceEvent | null {
  const line =
    /sending (SIG[A-Z]+) to process (\d+)(?: uid (\d+))? "([\s\S]{0,16})": (?:badness|oom_score) (-?\d+)([\s\S]*)$/.exec(
      text,
    );
  if (!line) return null;
  const tail = line[6] ?? '';
  const rss = /VmRSS (\d+) MiB/.exec(tail);
  const adj = /oom_score_adj (-?\d+)/.exec(tail);
  return {
    ...none,
    killer: 'earlyoom',
    pid: Number(line[2]),
    comm: line[4] ?? '',
    uid: numberOr(line[3]),
    rssKb: rss ? Number(rss[1]) * 1024 : null,
    oomScoreAdj: adj ? Number(adj[1]) : null,
    signal: line[1] ?? null,
  };
}

/** systemd-oomd to 254 says Killed, later Marked … for killing (src/oom/oomd-manager.c); PID 1 says it of the unit. */
function systemdOomd(text: string): UserspaceEvent | null {
  const group =
    /\b(?:Killed (\/?[^\s].*?)|Marked (\/?[^\s].*?) for killing) due to (?:memory (?:pressure|used)|swap used)/.exec(
      text,
    );
  if (group) {
    const path = group[1] ?? group[2] ?? '';
    return { ...none, killer: 'systemd-oomd', unit: unitOf(path), memcg: path };
  }
  const unit = /(\S+): systemd-oomd killed (\d+|some) process\(es\) in this unit/.exec(text);
  if (unit) {
    return {
      ...none,
      killer: 'systemd-oomd',
      unit: unit[1] ?? null,
      processes: unit[2] === 'some' ? null : numberOr(unit[2]),
    };
  }
  return null;
}

/** The driver (drivers/staging/android) and the daemon lmkd; the name is the last 15 bytes of the app's. */
function lowMemoryKiller(text: string): UserspaceEvent | null {
  const line = /(?:lowmemorykiller|lmkd)\s*:\s*Kill(?:ing)? '([\s\S]*?)' \((\d+)\)([\s\S]*)$/.exec(text);
  const base = { ...none, killer: 'lowmemorykiller' } as const;
  if (line) {
    const tail = line[3] ?? '';
    const adj = /\b(?:oom_score_adj|oom_adj|adj) (-?\d+)/.exec(tail);
    const uid = /\buid (\d+)/.exec(tail);
    const freed = /to free (\d+)kB/.exec(tail);
    const whom = /on behalf of '([\s\S]*?)' \((\d+)\)/.exec(tail);
    return {
      ...base,
      pid: Number(line[2]),
      comm: line[1] ?? '',
      uid: uid ? Number(uid[1]) : null,
      oomScoreAdj: adj ? Number(adj[1]) : null,
      rssKb: freed ? Number(freed[1]) : null,
      invokedBy: whom ? { comm: whom[1] ?? '', pid: Number(whom[2]) } : null,
    };
  }
  // The driver of 2.6.29 counts pages.
  const old = /(?:lowmem\w*: )?send sigkill to (\d+) \(([\s\S]*)\), (?:adj|oom_adj) (-?\d+), size (\d+)/.exec(
    text,
  );
  if (old)
    return {
      ...base,
      pid: Number(old[1]),
      comm: old[2] ?? '',
      oomScoreAdj: Number(old[3]),
      rssKb: Number(old[4]) * 4,
    };
  const freed = /^\s+to free (\d+)kB on behalf of '([\s\S]*?)' \((\d+)\)/.exec(text);
  if (freed)
    return { kind: 'lmk-freed', rssKb: Number(freed[1]), forComm: freed[2] ?? '', forPid: Number(freed[3]) };
  return null;
}

function nohang(text: string): UserspaceEvent | null {
  const selected = /\bPID: (\d+), [Nn]ame: ([\s\S]+?), badness: -?\d+/.exec(text);
  if (selected) return { kind: 'selected', pid: Number(selected[1]), comm: selected[2] ?? '' };
  const sent = /^\s*Send(?:ing)? (SIG(?:TERM|KILL)) to ([\s\S]+?)(?:[;,] total response time.*|\.?\s*)$/.exec(
    text,
  );
  if (sent) return { kind: 'sent', signal: sent[1] ?? '', name: sent[2] ?? '' };
  const run = /^\s*Run the command: kill -(?:s )?(?:SIG)?(TERM|KILL|9|15) (\d+)/.exec(text);
  if (run)
    return {
      kind: 'sent',
      signal: run[1] === 'KILL' || run[1] === '9' ? 'SIGKILL' : 'SIGTERM',
      name: `pid ${run[2]}`,
    };
  return null;
}

/** What one message by a user-space killer says; null = nothing. */
export function userspaceEvent(text: string): UserspaceEvent | null {
  if (text.includes('dryrun, not actually sending')) return { kind: 'not-sent', why: 'dry run' };
  if (/\bkill failed: |\bfailed to kill process\b/i.test(text)) return { kind: 'not-sent', why: 'failed' };
  if (text.includes('has been killed by the OOM killer')) return { kind: 'unit-line' };
  if (text.includes('SIG')) {
    const event = earlyoom(text) ?? nohang(text);
    if (event) return event;
  }
  if (text.includes('badness:') || text.includes('Run the command: kill')) return nohang(text);
  if (text.includes('due to') || text.includes('systemd-oomd killed')) {
    const event = systemdOomd(text);
    if (event) return event;
  }
  // Meta's oomd: pressure over 10, 60, 300 s, the group, its use, then which rule (Log.cpp).
  const oomd = /\boomd kill: [\d.]+ [\d.]+ [\d.]+ ([\s\S]*?)\s+\d+\s/.exec(text);
  if (oomd) return { ...none, killer: 'oomd', memcg: oomd[1] ?? '' };
  if (text.includes('lowmem') || text.includes('lmkd') || text.includes('to free '))
    return lowMemoryKiller(text);
  return null;
}
