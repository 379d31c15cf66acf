/**
 * Three bytes that stand in every line of interest, in groups that share bytes (see fingerprint-scan.ts). Upper case
 * is rare in logs, so few other places match.
 */
export const fingerprints: readonly (readonly string[])[] = [
  ['Kil', 'kil'],
  ['OOM', 'oom'],
  // earlyoom, nohang, celery; a journal MESSAGE written as a list of bytes.
  ['SIG', 'SAG'],
  ['FAT', 'fat'],
  // MemoryError, OutOfMemoryError; ENOMEM; Error R15.
  ['yEr', 'ENO', 'R15'],
  // Cannot allocate memory; Child process [1] died; Worker with pid 1.
  ['Can', 'Chi', 'Wor'],
  // systemd-oomd killed 9 process(es).
  ['(es'],
  // std::bad_alloc; nohang's badness.
  ['d_a', 'adn'],
];

/** So much of the line is looked at from a fingerprint on. */
export const lookBytes = 48;

/** What stands at a fingerprint of a line that bears on a kill. Sticky: tried at one place, not searched for. */
export const killWords =
  /Killed|Killing '|Kill '|[Kk]ill process|Kil?l?e?\s*$|Kille?\r?\n|killing process|killed (?:process|as a result|by the OOM|some process|\d+ process)|killing due|kill: \d|kill failed|kill to \d|kill -|killer: gfp|oom-kill|oom_reaper: reaped|oom\.group set|OOM (?:killed|victim|execution)|SIG(?:TERM|KILL) to|SAGE"\s*:\s*\[|\(es\) in this|adness: /y;

/** What stands at a fingerprint where an application speaks of a SIGKILL or of memory it did not get. */
export const appWords =
  /[Kk]illed(?! (?:process|as a result|due to|by the OOM))\b|SIGKILL[)!]|FATAL ERROR|fatal error: |yError|ENOMEM|Cannot allocate memory|R15 \(|Child process \[|Worker (?:with pid|\(pid)|OOMKilled|OOM event|oom [0-9a-f]{12}|d_alloc/y;

/** A dump begins: what follows, up to the kill, is read line by line. */
export const dumpHead = /invoked oom-killer|oom-killer: gfp_mask|Manual OOM/;

/** Part of a dump whose beginning was lost. */
export const dumpLike =
  /oom|emory|TASK>|\]\s+\d+\s+\d+\s+\d+\s+\d+|Tasks state|\[ *pid *\]|pages|Node \d|Normal:|DMA|^\S*\s*[a-z_]+ \d+$|Call Trace|R[A-Z0-9]{2}: |"(?:pri|time|msg|MESSAGE|__?[A-Z_]+|PRIORITY|SYSLOG_\w+)"|^[_A-Z]+=/;

/**
 * A line that says nothing of this is no part of any kill: registers, zones, counters of a dump; functions of its call
 * trace (`oom_kill_process`, `out_of_memory`) do not count.
 */
export const mayMatter =
  /oom(?:[-.]|d |_reaper)|OOM|[Kk]ill(?!_)|emory(?:: usage| cgroup)|of [Mm]emory|vailable memory|[Cc]omm: |\]\s+\d+\s+\d+\s+\d+\s|\[ *pid *\]|[Ss]ys[Rr]q|moom_|SIG|badness|due to|to free|lowmem|lmkd|dryrun/;

/** A record of several lines may begin: JSON, export and verbose forms of journalctl. */
export const mayOpenRecord = /^[\s\u001e,[\]}]*\{|^[_A-Z][_A-Z0-9]*=| \[s=|^\s*"/;
