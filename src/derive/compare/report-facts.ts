import { type Priority, priorities } from '../../model/finding.ts';
import type { AuditVerdict, Grade, VerdictWord } from '../../model/report.ts';
import type { EpochMs } from '../../model/text.ts';
import { field, isRecord, listAt, numberAt, type Path, textAt, WrongField, wordAt } from './untrusted.ts';

/** An app over all its instances: PM2's ids change with every `pm2 delete`, home, namespace and name do not. */
export interface AppName {
  readonly home: string;
  readonly namespace: string;
  readonly name: string;
}

/** What one problem is about, apart from ids, pids and order. `key` is the same in every report of the same thing. */
export interface ProblemSubject {
  readonly key: string;
  readonly kind: 'app' | 'daemon' | 'process' | 'unit' | 'path' | 'host' | 'evidence';
  /** null unless `app`. */
  readonly app: AppName | null;
  /** Home, command, unit, path or evidence key; '' for the host, the name for an app. */
  readonly text: string;
}

/** One audit about one subject; the most urgent of its findings. */
export interface Problem {
  readonly audit: string;
  readonly priority: Priority;
  readonly subject: ProblemSubject;
}

export interface AppFacts extends AppName {
  readonly instances: number;
  /** RSS of all their process trees; null = not known of one of them. */
  readonly treeRssBytes: number | null;
  /** PM2's counters together; null = not known of one of them. */
  readonly restarts: number | null;
}

export interface KillFacts {
  readonly at: EpochMs | null;
  readonly pid: number | null;
  readonly comm: string | null;
  readonly app: AppName | null;
}

/** What is compared of a report: ids and figures, nothing in words, so its language does not matter. */
export interface ReportFacts {
  /** '' = the host's facts could not be read: nobody knows which one it is. */
  readonly host: string;
  readonly takenAt: EpochMs;
  /** The host's zone then, minutes east of UTC. */
  readonly utcOffsetMinutes: number;
  readonly verdict: VerdictWord;
  readonly score: number | null;
  readonly grade: Grade | null;
  readonly onlyApp: string | null;
  /** Homes whose daemon gave its list. */
  readonly homes: ReadonlySet<string>;
  /** By audit id. */
  readonly outcomes: ReadonlyMap<string, AuditVerdict['outcome']>;
  /** Findings that the configuration muted. `app` null = of every app. */
  readonly muted: readonly { readonly audit: string; readonly app: string | null }[];
  readonly problems: readonly Problem[];
  readonly apps: readonly AppFacts[];
  /** null = no source of kills could be read. */
  readonly kills: readonly KillFacts[] | null;
}

export const reportSchema = 'pm2-audit.report/1';
/** Written by analyze/ beside the audits, so it has no verdict of its own. */
export const gapAuditId = 'evidence-gap';

const verdictWords = [
  'critical',
  'attention',
  'healthy',
  'unknown',
] as const satisfies readonly VerdictWord[];
const grades = ['A', 'B', 'C', 'D', 'E', 'F'] as const satisfies readonly Grade[];
const outcomes = ['pass', 'fail', 'not-applicable', 'blind', 'error'] as const;
const singleKinds = ['daemon', 'process', 'unit', 'path'] as const;
const textOf = { daemon: 'home', process: 'comm', unit: 'unit', path: 'path' } as const;

/** `other-schema`: JSON, but not a report that we know · `wrong`: a field that a report must have is not as it must be. */
export type Unreadable =
  | { readonly why: 'other-schema'; readonly schema: string | null }
  | { readonly why: 'wrong'; readonly field: string };

export type ReadFacts =
  | { readonly ok: true; readonly facts: ReportFacts }
  | { readonly ok: false; readonly problem: Unreadable };

/** Answers: what does this JSON of a report say? It may come from anywhere: everything is looked at before it is believed. */
export function readReportFacts(json: unknown): ReadFacts {
  const schema = isRecord(json) && typeof json['schema'] === 'string' ? json['schema'] : null;
  if (!isRecord(json) || schema !== reportSchema)
    return { ok: false, problem: { why: 'other-schema', schema } };
  try {
    return { ok: true, facts: factsOf(json) };
  } catch (error) {
    if (!(error instanceof WrongField)) throw error;
    return { ok: false, problem: { why: 'wrong', field: error.field } };
  }
}

