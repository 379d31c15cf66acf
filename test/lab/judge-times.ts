import type { SaidRestart } from './judge.ts';
import type { AppTruth, Note } from './scenarios/scenario.ts';

/** PM2 writes `starting` before it makes the process, and its log has whole seconds: 2 s hold both on a busy machine. */
const slackMs = 2_000;

/**
 * Holds times and uptimes against the starts that the app itself noted: each end lies between two of its starts, and the
 * uptime said is that of the process which started last before.
 */
export function judgeTimes(
  app: AppTruth,
  told: readonly SaidRestart[],
  notes: readonly Note[],
): readonly string[] {
  const slack = Math.max(slackMs, (app.clockMs ?? 0) + slackMs);
  const wrong: string[] = [];
  const first = notes[0]?.at;
  const last = notes.at(-1)?.at;
  if (first === undefined || last === undefined) return [];
  for (const { at, cause, next, uptimeMs } of told) {
    const end = Date.parse(at);
    const isOngoing = app.ongoing?.some((each) => each === cause) === true;
    // A reload lets the old worker end after the new one has begun: listen_timeout and kill_timeout lie between.
    const late = next === 'replaced' ? 12_000 : slack;
    if (end < first - slack || (end > last + late && !isOngoing))
      wrong.push(`${app.name}: it did not end at ${at}`);
    if (uptimeMs === null) continue;
    const fits = notes.some((note) => Math.abs(end - note.at - uptimeMs) <= slack && note.at <= end + slack);
    if (!fits && !isOngoing)
      wrong.push(`${app.name}: it had not run for ${uptimeMs} ms when it ended at ${at}`);
  }
  return wrong;
}
