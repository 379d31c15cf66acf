import { expect, it } from 'vitest';
import { matchesCron } from '../../../src/derive/restarts/cron-match.ts';

const saturday = Date.UTC(2026, 10, 21, 3, 15, 0);

it.each([
  ['15 3 * * *', true],
  ['*/15 * * * *', true],
  ['0 3 * * *', false],
  ['0 15 3 * * *', true],
  ['30 15 3 * * *', false],
  ['15 3 * * sat', true],
  ['15 3 * * 0', false],
  ['15 3 21 * 1', true],
  ['15 3 20 * 1', false],
  ['15 0-6/3 * nov 5-7', true],
  ['15 3 * dec *', false],
  ['@hourly', false],
  ['15 3 L * *', null],
  ['nonsense', null],
  ['15 3 * * 1#2', null],
  ['*/0 * * * *', null],
])('%s', (expression, expected) => {
  expect(matchesCron(expression, saturday)).toBe(expected);
});

it('takes 7 for Sunday', () => {
  expect(matchesCron('15 3 * * 7', saturday + 24 * 3_600_000)).toBe(true);
});
