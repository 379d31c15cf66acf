import { type Priority, priorities } from '../../model/finding.ts';
import type { EpochMs, Json } from '../../model/text.ts';
import { appNameKey, type Problem, type ReportFacts, readReportFacts } from '../compare/report-facts.ts';
import {
  field,
  isRecord,
  listAt,
  numberAt,
  type Path,
  textAt,
  WrongField,
  wordAt,
} from '../compare/untrusted.ts';

/** A P0 or P1 that a channel was told of. */
export interface Telling {
  /** `problemKey` */
  readonly problem: string;
  readonly priority: Priority;
  readonly at: EpochMs;
  /** It came as new, or as more urgent than before; false = it stood already. */
  readonly came: boolean;
}

/** A problem that was told of and that the report told last could not judge: not gone, only out of sight. */
export interface Carried {
  readonly problem: Problem;
  readonly since: EpochMs;
}

/** What a channel knows of one host. */
export interface Told {
  /** When the last message went out; null = none so far: it was silent about a healthy host. */
  readonly sentAt: EpochMs | null;
  /** `reportSummary` of the report told last. */
  readonly summary: Json;
  readonly carried: readonly Carried[];
  /** Of the last 24 hours. */
  readonly tellings: readonly Telling[];
  /** Restart counters that went back since (`pm2 reset`, `pm2 delete`): from there they count. */
  readonly rebased: readonly { readonly app: string; readonly restarts: number }[];
}

export function problemKey({ audit, subject }: Problem): string {
  return `${audit}\n${subject.key}`;
}

/** The report told last, as the channel knows it: with what was only out of sight, and with counters that went back. */
export function knownFacts(told: Told): ReportFacts | null {
  const read = readReportFacts(told.summary);
  if (!read.ok) return null;
  const { facts } = read;
  const there = new Set(facts.problems.map(problemKey));
  const rebased = new Map(told.rebased.map(({ app, restarts }) => [app, restarts]));
  return {
    ...facts,
    problems: [
      ...facts.problems,
      ...told.carried.map(({ problem }) => problem).filter((problem) => !there.has(problemKey(problem))),
    ],
    apps: facts.apps.map((app) => ({ ...app, restarts: rebased.get(appNameKey(app)) ?? app.restarts })),
  };
}

export function toldToJson({ sentAt, summary, carried, tellings, rebased }: Told): Json {
  return {
    version: 1,
    sentAt,
    summary,
    carried: carried.map(({ problem, since }) => ({ ...problemToJson(problem), since })),
    tellings: tellings.map(({ problem, priority, at, came }) => ({ problem, priority, at, came })),
    rebased: rebased.map(({ app, restarts }) => ({ app, restarts })),
  };
}

const kinds = ['app', 'daemon', 'process', 'unit', 'path', 'host', 'evidence'] as const;

/** null = nothing, or not as we write it: then the channel counts as never told. */
export function toldFromJson(json: Json | null): Told | null {
  if (json === null) return null;
  const root: Path = { value: json, name: '' };
  try {
    if (numberAt(field(root, 'version')) !== 1) return null;
    const summary = isRecord(json) ? json['summary'] : undefined;
    return {
      sentAt: numberAt(field(root, 'sentAt')),
      summary: isJson(summary) ? summary : null,
      carried: listAt(field(root, 'carried')).map(carriedOf),
      tellings: listAt(field(root, 'tellings')).map((telling) => ({
        problem: textAt(field(telling, 'problem')),
        priority: wordAt(field(telling, 'priority'), priorities),
        at: numberAt(field(telling, 'at')) ?? 0,
        came: field(telling, 'came').value === true,
      })),
      rebased: listAt(field(root, 'rebased')).map((entry) => ({
        app: textAt(field(entry, 'app')),
        restarts: numberAt(field(entry, 'restarts')) ?? 0,
      })),
    };
  } catch (error) {
    if (!(error instanceof WrongField)) throw error;
    return null;
  }
}

/** It was parsed from JSON, so there is nothing in it that JSON does not have. */
function isJson(value: unknown): value is Json {
  return value !== undefined;
}

function carriedOf(carried: Path): Carried {
  return { since: numberAt(field(carried, 'since')) ?? 0, problem: problemFromJson(carried) };
}

export function problemToJson({ audit, priority, subject }: Problem): { readonly [key: string]: Json } {
  const { key, kind, text, app } = subject;
  return {
    audit,
    priority,
    subject: {
      key,
      kind,
      text,
      app: app === null ? null : { home: app.home, namespace: app.namespace, name: app.name },
    },
  };
}

/** Throws WrongField. */
export function problemFromJson(problem: Path): Problem {
  const subject = field(problem, 'subject');
  const app = field(subject, 'app');
  return {
    audit: textAt(field(problem, 'audit')),
    priority: wordAt(field(problem, 'priority'), priorities),
    subject: {
      key: textAt(field(subject, 'key')),
      kind: wordAt(field(subject, 'kind'), kinds),
      text: textAt(field(subject, 'text')),
      app:
        app.value === null
          ? null
          : {
              home: textAt(field(app, 'home')),
              namespace: textAt(field(app, 'namespace')),
              name: textAt(field(app, 'name')),
            },
    },
  };
}
