/** Holds what the audit says against what the lab wrote down. */
import type { KillTruth, Truth } from './scenarios/scenario.ts';

/** The parts of the JSON report that are judged. */
export interface Said {
  readonly processes: readonly {
    readonly app: { readonly pmId: number; readonly name: string };
    readonly restarts: { readonly counter: number; readonly inWindow: number; readonly unexplained: number };
    readonly flags: readonly string[];
  }[];
  readonly findings: readonly {
    readonly audit: string;
    readonly priority: string;
    readonly title: string;
    readonly subject: { readonly kind: string };
  }[];
  readonly restarts: readonly {
    readonly app: { readonly pmId: number; readonly name: string };
    readonly at: string;
    readonly cause: string;
    readonly confidence: string;
  }[];
  readonly oomKills: readonly {
    readonly pid: number | null;
    readonly app: { readonly name: string } | null;
    readonly role: string | null;
    readonly confidence: string;
    readonly candidates?: readonly { readonly name: string }[];
  }[];
}

export interface Judgement {
  /** Wrong statements, stated as certain or likely, and missing ones. */
  readonly wrong: readonly string[];
  /** `truth\nsaid` -> how often. */
  readonly matrix: ReadonlyMap<string, number>;
}

const ranks = ['none', 'possible', 'likely', 'certain'];

export function judge(truths: readonly Truth[], said: Said): Judgement {
  const wrong: string[] = [];
  const matrix = new Map<string, number>();
  const note = (truth: string, word: string, times = 1): void => {
    if (times > 0) matrix.set(`${truth}\n${word}`, (matrix.get(`${truth}\n${word}`) ?? 0) + times);
  };
  for (const app of truths.flatMap((truth) => truth.apps)) {
    const isIt = (of: { readonly pmId: number; readonly name: string }) =>
      of.name === app.name && (app.pmId === undefined || of.pmId === app.pmId);
    const told = said.restarts.filter((restart) => isIt(restart.app));
    const words = new Map<string, typeof told>();
    for (const restart of told) words.set(restart.cause, [...(words.get(restart.cause) ?? []), restart]);
    // The right ones first, then what is left of truth against what is left of words.
    const left: { readonly cause: string; times: number }[] = [];
    for (const [cause, times] of Object.entries(app.restarts)) {
      const own = words.get(cause) ?? [];
      const right = Math.min(own.length, times);
      note(cause, cause, right);
      words.set(cause, own.slice(right));
      left.push({ cause, times: times - right });
    }
    for (const [word, extra] of words) {
      for (const restart of extra) {
        const untold = left.find(
          (each) =>
            each.times > 0 &&
            app.untold?.some((cause) => cause === each.cause) === true &&
            (word === 'unknown' || ranks.indexOf(restart.confidence) <= 1),
        );
        const missed = untold ?? left.find((each) => each.times > 0);
        if (missed !== undefined) missed.times -= 1;
        const isOngoing = missed === undefined && app.ongoing?.some((cause) => cause === word) === true;
        note(missed?.cause ?? (isOngoing ? word : 'nothing'), word);
        if (untold === undefined && !isOngoing)
          wrong.push(
            `${app.name}: ${missed?.cause ?? 'no restart'} was said to be ${word} (${restart.confidence}) at ${restart.at}`,
          );
      }
    }
    for (const { cause, times } of left) {
      note(cause, 'nothing', times);
      if (times > 0 && app.ongoing?.some((each) => each === cause) !== true)
        wrong.push(`${app.name}: ${times} × ${cause} not seen`);
    }
    const rows = said.processes.filter((row) => isIt(row.app));
    for (const { restarts } of rows) {
      const missing = restarts.unexplained - (app.unexplained ?? 0);
      if (missing !== 0 && (app.ongoing === undefined || Math.abs(missing) > 1))
        wrong.push(
          `${app.name}: ${restarts.unexplained} of ${restarts.counter} restarts are called unexplained`,
        );
    }
    const flags = new Set(rows.flatMap((row) => row.flags));
    if (rows.length === 0) wrong.push(`${app.name}: not in the report`);
    for (const id of app.findings ?? []) if (!flags.has(id)) wrong.push(`${app.name}: ${id} is missing`);
    for (const id of app.noFindings ?? [])
      if (flags.has(id)) wrong.push(`${app.name}: ${id} is a false alarm`);
  }
  for (const kill of truths.flatMap((truth) => truth.kills ?? [])) wrong.push(...judgeKill(kill, said));
  if (truths.some((truth) => truth.calm))
    for (const { priority, title, subject } of said.findings)
      if (priority < 'P2' && subject.kind.startsWith('app')) wrong.push(`false alarm: ${priority} ${title}`);
  const audits = new Set(said.findings.map(({ audit }) => audit));
  for (const id of truths.flatMap((truth) => truth.findings ?? []))
    if (!audits.has(id)) wrong.push(`${id} is missing`);
  return { wrong, matrix };
}

function judgeKill(truth: KillTruth, said: Said): readonly string[] {
  const found = said.oomKills.filter((kill) => kill.pid === truth.pid);
  const [kill] = found;
  const who = `kill of ${truth.pid} (${truth.app ?? 'a stranger'})`;
  if (kill === undefined) return [`${who}: not found`];
  if (found.length > 1) return [`${who}: reported ${found.length} times`];
  const name = kill.app?.name ?? null;
  const word = `${name ?? 'nobody'}, ${kill.role ?? 'no role'}, ${kill.confidence}`;
  const isSure = ranks.indexOf(kill.confidence) >= 2;
  if (isSure && name !== truth.app) return [`${who}: said to be ${word}`];
  if (
    isSure &&
    kill.role !== null &&
    kill.role !== truth.role &&
    !(truth.app === null && kill.role === 'other')
  )
    return [`${who}, ${truth.role}: said to be ${word}`];
  if (
    ranks.indexOf(kill.confidence) < ranks.indexOf(truth.atLeast) ||
    (truth.atLeast !== 'none' && truth.atLeast !== 'possible' && name !== truth.app)
  )
    return [`${who}: only ${word}; at least ${truth.atLeast} was to be said`];
  return [];
}

/** Truth in rows, said in columns. */
export function drawMatrix(matrix: ReadonlyMap<string, number>): string {
  const keys = [...matrix.keys()].map((key) => key.split('\n'));
  const rows = [...new Set(keys.map(([truth = '']) => truth))].sort();
  const columns = [...new Set(keys.map(([, word = '']) => word))].sort();
  const width = 15;
  const line = (cells: readonly string[]) =>
    cells
      .map((cell) => cell.padEnd(width))
      .join('')
      .trimEnd();
  return [
    line(['truth \\ said', ...columns]),
    ...rows.map((row) =>
      line([row, ...columns.map((column) => String(matrix.get(`${row}\n${column}`) ?? '.'))]),
    ),
  ].join('\n');
}
