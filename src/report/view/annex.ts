import type { ProcessRow } from '../../model/report.ts';
import { zone } from '../format.ts';
import { appCell, runtime } from './app-cell.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import type { AnnexRow, AnnexView } from './model.ts';
import { counterOf, isSeen, restartsOf } from './processes.ts';
import { annexWords } from './words/annex.ts';

const MB = 1024 * 1024;
const notKnown = '?';

/** All processes with all figures, then PM2's modules. */
export function annexView(context: Context): AnnexView {
  const { report, fmt } = context;
  const say = annexWords[context.locale](fmt);
  const homes = new Set([...report.processes, ...report.modules].map(({ app }) => app.ref.home));
  const hasHomes = homes.size > 1;
  return {
    caption: say.caption(report.processes.length),
    hasHomes,
    rows: report.processes
      .toSorted((a, b) => a.memoryRank - b.memoryRank)
      .map((row) => annexRow(context, row, hasHomes)),
    modulesCaption: report.modules.length === 0 ? null : say.modules(report.modules.length),
    modules: report.modules.map((row) => annexRow(context, row, hasHomes)),
    empty: report.processes.length + report.modules.length === 0 ? say.empty : null,
  };
}

function annexRow(context: Context, row: ProcessRow, hasHomes: boolean): AnnexRow {
  const { fmt, words } = context;
  const { app } = row;
  const cell = appCell(context, row);
  const absent = app.pid === null ? words.notApplicable : notKnown;
  const megabytes = (bytes: number | null): string =>
    bytes === null ? absent : fmt.count(Math.round(bytes / MB));
  return {
    home: hasHomes ? app.ref.home : null,
    id: String(app.ref.pmId),
    name: app.ref.name,
    status: cell.status,
    statusTone: cell.statusTone,
    runtime: runtime(app),
    pid: app.pid === null ? words.notApplicable : String(app.pid),
    processes: row.treeProcesses === null ? absent : fmt.count(row.treeProcesses),
    pm2: megabytes(app.pm2RssBytes),
    rss: megabytes(row.treeRssBytes),
    pss: megabytes(row.treePssBytes),
    swap: megabytes(row.treeSwapBytes),
    cpu: row.cpuPercent === null ? absent : row.cpuPercent.toFixed(1),
    limit: row.memoryLimitBytes === null ? words.none : fmt.bytes(row.memoryLimitBytes),
    up: row.uptimeMs === null || app.pid === null ? words.notApplicable : fmt.duration(row.uptimeMs),
    counter: fmt.count(counterOf(row)),
    inWindow: isSeen(row) ? fmt.count(restartsOf(row)) : notKnown,
  };
}

/** How the report was made: tool, time, cost, what was not touched, units. */
export function footerView(context: Context): readonly Prose[] {
  const { report, fmt } = context;
  const say = annexWords[context.locale](fmt);
  const { cost } = report;
  return [
    say.madeBy({
      tool: report.tool.name,
      version: report.tool.version,
      host: report.host === null ? context.words.hostUnknown : fmt.name(report.host.name),
      wall: fmt.duration(cost.wallMs),
      cpu: fmt.duration(cost.cpuMs),
      memory: fmt.bytes(cost.peakRssBytes),
    }),
    say.readOnly,
    say.units(zone(report.utcOffsetMinutes), report.schema),
  ];
}
