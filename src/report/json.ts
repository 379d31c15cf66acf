import { gapWords } from '../derive/gap-words.ts';
import type { EvidenceRow, ProcessRow, Report } from '../model/report.ts';
import type { Json, Locale } from '../model/text.ts';
import { actionsJson, findingJson } from './findings-json.ts';
import { makeFmt } from './format.ts';
import { appJson, type Iso, integer, makeIso, short } from './json-values.ts';
import { killJson, unconfirmedJson } from './oom-json.ts';
import { proseToText } from './prose.ts';
import { restartsJson, storyJson } from './restarts-json.ts';
import { systemJson } from './system-json.ts';
import { type Context, makeSays } from './view/context.ts';
import { furniture } from './view/furniture.ts';
import { risksView } from './view/risks.ts';
import { type AuditWords, withGapWords } from './words.ts';

type JsonObject = { readonly [key: string]: Json };

/**
 * The report as JSON, `schema: "pm2-audit.report/1"`: bytes integers, ratios 0 to 1, times ISO 8601 with zone, null = not
 * known. Titles and sentences are in the reader's language; `args` hold the same facts as data.
 */
export function reportToJson(report: Report, locale: Locale, words: AuditWords): string {
  return `${JSON.stringify(reportJson(report, locale, words), null, 2)}\n`;
}

function reportJson(report: Report, locale: Locale, words: AuditWords): JsonObject {
  const iso = makeIso(report.utcOffsetMinutes);
  const fmt = makeFmt(locale, report.utcOffsetMinutes);
  const context: Context = {
    report,
    locale,
    fmt,
    words: furniture[locale],
    says: makeSays(report, locale, fmt, withGapWords(words)),
    top: report.processes.length,
  };
  return {
    schema: report.schema,
    tool: { name: report.tool.name, version: report.tool.version },
    locale,
    takenAt: iso(report.takenAt),
    window: { from: iso(report.window.from), to: iso(report.window.to) },
    host: hostJson(report, iso),
    verdict: report.verdict,
    score: report.score,
    grade: report.grade,
    past:
      report.past === null
        ? null
        : { takenAt: iso(report.past.takenAt), score: report.past.score, grade: report.past.grade },
    onlyApp: report.onlyApp,
    counts: { P0: report.counts.P0, P1: report.counts.P1, P2: report.counts.P2, P3: report.counts.P3 },
    evidence: report.evidence.map((row) => evidenceJson(row, locale, iso)),
    system: systemJson(report),
    daemons: report.daemons.map((daemon) => ({
      home: daemon.home,
      state: daemon.state,
      user: daemon.user,
      pid: daemon.pid,
      pm2Version: daemon.pm2Version,
      nodeVersion: daemon.nodeVersion,
      rssBytes: integer(daemon.rssBytes),
      startedAt: iso(daemon.startedAt),
    })),
    processes: report.processes.map((row) => processJson(row, iso)),
    modules: report.modules.map((row) => processJson(row, iso)),
    oomKills: report.oomKills?.map((kill) => killJson(kill, iso)) ?? null,
    unconfirmedKills: report.unconfirmedKills.map((item) => unconfirmedJson(item, iso)),
    ...restartsJson(report, iso),
    storage: storageJson(report),
    history: historyJson(report, iso),
    risks: risksJson(context),
    verdicts: report.verdicts.map(({ audit, outcome, missing, error }) => ({
      audit,
      outcome,
      missing,
      error,
    })),
    suppressed: report.suppressed.map((item) => ({
      audit: item.audit,
      app: item.app,
      until: iso(item.until),
      reason: item.reason,
      findings: item.findings,
      expired: item.expired,
    })),
    findings: report.findings.map((finding) => findingJson(context, finding, iso)),
    nextActions: {
      now: actionsJson(context, report.nextActions.now),
      today: actionsJson(context, report.nextActions.today),
      thisWeek: actionsJson(context, report.nextActions.thisWeek),
      ongoing: actionsJson(context, report.nextActions.ongoing),
    },
    nextCheckAt: iso(report.nextCheckAt),
    cost: {
      wallMs: integer(report.cost.wallMs),
      cpuMs: integer(report.cost.cpuMs),
      peakRssBytes: integer(report.cost.peakRssBytes),
    },
  };
}

function hostJson({ host }: Report, iso: Iso): JsonObject | null {
  if (host === null) return null;
  return {
    name: host.name,
    os: host.os,
    kernel: host.kernel,
    bootedAt: iso(host.bootedAt),
    cpus: host.cpus,
    nodeVersion: host.nodeVersion,
    container: host.container,
  };
}

function evidenceJson(row: EvidenceRow, locale: Locale, iso: Iso): JsonObject {
  const fmt = makeFmt(locale, 0);
  return {
    key: row.key,
    seen: row.seen,
    source: row.source,
    coversFrom: iso(row.covers.from),
    coversTo: iso(row.covers.to),
    gaps: row.gaps.map((gap) => ({
      subject: gap.subject,
      why: gap.why,
      tried: gap.tried.map(({ source, why, detail }) => ({ source, why, detail })),
      remedyId: gap.remedy,
      remedy:
        gapWords[locale].fix?.(
          {
            key: gap.key,
            why: gap.why,
            remedy: gap.remedy,
            partly: row.seen,
            subjects: [],
            tried: [],
            blinds: [],
            unexplained: 0,
          },
          fmt,
        ).title ?? gap.remedy,
    })),
  };
}

