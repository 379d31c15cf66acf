import type { Ending } from '../../model/restart.ts';

/** What asked for the stop in which PM2 lost patience. */
export type StopContext = 'deploy' | 'stop' | 'cron' | 'watch' | 'memory-limit';

/** PM2 7: "… still alive after 1600ms, sending SIGKILL to 2 remaining pids"; 5 and 6: "… sending it SIGKILL now". */
const ownSigkill = /Process with pid \d+ still alive after \d+ ?ms, sending /;

export function isOwnSigkill(text: string): boolean {
  return ownSigkill.test(text);
}

/** Answers: did PM2 end it by SIGKILL because it did not stop in time? Also where a limit or a timer asked for the stop. */
export function ranOutOfTime({ cause, because }: Ending): boolean {
  return cause === 'stop-timeout' || because.some(({ text }) => isOwnSigkill(text));
}

/** Answers: who asked for that stop? From the lines quoted with it, and from what PM2 did next. */
export function stopContext({ because, next, cause }: Ending): StopContext {
  const says = (pattern: RegExp) => because.some(({ text }) => pattern.test(text));
  if (cause === 'cron' || says(/Deregistering a cron job on/)) return 'cron';
  if (cause === 'watch' || says(/Change detected on path /)) return 'watch';
  if (cause === 'memory-limit' || says(/exceeds --max-memory-restart value/)) return 'memory-limit';
  return next === 'left-down' ? 'stop' : 'deploy';
}