function factsOf(json: { readonly [key: string]: unknown }): ReportFacts {
  const root: Path = { value: json, name: '' };
  const taken = textAt(field(root, 'takenAt'));
  const takenAt = Date.parse(taken);
  if (!Number.isFinite(takenAt)) throw new WrongField('takenAt');
  const kills = field(root, 'oomKills');
  return {
    host: json['host'] === null ? '' : textAt(field(field(root, 'host'), 'name')),
    takenAt,
    utcOffsetMinutes: offsetOf(taken),
    verdict: wordAt(field(root, 'verdict'), verdictWords),
    score: numberAt(field(root, 'score')),
    grade: json['grade'] === null ? null : wordAt(field(root, 'grade'), grades),
    onlyApp: json['onlyApp'] == null ? null : textAt(field(root, 'onlyApp')),
    homes: new Set(
      listAt(field(root, 'daemons')).flatMap((daemon) =>
        textAt(field(daemon, 'state')) === 'online' ? [textAt(field(daemon, 'home'))] : [],
      ),
    ),
    outcomes: new Map(
      listAt(field(root, 'verdicts')).map((verdict) => [
        textAt(field(verdict, 'audit')),
        wordAt(field(verdict, 'outcome'), outcomes),
      ]),
    ),
    muted: listAt(field(root, 'suppressed')).flatMap((item) => {
      const { value } = field(item, 'app');
      const app = value === null ? null : textAt(field(item, 'app'));
      return (numberAt(field(item, 'findings')) ?? 0) > 0
        ? [{ audit: textAt(field(item, 'audit')), app }]
        : [];
    }),
    problems: problemsOf(listAt(field(root, 'findings'))),
    apps: appsOf([...listAt(field(root, 'processes')), ...listAt(field(root, 'modules'))]),
    kills: kills.value === null ? null : listAt(kills).map(killOf),
  };
}

/** `+08:00` at the end of an ISO time, as minutes; `Z` or none = 0. */
function offsetOf(iso: string): number {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(iso) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

/** One for each audit and subject: a finding of several apps is one for each of them, two of one app are one. */
function problemsOf(findings: readonly Path[]): readonly Problem[] {
  const byKey = new Map<string, Problem>();
  for (const finding of findings) {
    const audit = textAt(field(finding, 'audit'));
    const priority = wordAt(field(finding, 'priority'), priorities);
    for (const subject of subjectsOf(audit, finding)) {
      const key = `${audit}\n${subject.key}`;
      const before = byKey.get(key);
      if (before === undefined || isMoreUrgent(priority, before.priority))
        byKey.set(key, { audit, priority, subject });
    }
  }
  return [...byKey.values()];
}

export function isMoreUrgent(a: Priority, b: Priority): boolean {
  return priorities.indexOf(a) < priorities.indexOf(b);
}

function subjectsOf(audit: string, finding: Path): readonly ProblemSubject[] {
  const subject = field(finding, 'subject');
  const kind = textAt(field(subject, 'kind'));
  // Many gaps are about the host: what was not seen, and why, tells them apart.
  if (audit === gapAuditId) {
    const args = field(finding, 'args');
    const text = textAt(field(args, 'key'));
    return [{ key: `evidence\n${text}\n${textAt(field(args, 'why'))}`, kind: 'evidence', app: null, text }];
  }
  if (kind === 'app') return [appSubject(appNameOf(field(subject, 'app')))];
  if (kind === 'apps') return listAt(field(subject, 'apps')).map((app) => appSubject(appNameOf(app)));
  if (kind === 'host') return [{ key: 'host', kind, app: null, text: '' }];
  const single = wordAt(field(subject, 'kind'), singleKinds);
  // A process is known by its command: the pid is another one after each start.
  const text = textAt(field(subject, textOf[single]));
  return [{ key: `${single}\n${text}`, kind: single, app: null, text }];
}

function appSubject(app: AppName): ProblemSubject {
  return { key: `app\n${appNameKey(app)}`, kind: 'app', app, text: app.name };
}

export function appNameKey({ home, namespace, name }: AppName): string {
  return `${home}\n${namespace}\n${name}`;
}

function appNameOf(app: Path): AppName {
  return {
    home: textAt(field(app, 'home')),
    namespace: textAt(field(app, 'namespace')),
    name: textAt(field(app, 'name')),
  };
}

function appsOf(rows: readonly Path[]): readonly AppFacts[] {
  const byKey = new Map<string, AppFacts>();
  for (const row of rows) {
    const name = appNameOf(field(row, 'app'));
    const key = appNameKey(name);
    const before = byKey.get(key) ?? { instances: 0, treeRssBytes: 0, restarts: 0 };
    byKey.set(key, {
      ...name,
      instances: before.instances + 1,
      treeRssBytes: plus(before.treeRssBytes, numberAt(field(row, 'treeRssBytes'))),
      restarts: plus(before.restarts, numberAt(field(field(row, 'restarts'), 'counter'))),
    });
  }
  return [...byKey.values()];
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function killOf(kill: Path): KillFacts {
  const { value: at } = field(kill, 'at');
  const { value: comm } = field(kill, 'comm');
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  if (at !== null && !Number.isFinite(time)) throw new WrongField(`${kill.name}.at`);
  return {
    at: at === null ? null : time,
    pid: numberAt(field(kill, 'pid')),
    comm: comm === null ? null : textAt(field(kill, 'comm')),
    app: field(kill, 'app').value === null ? null : appNameOf(field(kill, 'app')),
  };
}
