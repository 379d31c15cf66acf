import { expect, it } from 'vitest';
import { LineBudget } from '../../src/collector/line-budget.ts';
import { c, hour, minute, now } from '../factories.ts';

const home = c('/home/deploy/.pm2');
const exited = {
  kind: 'exited',
  name: c('loop'),
  pmId: 3,
  old: false,
  code: 1,
  signal: c('SIGINT'),
} as const;

it('counts the lines of a loop that it passes over, and tells them once', () => {
  const budget = new LineBudget();
  const start = Math.floor(now / hour) * hour;
  let taken = 0;
  for (let index = 0; index < 1000; index += 1)
    if (budget.takes(home, exited, start + index * 1000)) taken += 1;
  expect(taken).toBe(900);
  expect(budget.takes(home, { ...exited, pmId: 4 }, start), 'another app has its own').toBe(true);
  expect(budget.due(start, false)).toEqual([]);
  expect(budget.due(start + 9 * minute, false)).toEqual([]);
  expect(budget.due(start + 10 * minute, false)).toEqual([
    { home, name: 'loop', pmId: 3, count: 100, from: start + 900_000, to: start + 999_000 },
  ]);
  expect(budget.due(start + 30 * minute, true)).toEqual([]);
});

it('tells what is left at the end, and begins anew with the hour', () => {
  const budget = new LineBudget();
  const start = Math.floor(now / hour) * hour;
  for (let index = 0; index < 902; index += 1) budget.takes(home, exited, start + index);
  expect(budget.due(start + minute, true)).toMatchObject([{ count: 2 }]);
  expect(budget.takes(home, exited, start + hour)).toBe(true);
});
