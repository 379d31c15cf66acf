import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { program } from '../src/command-line.ts';
import {
  parseDuration,
  parseFailOn,
  parseFormats,
  parseLocale,
  parseObserve,
  parseSince,
  parseTop,
  windowOf,
} from '../src/options.ts';
import { type Flags, resolveOptions } from '../src/resolve-options.ts';
import { localeOf, realTerminal } from '../src/terminal.ts';

const now = Date.UTC(2026, 10, 21, 12);

describe('command-line values', () => {
  it('reads durations', () => {
    expect([
      parseDuration('2s', 's'),
      parseDuration('1.5m', 's'),
      parseDuration('0', 's'),
      parseDuration('500ms', 's'),
    ]).toEqual([2000, 90_000, 0, 500]);
    expect([
      parseDuration('2', null),
      parseDuration('two', 's'),
      parseDuration('-1s', 's'),
      parseDuration('', 's'),
    ]).toEqual([null, null, null, null]);
  });

  it('reads windows as spans and dates', () => {
    expect(windowOf(parseSince('24h', now), now)).toEqual({ from: now - 86_400_000, to: now });
    expect(windowOf(parseSince('2026-11-20', now), now).from).toBe(new Date(2026, 10, 20).getTime());
  });

  it.each(['banana', '2026-02-30', '2026-13-01', '0d', '7', '-7d', ''])(
    'refuses --since %j with an example',
    (text) => {
      expect(() => parseSince(text, now)).toThrow(/--since .*24h/);
    },
  );

  it('refuses a window in the future', () => {
    expect(() => parseSince('2026-12-24', now)).toThrow(/future/);
  });

  it('names the bad value and the good ones', () => {
    expect(() => parseFormats('md,pdf')).toThrow(/"pdf" is not a format.*terminal,md,html,json/);
    expect(() => parseTop('0')).toThrow(/1 to 1000/);
    expect(() => parseTop('ten')).toThrow(/1 to 1000/);
    expect(() => parseObserve('1h')).toThrow(/at most 10m/);
    expect(() => parseFailOn('P9')).toThrow(/P0, P1, P2, P3 or never/);
    expect(() => parseLocale('fr')).toThrow(/en or zh-CN/);
  });

  it('takes the language from the environment as POSIX orders it', () => {
    expect(localeOf({ LANG: 'zh_CN.UTF-8' })).toBe('zh-CN');
    expect(localeOf({ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' })).toBe('en');
    expect(localeOf({})).toBe('en');
  });
});

describe('config file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pm2-audit-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const resolve = (flags: Flags = {}) => resolveOptions(flags, {}, folder, now);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  it('is optional; defaults do the main job', async () => {
    expect(await resolve()).toMatchObject({
      out: './reports',
      formats: ['terminal', 'md', 'html', 'json'],
      top: 10,
      observeMs: 2000,
      failOn: 'P0',
      locale: 'en',
    });
  });

  it('is read as JSON, and the command line wins', async () => {
    write('pm2-audit.config.json', '{"top": 5, "lang": "zh-CN", "limits": {"disk-filling": {"warn": 0.95}}}');
    expect(await resolve({ top: '7' })).toMatchObject({
      top: 7,
      locale: 'zh-CN',
      limits: { 'disk-filling': { warn: 0.95 } },
    });
  });

  it('is read as YAML', async () => {
    write(
      'pm2-audit.config.yaml',
      'ignore:\n  - audit: disk-filling\n    until: 2026-12-31\n    reason: being moved\n',
    );
    expect((await resolve()).ignore).toEqual([
      { audit: 'disk-filling', app: null, until: Date.UTC(2026, 11, 31), reason: 'being moved' },
    ]);
  });

  it('is run as a module when nobody else may write it', async () => {
    write('pm2-audit.config.mjs', 'export default { top: 3 };');
    expect(await resolve()).toMatchObject({ top: 3 });
  });

  it.each([
    ['an unknown key', 'pm2-audit.config.json', '{"tpo": 5}', /unknown key "tpo"; accepted are homes, since/],
    ['a wrong type', 'pm2-audit.config.json', '{"top": "five"}', /top must be of type number/],
    ['half a file', 'pm2-audit.config.json', '{"top": 5', /is not whole/],
    [
      'a slip in a file',
      'pm2-audit.config.json',
      '{\n  "top": 5,\n}',
      /is not whole \(line 3, column 1: a name in double quotes was expected\)/,
    ],
    [
      'a word that is none of those known',
      'pm2-audit.config.json',
      '{"webhooks": [{"kind": "slak", "url": {"env": "U"}}]}',
      /webhooks\.0\.kind must be .*slack.* or /,
    ],
    [
      'such a word deeper in',
      'pm2-audit.config.json',
      '{"email": {"to": "a@b.c", "smtp": {"host": "h", "security": "ssl"}}}',
      /email\.smtp\.security must be tls, starttls or none/,
    ],
    [
      'a key that one of several shapes does not know',
      'pm2-audit.config.json',
      '{"email": {"to": "a@b.c", "smtp": {"host": "h", "pasword": "x"}}}',
      /unknown key "pasword" in email\.smtp; accepted are host, port/,
    ],
    [
      'a number out of range',
      'pm2-audit.config.json',
      '{"email": {"to": "a@b.c", "smtp": {"host": "h", "port": 70000}}}',
      /email\.smtp\.port must be at most 65535/,
    ],
    [
      'an empty name',
      'pm2-audit.config.json',
      '{"prom": {"file": ""}}',
      /prom\.file must have at least 1 character/,
    ],
    [
      'two types that fit neither',
      'pm2-audit.config.json',
      '{"since": "7d", "observe": []}',
      /observe must be of type string or number/,
    ],
    ['half a YAML file', 'pm2-audit.config.yaml', 'ignore: [', /is not whole/],
    [
      'a suppression without a reason',
      'pm2-audit.config.json',
      '{"ignore": [{"audit": "cpu-hog"}]}',
      /ignore\.0\.reason/,
    ],
    [
      'a suppression with a bad date',
      'pm2-audit.config.json',
      '{"ignore": [{"audit": "cpu-hog", "until": "soon", "reason": "later"}]}',
      /until "soon" is not a date/,
    ],
  ])('refuses %s', async (_what, name, text, message) => {
    write(name, text);
    await expect(resolve()).rejects.toThrow(message);
  });

  it('names a config that is not there', async () => {
    await expect(resolve({ config: 'absent.json' })).rejects.toThrow(/absent\.json: could not be read/);
  });

  it('refuses stdout for several formats', async () => {
    await expect(resolve({ out: '-', format: 'md,json' })).rejects.toThrow(/one format/);
  });
});

describe('--email given twice', () => {
  it('means both addresses, with every command that has it', () => {
    const options = program(
      () => realTerminal(false),
      () => {},
    ).commands.flatMap(({ options: all }) => all.filter(({ long }) => long === '--email'));
    expect(options).toHaveLength(3);
    for (const { parseArg } of options) {
      expect(parseArg?.('a@example.com', undefined)).toBe('a@example.com');
      expect(parseArg?.('b@example.com', 'a@example.com')).toBe('a@example.com,b@example.com');
      expect(parseArg?.('b@example.com', true)).toBe('b@example.com');
    }
  });
});
