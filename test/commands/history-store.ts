/** A store filled by code, and the verbs run in this process with a terminal that remembers. */
import { saveReport } from '../../src/history/sqlite.ts';
import type { AppSample, HistoryFacts } from '../../src/model/history.ts';
import type { AppRef } from '../../src/model/pm2.ts';
import type { Json } from '../../src/model/text.ts';
import type { Terminal } from '../../src/terminal.ts';
import { c, minute } from '../factories.ts';
import {
  appSample,
  collector,
  driver,
  MB,
  processSample,
  sample,
  tempPath,
  wideDisk,
} from '../history/factory.ts';

export interface FakeApp {
  readonly app: AppRef;
  /** Bytes of the tree at so many ms before the end; null = no process then. */
  readonly bytes: (beforeMs: number) => number | null;
  readonly restarts?: (beforeMs: number) => number;
  readonly startedMs?: number;
}

export interface Filled {
  readonly path: string;
  readonly end: number;
}

/** Samples a minute apart for `hours`, up to now, but for those that `isLost` names. */
export function fill(
  apps: readonly FakeApp[],
  hours: number,
  options: {
    readonly isLost?: (beforeMs: number) => boolean;
    readonly events?: readonly (readonly [beforeMs: number, facts: HistoryFacts])[];
    readonly endMs?: number;
  } = {},
): Filled {
  const path = tempPath();
  const end = Math.floor((Date.now() - (options.endMs ?? 0)) / 1000) * 1000;
  const begin = end - hours * 60 * minute;
  const store = collector(path, { now: begin, everyMs: minute });
  for (let at = begin; at <= end; at += minute) {
    const before = end - at;
    if (options.isLost?.(before)) continue;
    const rows = apps.map(({ app, bytes, restarts }): AppSample => {
      const size = sizeOf(bytes(before));
      const counter = restarts?.(before) ?? 0;
      return size === null
        ? appSample({
            app,
            status: 'stopped',
            pid: null,
            treeRssBytes: null,
            pm2RssBytes: null,
            processes: null,
            restartCounter: counter,
          })
        : appSample({
            app,
            treeRssBytes: size,
            pm2RssBytes: size,
            restartCounter: counter,
            pid: 100 + app.pmId,
          });
    });
    const processes = apps.flatMap(({ app, bytes, startedMs }) => {
      const size = sizeOf(bytes(before));
      if (size === null) return [];
      return [
        processSample({
          app,
          home: app.home,
          pid: 100 + app.pmId,
          startedAt: end - (startedMs ?? hours * 60 * minute),
          rssBytes: size,
        }),
      ];
    });
    const host = {
      memoryTotalBytes: 4096 * MB,
      memoryAvailableBytes: 600 * MB,
      swapTotalBytes: 0,
      swapUsedBytes: 0,
      memorySomePercent: null,
      memoryFullPercent: null,
      load1: null,
    };
    const written = store.write({ at, sample: sample(at, { apps: rows, processes, host }) });
    if (!written.kept) throw written.problem;
  }
  const events = (options.events ?? []).map(([before, facts], index) => ({
    key: `test:${index}`,
    at: end - before,
    facts,
  }));
  const written = store.write({ at: end, events });
  if (!written.kept) throw written.problem;
  store.end();
  store.close();
  return { path, end };
}

function sizeOf(bytes: number | null): number | null {
  return bytes === null ? null : Math.round(bytes);
}

export function keep(path: string, host: string, takenAt: number, summary: Json): void {
  saveReport(
    driver,
    path,
    { takenAt, host: c(host), verdict: 'healthy', score: 100, grade: 'A', summary },
    { disk: wideDisk },
  );
}

export interface Said {
  readonly terminal: Terminal;
  out(): string;
}

export function listen(columns = 80, color = false): Said {
  let text = '';
  const terminal: Terminal = {
    stdout: (more) => {
      text += more;
    },
    stderr: () => {},
    progress: () => {},
    color,
    columns,
  };
  return { terminal, out: () => text };
}
