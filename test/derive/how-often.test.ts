import { expect, it } from 'vitest';
import { onceEvery, oneEvery, oneEveryZh } from '../../src/derive/how-often.ts';

const en = (ms: number) => `${ms / 1000} s`;
const zh = (ms: number) => `${ms / 1000} 秒`;

it.each([
  [1000, 'one a second', '每秒一次'],
  [900, 'one a second', '每秒一次'],
  [300, '3 a second', '每秒 3 次'],
  [5000, 'one every 5 s', '每 5 秒一次'],
  [62_000, 'one a minute', '每分钟一次'],
  [3_600_000, 'one an hour', '每小时一次'],
  [86_000_000, 'one a day', '每天一次'],
])('%i ms: %s', (ms, english, chinese) => {
  expect(oneEvery(ms, en)).toBe(english);
  expect(oneEveryZh(ms, zh)).toBe(chinese);
  const once = english.startsWith('one every')
    ? english.slice(4)
    : english.replace(/^one a/, 'once a').replace(/^3 a/, '3 times a');
  expect(onceEvery(ms, en)).toBe(once);
});
