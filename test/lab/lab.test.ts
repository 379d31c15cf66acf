/** Real PM2, real ends, real kills: what the audit says against what the lab wrote down while it did it. */
import { describe, expect, it } from 'vitest';
import { drawMatrix, judge } from './judge.ts';
import { canMakeOomKills } from './memory-cage.ts';
import { hasPm2 } from './private-pm2.ts';
import { runLab } from './run-lab.ts';
import { daemonScenarios } from './scenarios/daemons.ts';
import { layOut, oomScenarios, sharedCageScenarios } from './scenarios/ooms.ts';
import { restartScenarios } from './scenarios/restarts.ts';

const minutes = 60_000;

/** `LAB=full` (npm run lab) adds the PM2 versions before this one. */
const majors = (process.env['LAB'] === 'full' ? ([5, 6, 7] as const) : ([7] as const)).filter(hasPm2);

describe('the truth lab', () => {
  it.each(majors)('each cause by itself, PM2 %i', { timeout: 3 * minutes }, async (version) => {
    const { truths, said } = await runLab(restartScenarios, { version, atOnce: 3 });
    const { wrong, matrix } = judge(truths, said);
    process.stderr.write(`\n${drawMatrix(matrix)}\n\n`);
    expect(wrong).toEqual([]);
  });

  it.each(daemonScenarios)('$name', { timeout: 2 * minutes }, async (scenario) => {
    const { truths, said } = await runLab([scenario], { env: scenario.env ?? {} });
    expect(judge(truths, said).wrong).toEqual([]);
  });

  it.skipIf(!canMakeOomKills())('kills by the kernel', { timeout: 4 * minutes }, async () => {
    const { truths, said } = await runLab(oomScenarios, { before: layOut });
    const { wrong, matrix } = judge(truths, said);
    process.stderr.write(`\n${drawMatrix(matrix)}\n\n`);
    expect(wrong).toEqual([]);
  });

  it.skipIf(!canMakeOomKills())('kills in a group that PM2 lives in', { timeout: minutes }, async () => {
    const { truths, said } = await runLab(sharedCageScenarios, { cageBytes: 512 * 1024 * 1024 });
    const { wrong, matrix } = judge(truths, said);
    process.stderr.write(`\n${drawMatrix(matrix)}\n\n`);
    expect(wrong).toEqual([]);
  });
});
