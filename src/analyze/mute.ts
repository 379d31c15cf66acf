import type { Subject } from '../model/finding.ts';
import type { AppRef } from '../model/pm2.ts';
import type { Suppressed } from '../model/report.ts';
import type { EpochMs } from '../model/text.ts';

/** One `ignore` entry of the configuration. */
export interface Ignore {
  readonly audit: string;
  /** Name or PM2 id; null or absent = every app. */
  readonly app?: string | number | null;
  /** From this moment on the finding counts again; null or absent = no end. */
  readonly until?: EpochMs | null;
  readonly reason: string;
}

/** Answers: does this text name this app, by name or by PM2's id? */
export function isNamed(app: AppRef, wanted: string | number): boolean {
  return app.name === String(wanted) || String(app.pmId) === String(wanted);
}

/** Answers: is this about the app, or about something all apps share? */
export function concerns(subject: Subject, wanted: string | number): boolean {
  if (subject.kind === 'app') return isNamed(subject.app, wanted);
  return subject.kind !== 'apps' || subject.apps.some((app) => isNamed(app, wanted));
}

/** A finding about several apps is muted for one of them only when it is about no other. */
function covers(subject: Subject, app: string | number | null): boolean {
  if (app === null) return true;
  if (subject.kind === 'app') return isNamed(subject.app, app);
  return subject.kind === 'apps' && subject.apps.every((each) => isNamed(each, app));
}

/** Splits findings into those that count and those the user mutes, and says how many each entry muted. */
export function mute<T extends { readonly audit: string; readonly subject: Subject }>(
  found: readonly T[],
  ignore: readonly Ignore[],
  now: EpochMs,
): { readonly kept: readonly T[]; readonly suppressed: readonly Suppressed[] } {
  const muted = new Set<T>();
  const suppressed = ignore.map((entry) => {
    const app = entry.app ?? null;
    const until = entry.until ?? null;
    const expired = until !== null && now >= until;
    const hits = expired
      ? []
      : found.filter((item) => item.audit === entry.audit && !muted.has(item) && covers(item.subject, app));
    for (const hit of hits) muted.add(hit);
    return {
      audit: entry.audit,
      app: app === null ? null : String(app),
      until,
      reason: entry.reason,
      findings: hits.length,
      expired,
    };
  });
  return { kept: found.filter((item) => !muted.has(item)), suppressed };
}
