import { existsSync } from 'node:fs';
import { cronRuns } from './cron-daemon.ts';
import { variablesIn } from './crontab-text.ts';
import { isPassing, versionManager } from './job.ts';
import type { Plan, Setting } from './plan.ts';
import { skippedTime } from './run-times.ts';
import { isBooted, lingers } from './systemd.ts';
import { when } from './when.ts';
import { mayWrite } from './writable.ts';

const shells = /\/(?:sh|bash|dash|zsh|ksh|ash|mksh)$/;

/** What the user must know before it is written: everything that would keep a run from being made, and told nobody. */
export function notesOf(plan: Plan, setting: Setting, crontab: Buffer | null): readonly string[] {
  const { words, zone, now, locale, place, user } = setting;
  const { job, cron } = plan;
  const notes: string[] = [];
  if (plan.missing.length > 0) notes.push(words.secrets(plan.missing));
  if (!mayWrite(plan.reports)) notes.push(words.reportsClosed(plan.reports, user));
  if (isPassing(job.node)) notes.push(words.nodePasses(job.node, versionManager(job.node)));
  else if (isPassing(job.script)) notes.push(words.scriptPasses(job.script, versionManager(job.script)));
  const skipped = skippedTime(cron, zone, now);
  if (skipped !== null) {
    const day = when(skipped.at, zone, locale).replace(/\s?\d\d:\d\d$/, '');
    notes.push(words.skipped(day, skipped.clock, crontab === null));
  }
  if (crontab === null) {
    if (!isBooted()) notes.push(words.notBooted);
    else if (!place.isSystem && !lingers(user)) notes.push(words.noLinger(user));
    return notes;
  }
  if (cronRuns() === false) notes.push(words.cronAbsent);
  const { CRON_TZ: ownZone, SHELL: shell } = variablesIn(crontab);
  if (ownZone !== undefined) notes.push(words.cronZone(ownZone));
  if (shell !== undefined && !shells.test(shell) && existsSync(shell)) notes.push(words.cronShell(shell));
  return notes;
}
