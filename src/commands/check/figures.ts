import { appKey, processTrees } from '../../derive/apps/process-tree.ts';
import { killsInWindow } from '../../derive/kills/kills-in-window.ts';
import type { AnyAudit } from '../../model/audit.ts';
import type { Evidence } from '../../model/evidence.ts';
import { type Priority, priorities } from '../../model/finding.ts';
import type { ProcessRow, Report } from '../../model/report.ts';
import { type Figure, labelPart } from '../../report/check/perfdata.ts';
import { type Question, reaches } from './question.ts';

/** What the figures are made from. */
export interface Measured {
  readonly evidence: Evidence;
  readonly report: Report;
  readonly question: Question;
  readonly audits: readonly AnyAudit[];
  readonly limits: { readonly [audit: string]: { readonly [limit: string]: number } };
  readonly rows: readonly ProcessRow[];
  readonly tookMs: number;
}

/** Apps with figures of their own in the check of a whole host; `--app` has all of one. */
const shownApps = 10;

/** The figures of the host, or of the app that was asked for, the most telling first: a reader may cut the end. */
export function figuresOf(measured: Measured): readonly Figure[] {
  const { question, tookMs } = measured;
  const time: Figure = {
    label: 'check_time',
    value: tookMs / 1000,
    unit: 's',
    min: 0,
    max: question.timeoutMs / 1000,
  };
  return question.app === null
    ? [...hostFigures(measured), time, ...topApps(measured)]
    : [...appFigures(measured), time];
}

const sum = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>(
    (total, value) => (total === null || value === null ? null : total + value),
    0,
  );

function hostFigures(measured: Measured): readonly Figure[] {
  const { report, question, rows } = measured;
  const { host } = report;
  const online = report.daemons.some(({ state }) => state === 'online');
  const up = rows.filter(({ app }) => app.status === 'online').length;
  return [
    ...priorities.map(
      (priority): Figure => ({
        label: priority,
        value: report.counts[priority],
        unit: '',
        warn: reaches(priority, question.warning) ? 0 : null,
        crit: reaches(priority, question.critical) ? 0 : null,
        min: 0,
      }),
    ),
    { label: 'score', value: report.score, unit: '', min: 0, max: 100 },
    { label: 'apps_online', value: online ? up : null, unit: '', min: 0, max: rows.length },
    {
      label: 'memory_used',
      value: host === null ? null : host.memory.totalBytes - host.memory.availableBytes,
      unit: 'B',
      ...lines(measured, 'memory-high', host?.memory.totalBytes ?? null),
    },
    {
      label: 'swap_used',
      value: host === null || host.swap.totalBytes === 0 ? null : host.swap.usedBytes,
      unit: 'B',
      min: 0,
      max: host?.swap.totalBytes ?? null,
    },
    {
      label: 'oom_kills',
      value: report.oomKills && killsInWindow(report.oomKills, report.window).length,
      unit: '',
      min: 0,
    },
    ...(online ? restarts(rows) : []),
  ];
}

/** PM2's counter grows until the app is deleted; those of the window come and go. */
function restarts(rows: readonly ProcessRow[]): readonly Figure[] {
  return [
    { label: 'restarts', value: sum(rows.map(counterOf)), unit: 'c', min: 0 },
    {
      label: 'window_restarts',
      value: sum(rows.map(({ story }) => story?.restarts.length ?? null)),
      unit: '',
      min: 0,
    },
  ];
}

const counterOf = ({ story, app }: ProcessRow): number => story?.counter ?? app.restartCounter;

function appFigures(measured: Measured): readonly Figure[] {
  const { report, rows } = measured;
  if (rows.length === 0) return [];
  const names = new Set(rows.map(({ app }) => appKey(app.ref)));
  const kills =
    report.oomKills &&
    killsInWindow(report.oomKills, report.window).filter(({ app }) => app !== null && names.has(appKey(app)));
  const mains = mainRss(measured);
  const limits = rows.flatMap(({ app: { settings } }) => settings.maxMemoryRestartBytes ?? []);
  const uptimes = rows.flatMap(({ uptimeMs }) => uptimeMs ?? []);
  return [
    {
      label: 'instances_online',
      value: rows.filter(({ app }) => app.status === 'online').length,
      unit: '',
      min: 0,
      max: rows.length,
    },
    {
      label: 'memory',
      value: sum(rows.map(({ rankedBytes, app }) => (app.pid === null ? 0 : rankedBytes))),
      unit: 'B',
      min: 0,
    },
    // The figure PM2's limit looks at: the main process of the largest instance.
    {
      label: 'main_rss',
      value: mains.length === 0 ? null : Math.max(...mains),
      unit: 'B',
      ...(limits.length === 0 ? { min: 0 } : lines(measured, 'app-memory-near-limit', Math.min(...limits))),
    },
    {
      label: 'cpu',
      value: sum(rows.map(({ cpuPercent, app }) => (app.pid === null ? 0 : cpuPercent))),
      unit: '%',
      min: 0,
    },
    ...restarts(rows),
    { label: 'oom_kills', value: kills?.length ?? null, unit: '', min: 0 },
    { label: 'uptime', value: uptimes.length === 0 ? null : Math.min(...uptimes) / 1000, unit: 's', min: 0 },
  ];
}

function mainRss({ evidence, rows }: Measured): readonly number[] {
  const { daemons, processes } = evidence.items;
  const trees = daemons.seen && processes.seen ? processTrees(daemons.value, processes.value).byApp : null;
  return rows.flatMap(({ app }) =>
    app.pid === null ? [] : (trees?.get(appKey(app.ref))?.main?.rssBytes ?? app.pm2RssBytes ?? []),
  );
}

/**
 * Where this figure changes the state: an audit finds P2 at its `watch` and P1 at its `warn`, and the question says which
 * priority is WARNING and which CRITICAL.
 */
function lines({ question, audits, limits }: Measured, id: string, whole: number | null): Partial<Figure> {
  if (whole === null) return { min: 0 };
  const ratio = (name: string): number | null =>
    limits[id]?.[name] ?? audits.find((audit) => audit.id === id)?.limits[name]?.value ?? null;
  const levels: readonly (readonly [Priority, number | null])[] = [
    ['P2', ratio('watch')],
    ['P1', ratio('warn')],
  ];
  const first = (limit: Question['warning']): number | null => {
    const level = levels.find(([priority, value]) => value !== null && reaches(priority, limit))?.[1] ?? null;
    return level === null ? null : Math.round(whole * level);
  };
  return { warn: first(question.warning), crit: first(question.critical), min: 0, max: whole };
}

/** Memory and counter of the apps that hold most, all instances of a name together, in the order of their names. */
function topApps({ rows }: Measured): readonly Figure[] {
  const groups = new Map<string, ProcessRow[]>();
  for (const row of rows) {
    const key = labelPart(row.app.ref.name);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups]
    .map(([name, own]) => ({
      name,
      own,
      bytes: sum(own.map(({ rankedBytes, app }) => (app.pid === null ? 0 : rankedBytes))),
    }))
    .toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1) || (a.name < b.name ? -1 : 1))
    .slice(0, shownApps)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, own, bytes }): readonly Figure[] => [
      { label: `${name}_memory`, value: bytes, unit: 'B', min: 0 },
      { label: `${name}_restarts`, value: sum(own.map(counterOf)), unit: 'c', min: 0 },
    ]);
}
