import type { ProcessRow, Report } from '../../model/report.ts';
import { type Cause, causes } from '../../model/restart.ts';
import { type AppEntry, appEntries, appLabels, entryLimit, labelsKey } from './app-entries.ts';
import type { Labels, Metric, Sample } from './exposition.ts';

/** null as soon as one part is not known: half a sum is a wrong figure. */
function sum(figures: readonly (number | null)[]): number | null {
  return figures.reduce<number | null>(
    (total, figure) => (total === null || figure === null ? null : total + figure),
    0,
  );
}

/** The largest that is known; null = none is. */
function largest(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function smallest(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((figure) => figure !== null);
  return known.length === 0 ? null : Math.min(...known);
}

const isRunning = ({ app }: ProcessRow): boolean => app.pid !== null;
const windowCount = ({ story }: ProcessRow): number | null => story?.restarts.length ?? null;

/** Metrics of single apps: all instances of one name, namespace and home together. */
export function appMetrics(report: Report): readonly Metric[] {
  const { entries, omitted } = appEntries(report);
  const named = namedBy(report);
  const gauge = (
    name: string,
    help: string,
    value: (rows: readonly ProcessRow[]) => number | null,
  ): Metric => ({
    name: `pm2_audit_app_${name}`,
    type: 'gauge',
    help,
    samples: entries.map(({ labels, rows }) => ({ labels, value: value(rows) })),
  });
  return [
    gauge('instances', 'Instances PM2 keeps of this app.', (rows) => rows.length),
    gauge(
      'instances_online',
      'Instances that PM2 calls online.',
      (rows) => rows.filter(({ app }) => app.status === 'online').length,
    ),
    gauge(
      'instances_errored',
      'Instances that PM2 has given up.',
      (rows) => rows.filter(({ app }) => app.status === 'errored').length,
    ),
    gauge('processes', 'Processes: the instances and all their descendants.', (rows) =>
      sum(rows.map(({ treeProcesses }) => treeProcesses)),
    ),
    gauge(
      'memory_rss_bytes',
      'RSS of the instances and all their descendants; shared pages count once for each process.',
      (rows) => sum(rows.map(({ treeRssBytes }) => treeRssBytes)),
    ),
    gauge(
      'memory_pss_bytes',
      'PSS of the instances and all their descendants; shared pages count once.',
      (rows) => sum(rows.map(({ treePssBytes }) => treePssBytes)),
    ),
    gauge('memory_swap_bytes', 'Swap of the instances and all their descendants.', (rows) =>
      sum(rows.map(({ treeSwapBytes }) => treeSwapBytes)),
    ),
    gauge(
      'instance_memory_rss_bytes',
      'RSS of the main process of the largest instance, the figure that max_memory_restart looks at, as PM2 gives it.',
      (rows) => largest(rows.filter(isRunning).map(({ app }) => app.pm2RssBytes)),
    ),
    gauge(
      'instance_memory_limit_bytes',
      'Smallest memory limit of one instance: max_memory_restart or max-old-space-size.',
      (rows) => smallest(rows.map(({ memoryLimitBytes }) => memoryLimitBytes)),
    ),
    gauge('cpu_ratio', 'CPU use of all instances when the audit ran; 1 is one core.', (rows) => {
      const percent = sum(rows.filter(isRunning).map(({ cpuPercent }) => cpuPercent));
      return percent === null ? null : Math.round(percent * 100) / 10_000;
    }),
    gauge('uptime_seconds', 'Time since the youngest instance was started.', (rows) => {
      const ms = smallest(rows.map(({ uptimeMs }) => uptimeMs));
      return ms === null ? null : ms / 1000;
    }),
    gauge(
      'restarts',
      "Sum of PM2's restart counters; back to 0 when the app is deleted, reset or resurrected.",
      (rows) => sum(rows.map(({ story, app }) => story?.counter ?? app.restartCounter)),
    ),
    gauge('window_restarts', 'Restarts that were seen in the window of the report.', (rows) =>
      sum(rows.map(windowCount)),
    ),
    byCause(entries),
    gauge('restart_loop', '1 while the app restarts in a loop or waits in backoff.', (rows) =>
      flag(rows.map(({ story }) => story?.goesOn ?? null)),
    ),
    gauge('memory_leak', '1 while the floor of its memory rises without end; needs a history.', (rows) =>
      flag(
        rows.map(({ trend }) => (trend === null || trend.kind === 'unknown' ? null : trend.kind === 'leak')),
      ),
    ),
    gauge('findings', 'Findings that name this app.', (rows) => {
      const [first] = rows;
      return first === undefined ? null : (named.get(labelsKey(first.app.ref)) ?? 0);
    }),
    ...kills(report, entries),
    {
      name: 'pm2_audit_apps_omitted',
      type: 'gauge',
      help: `Apps without series of their own: those of lowest memory and restarts beyond ${entryLimit}.`,
      samples: [{ value: omitted }],
    },
  ];
}

/** 1 = one is, 0 = none is; null = nothing is known of any. */
function flag(states: readonly (boolean | null)[]): number | null {
  const known = states.filter((state) => state !== null);
  return known.length === 0 ? null : Number(known.includes(true));
}

/** Only causes that happened: thirteen series for every app would be mostly zeros. */
function byCause(entries: readonly AppEntry[]): Metric {
  const count = (rows: readonly ProcessRow[], cause: Cause): number =>
    rows.reduce((total, { story }) => total + (story?.byCause[cause] ?? 0), 0);
  return {
    name: 'pm2_audit_app_window_restarts_by_cause',
    type: 'gauge',
    help: 'Restarts in the window of the report by cause; causes that did not happen are absent.',
    samples: entries.flatMap(({ labels, rows }) =>
      causes.flatMap((cause): Sample[] => {
        const value = count(rows, cause);
        return value > 0 ? [{ labels: { ...labels, cause }, value }] : [];
      }),
    ),
  };
}

/** How many findings name each app, by its labels; asked once, for a finding may name a thousand apps. */
function namedBy({ findings }: Report): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { subject } of findings) {
    const apps = subject.kind === 'app' ? [subject.app] : subject.kind === 'apps' ? subject.apps : [];
    for (const key of new Set(apps.map(labelsKey))) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Also of apps that are gone since: a deployment must not hide a kill. Ties that are merely possible count for no app. */
function kills(report: Report, entries: readonly AppEntry[]): readonly Metric[] {
  if (report.oomKills === null) return [];
  const inWindow = report.oomKills.filter(
    ({ kill: { at } }) => at !== null && at >= report.window.from && at <= report.window.to,
  );
  const counts = new Map<string, { labels: Labels; value: number }>(
    entries.map(({ labels }) => [JSON.stringify(Object.values(labels)), { labels, value: 0 }]),
  );
  for (const { app, confidence } of inWindow) {
    if (app === null || (confidence !== 'certain' && confidence !== 'likely')) continue;
    const key = labelsKey(app);
    const known = counts.get(key) ?? { labels: appLabels(app), value: 0 };
    // The bound holds here as well; a kill of an app beyond it still counts in the total.
    if (counts.has(key) || counts.size < 2 * entryLimit)
      counts.set(key, { ...known, value: known.value + 1 });
  }
  return [
    {
      name: 'pm2_audit_app_window_oom_kills',
      type: 'gauge',
      help: 'OOM kills in the window of the report that are tied to this app for certain or likely.',
      samples: [...counts.values()],
    },
    {
      name: 'pm2_audit_window_oom_kills',
      type: 'gauge',
      help: 'OOM kills of the whole host in the window of the report, as the logs show them.',
      samples: [{ value: inWindow.length }],
    },
  ];
}
