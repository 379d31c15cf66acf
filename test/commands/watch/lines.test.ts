import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { figuresOf } from '../../../src/collector/levels.ts';
import {
  changeLine,
  clock,
  killLine,
  levelWord,
  sampleLine,
  watchWords,
} from '../../../src/commands/watch/lines.ts';
import { moduleDefaults, moduleFlags } from '../../../src/commands/watch/module-settings.ts';
import { parseSize, watchSettings } from '../../../src/commands/watch/settings.ts';
import { watchFlags } from '../../../src/commands/watch/start.ts';
import { Teller } from '../../../src/commands/watch/teller.ts';
import type { Pm2Event } from '../../../src/model/pm2.ts';
import { cells } from '../../../src/report/cells.ts';
import { appSample, hostSample, sampleOf } from '../../collector/samples.ts';
import { attributed, c, GB, home, kill, MB, now, ref } from '../../factories.ts';

const locales = ['en', 'zh-CN'] as const;

describe('what watch writes', () => {
  it.each(locales)('keeps a sample within the line (%s)', (locale) => {
    const apps = Array.from({ length: 120 }, (_, id) =>
      appSample(`a-service-with-a-rather-long-name-${id}`, id, { treeRssBytes: 1500 * MB }),
    );
    const down = appSample('down', 200, { pid: null, treeRssBytes: null });
    const full = hostSample({ memoryAvailableBytes: 0, memoryTotalBytes: 900 * GB, swapUsedBytes: 2 * GB });
    for (const sample of [
      sampleOf({ apps: [...apps, down], host: full }),
      sampleOf({ apps: null, host: null }),
    ]) {
      const line = `12:04:31  ${levelWord('warn', watchWords[locale], false)}  ${sampleLine(sample, watchWords[locale], 62)}`;
      expect(cells(line)).toBeLessThanOrEqual(80);
    }
    const usual = sampleLine(sampleOf({ apps: [appSample('web', 0), down] }), watchWords[locale], 62);
    expect(usual).toMatch(/40% 4 GB.*0%.*1 .*1 .*100 MB.*web 100 MB$/);
  });

  it('says what is not known as —, and writes level and time', () => {
    expect(sampleLine(sampleOf({ apps: null, host: null }), watchWords.en, 62)).toContain('mem —');
    expect(levelWord('warn', watchWords.en, true)).toBe('\u001b[1;31mWARN  \u001b[0m');
    expect(clock(now, 480, true)).toBe('03:12:44');
    expect(clock(now, 480, false)).toBe('2026-11-21 03:12:44');
  });

  it.each(locales)('has a sentence for every figure (%s)', (locale) => {
    const sample = sampleOf({
      apps: [appSample('web', 0)],
      disks: [{ mount: c('/'), totalBytes: GB, freeBytes: MB }],
    });
    for (const figure of figuresOf(sample, [], GB)) {
      const line = changeLine({ figure, from: 'normal', to: 'warn' }, watchWords[locale]);
      expect(line).not.toMatch(/undefined|NaN/);
      expect(line.length).toBeGreaterThan(5);
    }
  });

  it('names the killed app or child, and how sure that is', () => {
    const child = attributed({
      kill: kill({ pid: 77 }),
      app: ref('web', 0),
      role: 'child',
      confidence: 'certain',
    });
    expect(killLine(child, watchWords.en)).toMatch(
      /^OOM kill: .* \(77\).*web, child process 77 \(certain\)$/,
    );
    expect(killLine(child, watchWords['zh-CN'])).toMatch(/web 的子进程 77（确定）$/);
    const lost = attributed({ app: null, role: null, confidence: 'none', candidates: [] });
    expect(killLine(lost, watchWords.en)).toMatch(/no app of PM2 is known for it$/);
    const two = attributed({
      app: null,
      role: null,
      confidence: 'possible',
      candidates: [ref('a', 1), ref('b', 2)],
    });
    expect(killLine(two, watchWords.en)).toMatch(/one of a, b \(possible\)$/);
  });
});

