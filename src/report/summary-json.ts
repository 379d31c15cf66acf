import type { Subject } from '../model/finding.ts';
import type { ProcessRow, Report } from '../model/report.ts';
import type { Json } from '../model/text.ts';
import { appJson, type Iso, integer, makeIso } from './json-values.ts';

type JsonObject = { readonly [key: string]: Json };

/**
 * What is kept of a report for comparisons: the fields of `pm2-audit.report/1` that hold ids and figures, under the same
 * names, so one reader reads both. No sentences and no quoted lines: they fill a store and say nothing more.
 */
export function reportSummary(report: Report): JsonObject {
  const iso = makeIso(report.utcOffsetMinutes);
  return {
    schema: report.schema,
    tool: { name: report.tool.name, version: report.tool.version },
    takenAt: iso(report.takenAt),
    window: { from: iso(report.window.from), to: iso(report.window.to) },
    host: report.host === null ? null : { name: report.host.name },
    verdict: report.verdict,
    score: report.score,
    grade: report.grade,
    onlyApp: report.onlyApp,
    counts: { P0: report.counts.P0, P1: report.counts.P1, P2: report.counts.P2, P3: report.counts.P3 },
    daemons: report.daemons.map(({ home, state }) => ({ home, state })),
    processes: report.processes.map((row) => processJson(row, iso)),
    modules: report.modules.map((row) => processJson(row, iso)),
    oomKills:
      report.oomKills?.map(({ kill, app }) => ({
        at: iso(kill.at),
        pid: kill.pid,
        comm: kill.comm,
        app: appJson(app),
      })) ?? null,
    verdicts: report.verdicts.map(({ audit, outcome }) => ({ audit, outcome })),
    suppressed: report.suppressed.map(({ audit, app, findings }) => ({ audit, app, findings })),
    findings: report.findings.map(({ id, audit, priority, subject, args }) => ({
      id,
      audit,
      priority,
      subject: subjectJson(subject),
      args,
    })),
  };
}

function processJson({ app, treeRssBytes, story }: ProcessRow, iso: Iso): JsonObject {
  return {
    app: appJson(app.ref),
    treeRssBytes: integer(treeRssBytes),
    maxMemoryRestartBytes: integer(app.settings.maxMemoryRestartBytes),
    restarts: {
      counter: story?.counter ?? app.restartCounter,
      last: story?.last == null ? null : { at: iso(story.last.at), cause: story.last.cause },
    },
  };
}

function subjectJson(subject: Subject): JsonObject {
  switch (subject.kind) {
    case 'app':
      return { kind: 'app', app: appJson(subject.app) };
    case 'apps':
      return { kind: 'apps', apps: subject.apps.map((app) => appJson(app)) };
    default:
      return { ...subject };
  }
}
