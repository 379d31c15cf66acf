import { shellQuote } from '../../derive/printed/shell-quote.ts';
import type { Job } from './job.ts';

/**
 * The command as a crontab holds it, for the `/bin/sh` cron runs it with: everything absolute, nothing of a profile.
 */
export function jobCommand(job: Job): string {
  const words = [job.node, job.script, ...job.args].map(cronQuote);
  const env = job.env.map(([name, value]) => `${name}=${cronQuote(value)}`);
  return `cd ${cronQuote(job.folder)} && ${[...env, ...words].join(' ')}`;
}

/**
 * One word for sh inside a crontab. There `%` ends the command unless a backslash stands before it, which cron takes away
 * (crontab(5)); a backslash of the path itself must not stand right before that one, so the quotes are closed in between.
 */
export function cronQuote(word: string): string {
  return shellQuote(word).replaceAll('\\%', "\\''%").replaceAll('%', '\\%');
}