describe('the teller', () => {
  const tellerOf = () => new Teller(watchWords.en, () => 'then');
  const line = (event: Pm2Event, at = now) =>
    ({ kind: 'pm2-log', home, line: { at, text: c(''), event } }) as const;
  const exited = (code: number, signal: string, at = now) =>
    line({ kind: 'exited', name: c('web'), pmId: 0, old: false, code, signal: c(signal) }, at);
  const online = line({ kind: 'online', name: c('web'), pmId: 0, old: false });

  it('does not call PM2’s filler a signal', () => {
    expect(tellerOf().tell(exited(1, 'SIGINT'))).toBe('web exited with code 1');
    expect(tellerOf().tell(exited(0, 'SIGINT'))).toContain('exit code 0, or by SIGINT');
    expect(tellerOf().tell(exited(0, 'SIGKILL'))).toBe('web was ended by SIGKILL');
  });

  it('tells an end that was asked for from one that was not', () => {
    const teller = tellerOf();
    expect(teller.tell(line({ kind: 'stopping', name: c('web'), pmId: 0, old: false }))).toBeNull();
    expect(teller.tell(exited(0, 'SIGINT'))).toContain('PM2 stops or restarts it');
    expect(teller.tell(exited(1, 'SIGINT'))).toBe('web exited with code 1');
  });

  it('names the app of a memory limit, of which PM2 writes the id alone', () => {
    const teller = tellerOf();
    const over = line({ kind: 'memory-limit', pmId: 3, currentBytes: 163 * MB, limitBytes: 150 * MB });
    const said = 'over its max_memory_restart of 150 MB';
    expect(teller.tell(over)).toBe(`PM2 restarts the app of id 3: 163 MB, ${said}`);
    teller.learn([
      { ...ref('cache', 3), home },
      { ...ref('other', 3), home: c('/other') },
    ]);
    expect(teller.tell(over)).toBe(`PM2 restarts cache: 163 MB, ${said}`);
    teller.learn([]);
    expect(teller.tell(over)).toContain('the app of id 3');
    teller.tell(line({ kind: 'online', name: c('new'), pmId: 3, old: false }));
    expect(teller.tell(over)).toContain('PM2 restarts new');
  });

  it('counts the ends of a loop, and tells the count once a minute', () => {
    const teller = tellerOf();
    const told: (string | null)[] = [];
    for (let end = 0; end < 60; end += 1) {
      told.push(teller.tell(exited(1, 'SIGINT', now + end * 1000)), teller.tell(online));
    }
    expect(told.filter((each) => each !== null)).toEqual([
      'web exited with code 1',
      'web is online',
      'web exited with code 1',
      'web is online',
      expect.stringContaining('restart loop'),
    ]);
    expect(teller.due(now + 30_000)).toEqual([]);
    expect(teller.due(now + 63_000)).toEqual(['web ended 57 more times']);
    expect(teller.due(now + 64_000)).toEqual([]);
  });
});

describe('settings of watch', () => {
  it('reads sizes as PM2 does', () => {
    expect(['1G', '1.5g', '800M', '512KB', '1048576', '1GiB'].map(parseSize)).toEqual([
      GB,
      1.5 * GB,
      800 * MB,
      512 * 1024,
      1048576,
      GB,
    ]);
    expect(['', 'many', '1X', '-1G'].map(parseSize)).toEqual([null, null, null, null]);
  });

  it.each([
    [{ interval: '3x' }, /--interval 3x/],
    [{ interval: '10ms' }, /--interval 10ms/],
    [{ threshold: 'big' }, /--threshold big/],
    [{ db: '' }, /--db/],
    [{ lang: 'fr' }, /--lang fr/],
  ])('refuses %j by name', (flags, message) => {
    expect(() => watchSettings(flags, {})).toThrow(message);
  });

  it('reads the same flags as the whole command line', () => {
    expect(watchFlags(['--interval', '5s', '--home', '/a', '--home=/b', '--no-store'])).toEqual({
      interval: '5s',
      home: ['/a', '/b'],
      store: false,
      color: true,
    });
    expect(() => watchFlags(['--intervall', '5s'])).toThrow(/intervall.*--help/);
  });

  it('reads what PM2 hands to a module, and nothing else of the environment', () => {
    const own = { home: '/root', lang: 'fr', 'pm2-audit': '{"interval":"30s","home":"/a:/b"}' };
    const settings = watchSettings(moduleFlags(own), {});
    expect(settings).toMatchObject({ everyMs: 30_000, thresholdBytes: GB, homes: ['/a', '/b'], path: null });
    expect(watchSettings(moduleFlags({}), {})).toMatchObject({ everyMs: 10_000, homes: [] });
    expect(() => moduleFlags({ 'pm2-audit': '{"intervall":"1s"}' })).toThrow(
      /intervall.*interval, threshold/,
    );
    expect(() => moduleFlags({ 'pm2-audit': '{' })).toThrow(/no JSON/);
    expect(packageJson.config).toEqual(moduleDefaults);
    expect(packageJson.apps[0]?.script).toBe('dist/module.cjs');
  });
});
