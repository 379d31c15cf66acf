import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytes,
  cells,
  duration,
  isoWithZone,
  list,
  makeFmt,
  pad,
  percent,
  thousands,
  truncate,
  zone,
} from '../../src/report/format.ts';
import { proseToText } from '../../src/report/prose.ts';

const at = Date.UTC(2026, 10, 19, 1, 5, 33);
const en = makeFmt('en', 480);
const zh = makeFmt('zh-CN', 480);

describe('numbers', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1 KB'],
    [48 * 1024 ** 2, '48 MB'],
    [1.44 * 1024 ** 2, '1.4 MB'],
    [1023.7 * 1024 ** 2, '1 GB'],
    [6.9 * 1024 ** 3, '6.9 GB'],
    [Number.NaN, '—'],
  ])('%s bytes are %s', (value, text) => expect(bytes(value)).toBe(text));
  it('keeps decimals in columns', () => expect(bytes(6.9 * 1024 ** 3, 2)).toBe('6.90 GB'));
  it('never says 100 % of less, nor 0 % of something', () => {
    expect(percent(99.96)).toBe('99.9 %');
    expect(percent(100)).toBe('100 %');
    expect(percent(0.01)).toBe('0.1 %');
    expect(en.ratio(0.969)).toBe('96.9 %');
  });
  it('groups thousands', () => {
    expect(thousands(1234567)).toBe('1,234,567');
    expect(thousands(999)).toBe('999');
    expect(thousands(-1234.5)).toBe('-1,234.5');
  });
  it.each([
    [35_000, '35 s', '35 秒'],
    [187_200_000, '2 d 4 h', '2 天 4 小时'],
    [119_600, '2 min', '2 分钟'],
    [3_599_900, '1 h', '1 小时'],
    [250, '250 ms', '250 毫秒'],
  ])('%d ms', (ms, english, chinese) => {
    expect(duration(ms, 'en')).toBe(english);
    expect(duration(ms, 'zh-CN')).toBe(chinese);
  });
  it('lists', () => {
    expect(list(['a', 'b', 'c'], 'en')).toBe('a, b and c');
    expect(list(['a', 'b', 'c'], 'zh-CN')).toBe('a、b 和 c');
    expect(list(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'en')).toBe('a, b, c, d, e and 2 more');
    expect(list([], 'en')).toBe('');
  });
});

describe('times', () => {
  it('stand in the host’s zone, in both languages', () => {
    expect(en.time(at)).toBe('19 Nov 09:05');
    expect(zh.time(at)).toBe('11 月 19 日 09:05');
    expect(en.fullDate(at)).toBe('Thu 19 Nov 2026');
    expect(zh.fullDate(at)).toBe('2026 年 11 月 19 日 星期四');
    expect(zh.exact(at)).toBe('11-19 09:05:33');
    expect(en.stamp(at)).toBe('2026-11-19 09:05 +08:00');
  });
  it('are ISO 8601 with zone', () => {
    expect(isoWithZone(at, 480)).toBe('2026-11-19T09:05:33+08:00');
    expect(isoWithZone(at + 250, -210)).toBe('2026-11-18T21:35:33.250-03:30');
    expect(zone(0)).toBe('+00:00');
    expect(isoWithZone(Number.NaN, 0)).toBeNull();
    expect(en.time(9e15)).toBe('—');
  });
  it('says the same instant it was given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -720, max: 840 }), (time, offset) => {
        expect(Date.parse(isoWithZone(time, offset) ?? '')).toBe(time);
      }),
    );
  });
});

describe('cells', () => {
  it('counts two for Chinese and emoji, none for marks', () => {
    expect(cells('abc')).toBe(3);
    expect(cells('内存')).toBe(4);
    expect(cells('，')).toBe(2);
    expect(cells('é')).toBe(1);
    expect(cells('🚀')).toBe(2);
    expect(cells('❤️')).toBe(2);
    expect(cells('—')).toBe(1);
  });
  it('pads and cuts to the cell', () => {
    expect(pad('内存', 6)).toBe('内存  ');
    expect(pad('7', 3, 'right')).toBe('  7');
    expect(truncate('abcdefgh', 6)).toBe('abcd..');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 40 }), (text, width) => {
        expect(cells(truncate(text, width))).toBeLessThanOrEqual(width);
        expect(cells(pad(text, width))).toBe(width);
      }),
    );
  });
});

describe('names in sentences', () => {
  it('are cut where nobody would read on, by cells', () => {
    const fmt = makeFmt('en', 0);
    expect(proseToText(fmt.name('x'.repeat(300)))).toBe(`${'x'.repeat(46)}..`);
    expect(proseToText(fmt.name('名'.repeat(300)))).toBe(`${'名'.repeat(23)}..`);
    expect(proseToText(fmt.name('flask-app'))).toBe('flask-app');
  });
});
