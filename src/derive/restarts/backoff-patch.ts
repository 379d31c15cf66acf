import type { Fix } from '../../model/finding.ts';
import type { App } from '../../model/pm2.ts';

/** The one delay in all advice: 100 ms, then 1.5 times longer after each failure, at most 15 s (lib/God.js 7.0.4). */
export const backoffMs = 100;

/** Neither a growing nor a fixed delay between a failure and the next start. */
export function hasNoDelay(app: App): boolean {
  return app.settings.expBackoffRestartDelayMs === 0 && app.settings.restartDelayMs === 0;
}

/** One entry an app name: the ecosystem file has one for all instances. */
export function backoffPatch(apps: readonly App[]): Fix {
  return {
    kind: 'ecosystem-patch',
    patches: apps.map((app) => ({
      app: app.ref,
      set: [{ setting: 'exp_backoff_restart_delay', value: backoffMs, previous: null }],
    })),
  };
}
