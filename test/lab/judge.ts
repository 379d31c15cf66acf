/** Holds what the audit says against what the lab wrote down. */
import type { Cause } from '../../src/model/restart.ts';
import { judgeKill } from './judge-kills.ts';
import { judgeTimes } from './judge-times.ts';
import type { LabRun } from './run-lab.ts';
import type { AppTruth, Note } from './scenarios/scenario.ts';
import type { UntoldRow } from './untold.ts';

interface SaidApp {
  readonly pmId: number;
  readonly name: string;
}

export interface SaidRestart {
  readonly app: SaidApp;
  readonly at: string;
  readonly cause: string;
  readonly confidence: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly uptimeMs: number | null;
  readonly next?: string;
}

export interface SaidKill {
  readonly pid: number | null;
  readonly app: { readonly name: string } | null;
  readonly role: string | null;
  readonly confidence: string;
  readonly candidates?: readonly { readonly name: string }[];
}

/** The parts of the JSON report that are judged. */
export interface Said {
  readonly processes: readonly {
    readonly app: SaidApp;
    readonly restarts: {
      readonly counter: number;
      readonly inWindow: number;
      readonly unexplained: number;
      readonly crashes?: readonly { readonly message: string; readonly times: number }[];
    };
    readonly flags: readonly string[];
  }[];
  readonly findings: readonly {
    readonly audit: string;
    readonly priority: string;
    readonly title: string;
    readonly subject: { readonly kind: string };
  }[];
  readonly restarts: readonly SaidRestart[];
  readonly oomKills: readonly SaidKill[];
}

export interface Judgement {
  /** Wrong statements, weaker ones that no row of the page allows, and missing ones. */
  readonly wrong: readonly string[];
  /** `truth\nsaid\nconfidence` -> how often. */
  readonly matrix: ReadonlyMap<string, number>;
  /** Rows of the page that were needed. */
  readonly rows: ReadonlySet<UntoldRow>;
}

export const ranks = ['none', 'possible', 'likely', 'certain'];
const isWeak = (confidence: string) => ranks.indexOf(confidence) <= 1;

export function judge({ truths, said, notes, errors }: LabRun): Judgement {
  const wrong: string[] = [];
  const matrix = new Map<string, number>();
  const rows = new Set<UntoldRow>();
  for (const app of truths.flatMap((truth) => truth.apps)) {
    const found = judgeCauses(app, said, (truth, word, confidence) => {
      const key = [truth, word, confidence].join('\n');
      matrix.set(key, (matrix.get(key) ?? 0) + 1);
    });
    wrong.push(...found.wrong, ...judgeRow(app, said, notes.get(app.name) ?? []));
    wrong.push(...judgeCrashes(app, said, errors.get(app.name) ?? ''));
    for (const row of found.rows) rows.add(row);
    if (app.unexplained !== undefined) rows.add(app.unexplained[1]);
  }
  for (const kill of truths.flatMap((truth) => truth.kills ?? [])) {
    wrong.push(...judgeKill(kill, said.oomKills));
    const isSure = said.oomKills.some((each) => each.pid === kill.pid && !isWeak(each.confidence));
    if (kill.untold !== undefined && !isSure) rows.add(kill.untold);
  }
  if (truths.some((truth) => truth.calm))
    for (const { priority, title, subject } of said.findings)
      if (priority < 'P2' && subject.kind.startsWith('app')) wrong.push(`false alarm: ${priority} ${title}`);
  const audits = new Set(said.findings.map(({ audit }) => audit));
  for (const id of truths.flatMap((truth) => truth.findings ?? []))
    if (!audits.has(id)) wrong.push(`${id} is missing`);
  return { wrong, matrix, rows };
}

type NoteCell = (truth: string, word: string, confidence: string) => void;

function isOf(truth: AppTruth): (app: SaidApp) => boolean {
  return (app) => app.name === truth.name && (truth.pmId === undefined || app.pmId === truth.pmId);
}