function processJson(row: ProcessRow, iso: Iso): JsonObject {
  const { app, story } = row;
  return {
    app: appJson(app.ref),
    pid: app.pid,
    status: app.status,
    execMode: app.execMode,
    interpreter: app.interpreter,
    nodeVersion: app.nodeVersion,
    startedAt: iso(app.startedAt),
    uptimeMs: integer(row.uptimeMs),
    rssBytes: integer(app.pm2RssBytes),
    treeRssBytes: integer(row.treeRssBytes),
    treePssBytes: integer(row.treePssBytes),
    treeSwapBytes: integer(row.treeSwapBytes),
    treeProcesses: row.treeProcesses,
    rankedBytes: integer(row.rankedBytes),
    rankedBy: row.rankedBy,
    cpuPercent: short(row.cpuPercent),
    memoryLimitBytes: integer(row.memoryLimitBytes),
    restarts: {
      counter: story?.counter ?? app.restartCounter,
      inWindow: story?.restarts.length ?? null,
      byCause: story === null ? null : { ...story.byCause },
      unexplained: story?.unexplained ?? null,
      unexplainedWhy: story?.unexplainedWhy ?? null,
      coversFrom: iso(story?.coversFrom ?? null),
      last: story?.last == null ? null : { at: iso(story.last.at), cause: story.last.cause },
      loops:
        story?.loops.map(({ from, to, restarts }) => ({ from: iso(from), to: iso(to), restarts })) ?? null,
      goesOn: story?.goesOn ?? null,
      ...storyJson(story, iso),
    },
    trend: trendJson(row, iso),
    memoryRank: row.memoryRank,
    restartRank: row.restartRank,
    flags: row.flags,
  };
}

/** null = no collector, or it has not seen this app lately. */
function trendJson({ trend }: ProcessRow, iso: Iso): Json {
  if (trend === null) return null;
  const { reach } = trend;
  return {
    kind: trend.kind,
    sure: trend.sure,
    bytesPerHour: integer(trend.bytesPerHour),
    bytesPerHourLow: integer(trend.lowPerHour),
    bytesPerHourHigh: integer(trend.highPerHour),
    reachesLimitAt: iso(reach?.at ?? null),
    interval: reach === null ? null : { earliest: iso(reach.earliest), latest: iso(reach.latest) },
    limit: reach === null ? null : { kind: reach.kind, bytes: integer(reach.bytes) },
    watchedFrom: iso(trend.from),
    watchedTo: iso(trend.to),
    ofEarlierProcess: trend.isOfEarlierLife,
    missingMs: integer(trend.missingMs),
  };
}

/** What a collector adds beside the trends of the apps; null = there is none. */
function historyJson({ history }: Report, iso: Iso): Json {
  if (history === null) return null;
  return {
    from: iso(history.from),
    to: iso(history.to),
    gaps: history.gaps.map(({ from, to }) => ({ from: iso(from), to: iso(to) })),
    disks: history.disks.map(({ mount, bytesPerDay, full }) => ({
      mount,
      growthBytesPerDay: integer(bytesPerDay),
      fullAt: iso(full?.at ?? null),
      interval: full === null ? null : { earliest: iso(full.earliest), latest: iso(full.latest) },
    })),
    weekAgo:
      history.weekAgo === null
        ? null
        : {
            at: iso(history.weekAgo.at),
            treeRssBytes: integer(history.weekAgo.thenBytes),
            nowTreeRssBytes: integer(history.weekAgo.nowBytes),
          },
    restartsOfWeeks: history.restartWeeks,
    daemons: history.daemons.map(({ home, kind, bytesPerDay, reach, from, to, missingMs }) => ({
      home,
      kind,
      growthBytesPerDay: integer(bytesPerDay),
      heavyAt: iso(reach?.at ?? null),
      interval: reach === null ? null : { earliest: iso(reach.earliest), latest: iso(reach.latest) },
      heavyBytes: integer(reach?.bytes ?? null),
      watchedFrom: iso(from),
      watchedTo: iso(to),
      missingMs: integer(missingMs),
    })),
  };
}

function storageJson({ storage, history }: Report): JsonObject | null {
  if (storage === null) return null;
  const rates = new Map<string, number>(
    (history?.logs ?? []).map(({ path, bytesPerDay }) => [path, bytesPerDay]),
  );
  const entry = (item: (typeof storage.top)[number]): JsonObject => ({
    path: item.path,
    kind: item.kind,
    app: appJson(item.app),
    bytes: integer(item.bytes),
    files: item.files,
    growthBytesPerDay: integer(rates.get(item.path) ?? null),
    complete: item.complete,
  });
  return {
    top: storage.top.map(entry),
    logs: storage.logs.map(entry),
    scannedBytes: integer(storage.scannedBytes),
    scannedFiles: storage.scannedFiles,
    complete: storage.complete,
  };
}

function risksJson(context: Context): JsonObject {
  const { risks } = context.report;
  const reasons = risksView(context).risks.map(({ reason }) => proseToText(reason));
  // The order in which risksView lists them.
  const [oom = '', crash = '', memoryLeak = '', dataLoss = ''] = reasons;
  const risk = (name: keyof typeof risks, reason: string): JsonObject => ({
    level: risks[name].level,
    reason,
    findings: risks[name].findings,
    missing: risks[name].missing,
  });
  return {
    memoryLeak: risk('memoryLeak', memoryLeak),
    crash: risk('crash', crash),
    oom: risk('oom', oom),
    dataLoss: risk('dataLoss', dataLoss),
  };
}
