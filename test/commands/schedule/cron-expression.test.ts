import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarLines } from '../../../src/commands/schedule/calendar.ts';
import { parseCron, parseDaily, parseEvery } from '../../../src/commands/schedule/cron-expression.ts';
import { hostZone, lastTime, nextTimes, skippedTime } from '../../../src/commands/schedule/run-times.ts';
import { when, zoneName } from '../../../src/commands/schedule/when.ts';
import { hasSystemd, systemdAnalyze } from './tools.ts';

const cron = (text: string) => parseCron(text, '--cron');
const next = (text: string, zone: string, after: string, count = 3) =>
  nextTimes(cron(text), zone, Date.parse(after), count).map((at) => new Date(at).toISOString());

describe('a cron expression', () => {
  it.each([
    ['0 8 * * *', '*-*-* 08:00:00'],
    ['*/15 8-18 * * mon-FRI', 'Mon..Fri *-*-* 08..18:00,15,30,45:00'],
    ['5,7,9 0 * jan,mar-may 0', 'Sun *-01,03..05-* 00:05,07,09:00'],
    ['0 8 * * 5-7', 'Fri..Sun *-*-* 08:00:00'],
    ['0 8 * * 0-7', '*-*-* 08:00:00'],
    ['0 8 * * 7,1', 'Mon,Sun *-*-* 08:00:00'],
    ['@weekly', 'Sun *-*-* 00:00:00'],
    ['@midnight', '*-*-* 00:00:00'],
    // Two restricted day fields: either is enough.
    ['0 8 1 * 1', '*-*-01 08:00:00 | Mon *-*-* 08:00:00'],
    // One that begins with a star: both must fit.
    ['0 8 */10 * 1', 'Mon *-*-01,11,21,31 08:00:00'],
  ])('%s is %s for systemd', (text, lines) => {
    expect(calendarLines(cron(text)).join(' | ')).toBe(lines);
  });

  it.each([
    ['', /0 fields of 5/],
    ['0 8 * *', /4 fields of 5/],
    ['0 0 8 * * *', /6 fields of 5/],
    ['60 * * * *', /minute "60" is out of range.*0 to 59/],
    ['0 24 * * *', /hour "24"/],
    ['0 8 0 * *', /day of month "0"/],
    ['0 8 * 13 *', /month "13".*jan to dec/],
    ['0 8 * * 8', /day of week "8".*sun to sat/],
    ['5/15 * * * *', /"5\/15" has a step without a range/],
    ['*/0 * * * *', /step of 0/],
    ['0 8 * * fri-mon', /runs backwards/],
    ['0 8 L * *', /"L" is not one that every cron reads/],
    ['0 8 * * 1#2', /"1#2" is not one/],
    ['0 8 5W * *', /"5W"/],
    ['0 8 ? * *', /"\?"/],
    ['0 8 * * sunday', /"sunday"/],
    ['0 8 * * 1,', /day of week ""/],
    ['@reboot', /once a boot/],
    ['0 8 * * * rm -rf /', /8 fields of 5/],
    ['\u001b[31m8 * * * * *', /^(?!.*\u001b)/],
  ])('refuses %j by name', (text, message) => {
    expect(() => cron(text)).toThrow(message);
  });

  it('reads a time of day and a span, and refuses what cron cannot keep', () => {
    expect(['08:00', '8:05', '23', '0:59'].map((text) => parseDaily(text).text)).toEqual([
      '0 8 * * *',
      '5 8 * * *',
      '0 23 * * *',
      '59 0 * * *',
    ]);
    for (const text of ['24:00', '8:60', '8.30', 'noon', '', '08:00:00'])
      expect(() => parseDaily(text)).toThrow(/--daily/);
    expect(['5m', '60m', '1h', '6h', '720m'].map((text) => parseEvery(text).text)).toEqual([
      '*/5 * * * *',
      '0 * * * *',
      '0 * * * *',
      '0 */6 * * *',
      '0 */12 * * *',
    ]);
    for (const text of ['7m', '5h', '1m', '24h', '90m', '', 'often', '6'])
      expect(() => parseEvery(text)).toThrow(/--every.*cron counts from midnight/);
  });

  it('gives the next times in the zone, by the rules of Vixie cron', () => {
    const at = '2026-11-22T05:00:00Z';
    expect(next('0 8 * * *', 'Europe/Berlin', at, 1)).toEqual(['2026-11-22T07:00:00.000Z']);
    expect(next('0 8 1 * 1', 'UTC', at, 3)).toEqual([
      '2026-11-23T08:00:00.000Z',
      '2026-11-30T08:00:00.000Z',
      '2026-12-01T08:00:00.000Z',
    ]);
    expect(next('0 8 */10 * 1', 'UTC', at, 1)).toEqual(['2026-12-21T08:00:00.000Z']);
    expect(next('0 8 31 2 *', 'UTC', at, 1)).toEqual([]);
    // The clock is put forward over it: right after the change; and back: once.
    expect(next('30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', 1)).toEqual([
      '2027-03-28T01:00:00.000Z',
    ]);
    expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
    const due = Date.parse('2026-11-22T08:00:00Z');
    expect(lastTime(cron('0 8 * * *'), 'UTC', due)).toBe(due);
    expect(lastTime(cron('0 8 * * *'), 'UTC', due - 1)).toBe(due - 86_400_000);
  });

  it('tells of a night in which the time does not exist', () => {
    const after = Date.parse('2026-11-22T05:00:00.123Z');
    expect(skippedTime(cron('30 2 * * *'), 'Europe/Berlin', after)).toEqual({
      at: Date.parse('2027-03-28T01:00:00Z'),
      clock: '02:30',
    });
    for (const [text, zone] of [
      ['30 3 * * *', 'Europe/Berlin'],
      ['30 2 * * *', 'Asia/Shanghai'],
      ['30 * * * *', 'Europe/Berlin'],
      ['30 2 * * 1', 'Europe/Berlin'],
    ] as const)
      expect(skippedTime(cron(text), zone, after), `${text} ${zone}`).toBeNull();
    // Half an hour (Lord Howe), and a whole midnight (Beirut).
    expect(skippedTime(cron('15 2 * * *'), 'Australia/Lord_Howe', after)?.clock).toBe('02:15');
    expect(skippedTime(cron('0 0 * * *'), 'Asia/Beirut', after)?.clock).toBe('00:00');
  });

  it('goes by the zone of the host, not of the shell', () => {
    const gone = () => {
      throw new Error('ENOENT');
    };
    expect(hostZone(() => '../usr/share/zoneinfo/Asia/Shanghai', gone)).toBe('Asia/Shanghai');
    expect(hostZone(() => '/usr/share/zoneinfo/posix/Europe/Berlin', gone)).toBe('Europe/Berlin');
    expect(hostZone(gone, () => 'Europe/Paris\n')).toBe('Europe/Paris');
    expect(hostZone(gone, () => 'Nowhere/At_All\n')).toBe('UTC');
    expect(hostZone(gone, gone)).toBe('UTC');
    const at = Date.parse('2026-11-23T07:00:00Z');
    expect(`${when(at, 'Europe/Berlin', 'en')} (${zoneName('Europe/Berlin', at)})`).toBe(
      'Mon 23 Nov 08:00 (Europe/Berlin, UTC+01:00)',
    );
    expect(when(at, 'Asia/Shanghai', 'zh-CN')).toBe('11 月 23 日（周一）15:00');
    expect([zoneName('Etc/UTC', at), zoneName('America/St_Johns', at)]).toEqual([
      'UTC',
      'America/St_Johns, UTC-03:30',
    ]);
  });
});

