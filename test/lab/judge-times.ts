import type { SaidRestart } from './judge.ts';
import type { AppTruth, Note } from './scenarios/scenario.ts';

/** The log has whole seconds. */
const slackMs = 2_000;
/** PM2 writes `starting` before it makes the process: with ninety apps at once on a busy machine, long before. */
const startLagMs = 5_000;

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
    // One that PM2 starts while its daemon is being ended never comes to note its start.
    if (cause === 'daemon-restart' && uptimeMs < slackMs) continue;
    const started = end - uptimeMs;
    const fits = notes.some(
      ({ at: noted }) => noted >= started - slack && noted <= started + startLagMs + slack,
    );
    if (!fits && !isOngoing)
      wrong.push(`${app.name}: it had not run for ${uptimeMs} ms when it ended at ${at}`);
  }
  return wrong;
}