function judgeCauses(
  app: AppTruth,
  said: Said,
  note: NoteCell,
): { readonly wrong: readonly string[]; readonly rows: readonly UntoldRow[] } {
  const wrong: string[] = [];
  const rows: UntoldRow[] = [];
  const told = said.restarts.filter((restart) => isOf(app)(restart.app));
  const untoldRow = (cause: string): UntoldRow | undefined =>
    Object.entries(app.untold ?? {}).find(([each]) => each === cause)?.[1];
  const isOngoing = (cause: string) => app.ongoing?.some((each) => each === cause) === true;
  const left = new Map<string, number>(Object.entries(app.restarts));
  const take = (cause: string) => left.set(cause, (left.get(cause) ?? 0) - 1);
  // The right ones first, then what is left of the truth against what is left of the words.
  const others = told.filter((restart) => {
    const { cause, confidence } = restart;
    if ((left.get(cause) ?? 0) <= 0) return true;
    take(cause);
    note(cause, cause, confidence);
    wrong.push(...judgeFacts(app, restart));
    if (!isWeak(confidence)) return false;
    const row = untoldRow(cause);
    if (row === undefined) wrong.push(`${app.name}: ${cause} is only ${confidence} (${restart.at})`);
    else rows.push(row);
    return false;
  });
  for (const { cause: word, confidence, at } of others) {
    const open = [...left].filter(([, times]) => times > 0).map(([cause]) => cause);
    const allowed =
      word === 'unknown' || isWeak(confidence)
        ? open.find((cause) => untoldRow(cause) !== undefined)
        : undefined;
    const missed = allowed ?? open[0];
    if (missed !== undefined) take(missed);
    const goesOn = missed === undefined && isOngoing(word);
    note(missed ?? (goesOn ? word : 'nothing'), word, confidence);
    const row = allowed === undefined ? undefined : untoldRow(allowed);
    if (row !== undefined) rows.push(row);
    else if (!goesOn)
      wrong.push(`${app.name}: ${missed ?? 'no restart'} was said to be ${word} (${confidence}) at ${at}`);
  }
  for (const [cause, times] of left) {
    for (let n = 0; n < times; n += 1) note(cause, 'nothing', 'none');
    if (times > 0 && !isOngoing(cause)) wrong.push(`${app.name}: ${times} × ${cause} not seen`);
  }
  const order = told.map(({ cause }) => cause);
  const isAsLong = app.inOrder?.length === order.length;
  if (isAsLong && app.inOrder?.some((cause: Cause, n) => cause !== order[n]) === true)
    wrong.push(`${app.name}: the order was ${app.inOrder.join(', ')}, said: ${order.join(', ')}`);
  return { wrong, rows };
}

function judgeFacts(app: AppTruth, restart: SaidRestart): readonly string[] {
  const facts = Object.entries(app.facts ?? {}).find(([cause]) => cause === restart.cause)?.[1];
  if (facts === undefined) return [];
  const what = `${app.name}: ${restart.cause} at ${restart.at}`;
  const wrong: string[] = [];
  if (facts.exitCode !== undefined && facts.exitCode !== restart.exitCode)
    wrong.push(`${what}: exit code ${facts.exitCode} was said to be ${restart.exitCode}`);
  if (facts.signal !== undefined && facts.signal !== restart.signal)
    wrong.push(`${what}: ${facts.signal} was said to be ${restart.signal}`);
  if (facts.next !== undefined && restart.next !== undefined && facts.next !== restart.next)
    wrong.push(`${what}: ${facts.next} was said to be ${restart.next}`);
  return wrong;
}

/** What the report says of the app as a whole. */
function judgeRow(app: AppTruth, said: Said, notes: readonly Note[]): readonly string[] {
  const wrong: string[] = [];
  const rows = said.processes.filter((row) => isOf(app)(row.app));
  if (rows.length === 0) wrong.push(`${app.name}: not in the report`);
  for (const { restarts } of rows) {
    const missing = restarts.unexplained - (app.unexplained?.[0] ?? 0);
    if (missing !== 0 && (app.ongoing === undefined || Math.abs(missing) > 1))
      wrong.push(`${app.name}: ${restarts.unexplained} of ${restarts.counter} restarts are unexplained`);
  }
  const told = said.restarts.filter((restart) => isOf(app)(restart.app));
  if (rows.length === 1 && app.notedByChildren !== true) wrong.push(...judgeTimes(app, told, notes));
  const flags = new Set(rows.flatMap((row) => row.flags));
  for (const id of app.findings ?? []) if (!flags.has(id)) wrong.push(`${app.name}: ${id} is missing`);
  for (const id of app.noFindings ?? []) if (flags.has(id)) wrong.push(`${app.name}: ${id} is a false alarm`);
  return wrong;
}

/** PM2 loses the last words of some: it closes the log of a dead app before it has read all (lib/God/ForkMode.js, 5 to 7). */
function judgeCrashes(app: AppTruth, said: Said, errors: string): readonly string[] {
  const headlines = errors.split('\n').filter((line) => /^\S*Error\b/.test(line));
  const groups = said.processes
    .filter((row) => isOf(app)(row.app))
    .flatMap((row) => row.restarts.crashes ?? []);
  return (app.crashes ?? []).flatMap(({ message, times }) => {
    const kept = Math.min(times, headlines.filter((line) => line.includes(message)).length);
    const told = groups
      .filter((group) => group.message.includes(message))
      .reduce((sum, group) => sum + group.times, 0);
    return told === kept ? [] : [`${app.name}: ${kept} crashes with ${message} were said to be ${told}`];
  });
}