/** A field as users write it. */
const field = (low: number, high: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    fc.integer({ min: low, max: high }).map(String),
    fc
      .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 2, max: Math.min(12, high) }).map((step) => `*/${step}`),
    fc
      .uniqueArray(fc.integer({ min: low, max: high }), { minLength: 2, maxLength: 4 })
      .map((all) => all.join(',')),
  );

describe.runIf(hasSystemd)('the calendar lines', () => {
  it('come at the same times for systemd as the expression for cron', { timeout: 120_000 }, () => {
    const expression = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 7));
    fc.assert(
      fc.property(expression, (fields) => {
        const one = cron(fields.join(' '));
        const base = '2026-11-22 05:00:00';
        const said = execFileSync(
          systemdAnalyze,
          ['calendar', `--base-time=${base} UTC`, '--iterations=4', ...calendarLines(one)],
          { env: { TZ: 'UTC', LC_ALL: 'C', PATH: '/usr/bin:/bin' }, encoding: 'utf8' },
        );
        const times = [
          ...said.matchAll(/(?:Next elapse|Iter\. #\d+|Iteration #\d+): \w+ ([\d-]+ [\d:]+) UTC/g),
        ]
          .map(([, text]) => Date.parse(`${text?.replace(' ', 'T')}Z`))
          .toSorted((a, b) => a - b);
        const expected = nextTimes(one, 'UTC', Date.parse('2026-11-22T05:00:00Z'), 4);
        expect([...new Set(times)].slice(0, expected.length), `${one.text}: ${said}`).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
