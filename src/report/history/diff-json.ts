import type { AppName, KillFacts, Problem, ReportFacts } from '../../derive/compare/report-facts.ts';
import {
  changeLimits,
  type Doubt,
  type FigureChange,
  type ReportDiff,
  type Shift,
} from '../../derive/report-diff.ts';
import type { Json } from '../../model/text.ts';
import type { Iso } from '../json-values.ts';

type JsonObject = { readonly [key: string]: Json };

/** `diff --json`: schema `pm2-audit.diff/1`. Bytes are integers, times ISO 8601 with zone, null = not known. */
export function diffJson(
  diff: ReportDiff,
  sources: { readonly before: string; readonly after: string },
  tool: { readonly name: string; readonly version: string },
  iso: Iso,
): JsonObject {
  return {
    schema: 'pm2-audit.diff/1',
    tool: { name: tool.name, version: tool.version },
    host: diff.before.host,
    before: headJson(diff.before, sources.before, iso),
    after: headJson(diff.after, sources.after, iso),
    isWorse: diff.isWorse,
    verdictChange: diff.verdict,
    scoreChange:
      diff.before.score === null || diff.after.score === null ? null : diff.after.score - diff.before.score,
    new: diff.fresh.map(problemJson),
    worse: diff.worse.map(shiftJson),
    better: diff.better.map(shiftJson),
    gone: diff.gone.map(problemJson),
    perhapsNew: diff.perhapsFresh.map(doubtJson),
    perhapsGone: diff.perhapsGone.map(doubtJson),
    oomKills: diff.kills?.map((kill) => killJson(kill, iso)) ?? null,
    apps: { came: diff.appsCame.map(nameJson), went: diff.appsWent.map(nameJson) },
    memory: {
      atLeast: { ratio: changeLimits.memoryRatio, bytes: changeLimits.memoryBytes },
      changes: diff.memory.map(({ from, to, ...app }) => ({
        app: nameJson(app),
        fromBytes: Math.round(from),
        toBytes: Math.round(to),
      })),
    },
    restarts: { atLeast: changeLimits.restarts, changes: diff.restarts.map(changeJson) },
  };
}

function headJson({ takenAt, verdict, score, grade }: ReportFacts, source: string, iso: Iso): JsonObject {
  return { takenAt: iso(takenAt), source, verdict, score, grade };
}

function nameJson({ home, namespace, name }: AppName): JsonObject {
  return { home, namespace, name };
}

function problemJson({ audit, priority, subject }: Problem): JsonObject {
  return {
    audit,
    priority,
    subject: {
      kind: subject.kind,
      app: subject.app === null ? null : nameJson(subject.app),
      text: subject.text,
    },
  };
}

function shiftJson(shift: Shift): JsonObject {
  return { ...problemJson(shift), from: shift.from, to: shift.to };
}

function doubtJson(doubt: Doubt): JsonObject {
  return { ...problemJson(doubt), why: doubt.why };
}

function changeJson({ from, to, ...app }: FigureChange): JsonObject {
  return { app: nameJson(app), from, to };
}

function killJson({ at, pid, comm, app }: KillFacts, iso: Iso): JsonObject {
  return { at: iso(at), pid, comm, app: app === null ? null : nameJson(app) };
}
