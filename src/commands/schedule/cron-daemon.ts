import { readdirSync, readFileSync } from 'node:fs';

/**
 * Does a cron daemon run here? Debian's and systemd-cron's are called `cron`, cronie's and BusyBox's `crond`. null = not
 * known: no /proc, or one that hides the processes of others (hidepid).
 */
export function cronRuns(proc = '/proc'): boolean | null {
  try {
    const names = readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => commOf(`${proc}/${pid}/comm`));
    if (names.some((name) => name !== null && /^(?:crond?|fcron|anacron|dcron)$/.test(name))) return true;
    return commOf(`${proc}/1/comm`) === null ? null : false;
  } catch {
    return null;
  }
}

function commOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
