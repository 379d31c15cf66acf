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

/** Looked at around a fingerprint: the longest of the texts below fits. */
export const aroundBytes = { before: 40, after: 64 } as const;

/** Lines that bear on a kill. `Killed` without more is a shell's word and stands in `appWords`. */
export const killWords =
  /Killed proc|Killed$|Kille?d?$|Killed \/|Killed [^\s]+ due to|[Kk]ill process|Killing '|VM: killing|OOM killed|killed as a result|oom\.group set|killed by the OOM|oomd killed|oomd kill:|for killing due|oom-kill|oom_reaper: reaped|OOM victim|Manual OOM|sending SIG|Send(?:ing)? SIG|send sigkill to|Run the command: kill|kill failed|lmkd|badness: |"MESSAGE"\s*:\s*\[|process\(es\) in this/;

/** Lines of applications that speak of a SIGKILL or of memory they did not get. */
export const appWords =
  /\b[Kk]illed\b|SIGKILL\)|SIGKILL!|FATAL ERROR|fatal error: |MemoryError|bad_alloc|ENOMEM|Cannot allocate memory|Error R15|Child process \[|Worker with pid|OOMKilled|container oom|TaskOOM/;

/** A dump begins: what follows, up to the kill, is read line by line. */
export const dumpHead = /invoked oom-killer|oom-killer: gfp_mask|Manual OOM/;

/** Part of a dump whose beginning was lost. */
export const dumpLike =
  /oom|emory|TASK>|\]\s+\d+\s+\d+\s+\d+\s+\d+|Tasks state|\[ *pid *\]|pages|Node \d|Normal:|DMA|^\S*\s*[a-z_]+ \d+$|Call Trace|R[A-Z0-9]{2}: |"(?:pri|time|msg|MESSAGE|__?[A-Z_]+|PRIORITY|SYSLOG_\w+)"|^[_A-Z]+=/;
