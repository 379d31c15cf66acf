import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unitOf } from '../../../src/gather/systemd/systemd-holder.ts';
import { parseShow } from '../../../src/gather/systemd/systemd-show.ts';
import {
  environmentVariable,
  lastSetting,
  parseBoolean,
  parseSize,
  parseSpan,
  parseUnit,
} from '../../../src/gather/systemd/systemd-unit.ts';

const unit = (...texts: readonly string[]) =>
  parseUnit(texts.map((text, index) => ({ path: `/f${index}`, text })));

describe('a unit file', () => {
  it('keeps sections apart, and the last value counts', () => {
    const settings = unit(
      '[Unit]\nOOMPolicy=kill\n[Service]\nOOMPolicy = stop\n# OOMPolicy=kill\n; also a comment\nOOMPolicy=continue\n',
    );
    expect(lastSetting(settings, 'Service.OOMPolicy')).toEqual({ value: 'continue', file: '/f0' });
    expect(lastSetting(settings, 'Unit.OOMPolicy')?.value).toBe('kill');
  });
  it('joins continued lines, comments between them left out', () => {
    const settings = unit(
      '[Service]\nExecStart=/usr/bin/pm2 \\\n# why\n  resurrect \\\n  --silent\nUser=deploy\n',
    );
    expect(lastSetting(settings, 'Service.ExecStart')?.value.split(/\s+/)).toEqual([
      '/usr/bin/pm2',
      'resurrect',
      '--silent',
    ]);
    expect(lastSetting(settings, 'Service.User')?.value).toBe('deploy');
  });
  it('forgets what an empty assignment resets', () => {
    const settings = unit(
      '[Service]\nExecStart=/a\n',
      '[Service]\nExecStart=\nExecStart=/b\n',
      '[Service]\nMemoryMax=\n',
    );
    expect(settings.get('Service.ExecStart')).toEqual([{ value: '/b', file: '/f1' }]);
    expect(
      lastSetting(unit('[Service]\nMemoryMax=1G\n', '[Service]\nMemoryMax=\n'), 'Service.MemoryMax'),
    ).toBeNull();
  });
  it('survives anything, in time', () => {
    fc.assert(fc.property(fc.string(), (text) => void unit(text)));
    fc.assert(
      fc.property(fc.string(), (text) => void [parseSize(text, 1), parseSpan(text), parseBoolean(text)]),
    );
    expect(parseSpan(`${'1'.repeat(50_000)}!`)).toBeNull();
  });
});

it.each([
  ['512M', 536_870_912],
  ['1.5G', 1_610_612_736],
  ['40%', 400],
  ['1000', 1000],
  ['infinity', null],
  ['18446744073709551615', null],
  ['many', null],
  [null, null],
])('size %s is %s bytes', (text, bytes) => expect(parseSize(text, 1000)).toBe(bytes));

it.each([
  ['90', 90_000],
  ['1min 30s', 90_000],
  ['2min30s', 150_000],
  ['1h', 3_600_000],
  ['500ms', 500],
  ['infinity', null],
  ['soon', null],
  ['1 parsec', null],
])('span %s is %s ms', (text, ms) => expect(parseSpan(text)).toBe(ms));

it('reads booleans as systemd does', () => {
  expect(['yes', 'On', '1', 'no', 'off', 'maybe', null].map(parseBoolean)).toEqual([
    true,
    true,
    true,
    false,
    false,
    null,
    null,
  ]);
});

it('takes one variable out of Environment, quoted or not, the last one', () => {
  const settings = unit(
    '[Service]\nEnvironment="A=b c" PM2_HOME=/one\nEnvironment=\'PM2_HOME=/two words\'\n',
  );
  expect(environmentVariable(settings, 'PM2_HOME')).toBe('/two words');
  expect(environmentVariable(settings, 'A')).toBe('b c');
  expect(environmentVariable(settings, 'HOME')).toBeNull();
});

it.each([
  ['/system.slice/pm2-root.service', 'pm2-root.service', false],
  ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope', false],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/pm2.service', 'pm2.service', true],
  ['/user.slice/user-1000.slice/user@1000.service', 'user@1000.service', false],
  ['/system.slice/pm2-root.service/nested', 'pm2-root.service', false],
  ['/system.slice/docker-3f.scope/system.slice/inner.service', 'inner.service', false],
  ['/', null, false],
])('%s is held by %s', (path, name, isUser) => expect(unitOf(path)).toEqual({ unit: name, isUser }));

it('reads what systemctl show prints of several units', () => {
  const shown = parseShow(
    'Id=a.service\nLoadState=loaded\nOOMPolicy=stop\nMemoryMax=infinity\nNRestarts=2\nActiveState=active\n\nId=b.service\nLoadState=not-found\nActiveState=inactive\n',
  );
  expect(shown.get('a.service')).toMatchObject({
    oomPolicy: 'stop',
    memoryMaxBytes: null,
    restarts: 2,
    active: true,
    isLoaded: true,
  });
  expect(shown.get('b.service')).toMatchObject({
    isLoaded: false,
    active: false,
    oomPolicy: null,
    restarts: null,
  });
});
