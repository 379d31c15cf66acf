import { hostname } from 'node:os';
import { refKey } from '../../derive/past/outlook.ts';
import type { HistoryReader } from '../../history/store.ts';
import { type Cause, causes } from '../../model/restart.ts';
import type { EpochMs, Json } from '../../model/text.ts';

/** What the newest kept report knows of an app and samples do not. */
export interface ReportedApp {
  readonly maxMemoryRestartBytes: number | null;
  readonly last: { readonly at: EpochMs; readonly cause: Cause } | null;
}

/** By `refKey`; empty when no report of this host is kept. What is not as we write it is left out. */
export function reportedApps(reader: HistoryReader): ReadonlyMap<string, ReportedApp> {
  const summary = reader.reports({ host: hostname(), limit: 1 })[0]?.summary ?? null;
  const rows = [...list(get(summary, 'processes')), ...list(get(summary, 'modules'))];
  return new Map(
    rows.flatMap((row) => {
      const app = get(row, 'app');
      const [home, pmId, name, namespace] = ['home', 'pmId', 'name', 'namespace'].map((key) => get(app, key));
      const limit = get(row, 'maxMemoryRestartBytes');
      const last = get(get(row, 'restarts'), 'last');
      const at = get(last, 'at');
      const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
      const cause = causes.find((known) => known === get(last, 'cause'));
      return [
        [
          [home, pmId, name, namespace].join('\n'),
          {
            maxMemoryRestartBytes: typeof limit === 'number' ? limit : null,
            last: Number.isFinite(time) && cause !== undefined ? { at: time, cause } : null,
          },
        ] as const,
      ];
    }),
  );
}

/** The key of an app in that map. */
export const reportedKey = refKey;

function list(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function get(value: Json, key: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  for (const [name, held] of Object.entries(value)) if (name === key) return held;
  return null;
}
