/**
 * Real PM2, real ends, real kills: what the audit says against what the lab wrote down while it did it. `LAB=full`
 * (npm run lab) plays every scenario on PM2 5, 6 and 7; otherwise a third of them on 7. `LAB_ONLY=text` plays those
 * whose name holds it; `LAB_KEEP=path` keeps reports and logs.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { causes } from '../../src/model/restart.ts';
import { type Judgement, judge } from './judge.ts';
import { addUp, drawMatrix } from './matrix.ts';
import { canMakeOomKills } from './memory-cage.ts';
import { hasPm2 } from './private-pm2.ts';
import { type LabOptions, runLab } from './run-lab.ts';
import { daemonScenarios } from './scenarios/daemons.ts';
import { endScenarios } from './scenarios/ends.ts';
import { forgedBus, forgeryScenarios } from './scenarios/forgeries.ts';
import { logFileScenarios } from './scenarios/log-files.ts';
import { mixUpScenarios, sharedMixUp } from './scenarios/mix-ups.ts';
import { oomScenarios, sharedCageScenarios } from './scenarios/ooms.ts';
import { orderScenarios } from './scenarios/orders.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { untoldRows } from './untold.ts';

const minutes = 60_000;
const isFull = process.env['LAB'] === 'full';
const only = process.env['LAB_ONLY'];
const versions = (process.env['LAB_PM2']?.split(',').map(Number) ?? (isFull ? [5, 6, 7] : [7]))
  .flatMap((number) => ([5, 6, 7] as const).filter((each) => each === number))
  .filter(hasPm2);

/** Those that are played in this run. */
function played<S extends Scenario>(scenarios: readonly S[]): readonly S[] {
  if (only !== undefined) return scenarios.filter(({ name }) => name.includes(only));
  return isFull ? scenarios : scenarios.filter(({ always }) => always === true);
}

const judgements: Judgement[] = [];

/** Three daemons at a time: most of what they do is waiting. */
const turns = [Promise.resolve(), Promise.resolve(), Promise.resolve()];
let lastTurn = 0;

function inTurn(act: () => Promise<void>): Promise<void> {
  lastTurn = (lastTurn + 1) % turns.length;
  const own = (turns[lastTurn] ?? Promise.resolve()).then(act);
  turns[lastTurn] = own.catch(() => {});
  return own;
}

async function play(scenarios: readonly Scenario[], options: LabOptions): Promise<void> {
  const judgement = judge(await runLab(scenarios, options));
  judgements.push(judgement);
  expect(judgement.wrong).toEqual([]);
}

const together = played([...endScenarios, ...orderScenarios, ...forgeryScenarios]);
const apart = played([...daemonScenarios, ...logFileScenarios, forgedBus]);
const kills = played([...oomScenarios, ...mixUpScenarios]);
const sharedKills = played([...sharedCageScenarios, sharedMixUp]);
const noCage = kills.length + sharedKills.length > 0 && !canMakeOomKills();

describe.each(versions)('the truth lab, PM2 %i', (version) => {
  it.skipIf(together.length === 0)('each cause by itself', { timeout: 5 * minutes }, async () => {
    await play(together, { version, atOnce: 3 });
  });

  it.concurrent.each(apart)('$name', { timeout: 8 * minutes }, async (scenario) => {
    await inTurn(() => play([scenario], { ...scenario, version }));
  });

  it.skipIf(noCage || kills.length === 0)('kills by the kernel', { timeout: 6 * minutes }, async () => {
    await play(kills, { version });
  });

  it.skipIf(noCage || sharedKills.length === 0)(
    'kills in PM2’s own group',
    { timeout: 2 * minutes },
    async () => {
      await play(sharedKills, { version, cageBytes: 512 * 1024 * 1024 });
    },
  );
});

describe.skipIf(only !== undefined || noCage)('the lab as a whole', () => {
  it('has made every cause at least once', () => {
    const made = new Set(
      [...addUp(judgements.map(({ matrix }) => matrix)).keys()].map((key) => key.split('\n')[0]),
    );
    expect(causes.filter((cause) => cause !== 'unknown' && !made.has(cause))).toEqual([]);
  });
});

afterAll(() => {
  const needed = new Set(judgements.flatMap(({ rows }) => [...rows]));
  const idle = untoldRows.filter((row) => !needed.has(row));
  process.stderr.write(`\n${drawMatrix(addUp(judgements.map(({ matrix }) => matrix)))}\n`);
  process.stderr.write(
    `c certain, l likely, p possible; rows of the page that were not needed: ${idle.join(', ') || 'none'}\n\n`,
  );
});
