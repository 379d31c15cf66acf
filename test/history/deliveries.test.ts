import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDeliveries, outboxLimits } from '../../src/history/deliveries.ts';
import { findDriver } from '../../src/history/driver.ts';
import { newestVersion } from '../../src/history/migrations/index.ts';
import { HistoryProblem } from '../../src/history/problem.ts';
import { processStart } from '../../src/history/process-start.ts';
import { openReader } from '../../src/history/sqlite.ts';
import { day } from '../factories.ts';
import { driver, start, tempPath, wideDisk } from './factory.ts';

const own = process.getBuiltinModule?.('node:sqlite') !== undefined;
const drivers = own ? (['libsql', 'node:sqlite'] as const) : (['libsql'] as const);
const parcel = (id: string, body = `body of ${id}`) => ({ id, body });

describe.each(drivers)('deliveries with %s', (name) => {
  it('keeps what a channel was told, for each host apart', async () => {
    const engine = await findDriver(name);
    const path = tempPath();
    const store = openDeliveries(engine, path, wideDisk);
    expect(store.told('email', 'web-01')).toBeNull();
    store.remember('email', 'web-01', { sentAt: start, 名: ['ä', null] }, start);
    store.remember('email', 'web-02', { sentAt: 2 }, start);
    store.remember('ops', 'web-01', { sentAt: 3 }, start);
    store.remember('email', 'web-02', { sentAt: 4 }, start + 1);
    store.close();
    const again = openDeliveries(engine, path, wideDisk);
    expect(again.told('email', 'web-01')).toEqual({ sentAt: start, 名: ['ä', null] });
    expect(again.told('email', 'web-02')).toEqual({ sentAt: 4 });
    expect(again.told('ops', 'web-01')).toEqual({ sentAt: 3 });
    again.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps the outbox in order, replaces in place, and removes', async () => {
    const store = openDeliveries(await findDriver(name), tempPath(), wideDisk);
    for (const id of ['a', 'b', 'c']) expect(store.enqueue('email', parcel(id), start, null)).toBe(0);
    store.enqueue('ops', parcel('a'), start, null);
    store.enqueue('email', parcel('a', 'another body'), start + 1, null);
    store.replace('email', 'b', parcel('b2', 'the rest'), { isPartly: true });
    expect(store.queue('email').map(({ note }) => note)).toEqual([null, { isPartly: true }, null]);
    expect(store.queue('email').map(({ parcel: { id, body }, queuedAt }) => [id, body, queuedAt])).toEqual([
      ['a', 'body of a', start],
      ['b2', 'the rest', start],
      ['c', 'body of c', start],
    ]);
    store.remove('email', 'a');
    expect(store.queue('email').map(({ parcel: { id } }) => id)).toEqual(['b2', 'c']);
    expect(store.queue('ops')).toHaveLength(1);
    store.close();
  });

  it('is bounded in number, bytes and age, and the newest always stays', async () => {
    const store = openDeliveries(await findDriver(name), tempPath(), wideDisk);
    let dropped = 0;
    for (let n = 0; n < outboxLimits.parcels + 3; n += 1)
      dropped += store.enqueue('email', parcel(`m${n}`), start + n, null);
    expect(dropped).toBe(3);
    expect(store.queue('email').map(({ parcel: { id } }) => id)[0]).toBe('m3');
    expect(store.dropOld('email', start + 5 + outboxLimits.ageMs)).toBe(2);
    expect(store.queue('email')[0]?.parcel.id).toBe('m5');
    const big = randomBytes(outboxLimits.bytes).toString('base64');
    expect(store.enqueue('email', parcel('big', big), start + 99, null)).toBe(1);
    expect(store.queue('email').map(({ parcel: { id } }) => id)).toEqual(['big']);
    store.close();
  });
});

describe('a kept message', () => {
  it('makes room for one that says all it says, whole or not at all', () => {
    const path = tempPath();
    const store = openDeliveries(driver, path, wideDisk);
    store.enqueue('email', parcel('a'), start, { n: 1 });
    store.enqueue('email', parcel('rest'), start, { isPartly: true });
    store.enqueue('email', parcel('b'), start + 1, { n: 2 }, ['a']);
    expect(store.queue('email').map(({ parcel: { id } }) => id)).toEqual(['rest', 'b']);
    // The same message once more is not its own successor.
    store.enqueue('email', parcel('b'), start + 2, { n: 3 }, ['b']);
    expect(store.queue('email').at(-1)).toMatchObject({ queuedAt: start + 1, note: { n: 2 } });
    store.delivered('email', 'b', start + 3, { scope: 'web-01', state: { sentAt: start + 3 } });
    expect(store.told('email', 'web-01')).toEqual({ sentAt: start + 3 });
    store.delivered('email', 'rest', start + 4, null);
    expect(store.queue('email')).toEqual([]);
    store.close();
  });

  it('that was refused for good is remembered by its reason until one is delivered', () => {
    const store = openDeliveries(driver, tempPath(), wideDisk);
    expect(store.refusal('email')).toBeNull();
    store.enqueue('email', parcel('a'), start, null);
    store.refuse('email', 'a', { at: start, settings: 'mark', words: 'nobody is called so.' });
    expect(store.queue('email')).toEqual([]);
    expect(store.refusal('email')).toEqual({ at: start, settings: 'mark', words: 'nobody is called so.' });
    store.delivered('email', 'b', start, null);
    expect(store.refusal('email')).toBeNull();
    store.close();
  });

  it('of an earlier version has no note, and goes out all the same', () => {
    const path = tempPath();
    const store = openDeliveries(driver, path, wideDisk);
    const database = driver.open(path, 1000);
    store.enqueue('email', parcel('a'), start, null);
    database.exec('UPDATE parcel SET note = NULL');
    database.close();
    expect(store.queue('email')).toMatchObject([{ parcel: { id: 'a' }, note: null }]);
    store.close();
  });
});

describe('a claim', () => {
  it('is refused while its process lives, and taken over when it is gone', async () => {
    const path = tempPath();
    const store = openDeliveries(driver, path, wideDisk);
    expect(store.claim('email', start)).toEqual({ ok: true });
    expect(store.claim('email', start)).toEqual({ ok: true });
    store.release('email');
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const pid = other.pid ?? 0;
    const database = driver.open(path, 1000);
    database.prepare('INSERT INTO claim VALUES (?, ?, ?, ?)').run('email', pid, processStart(pid), start);
    // The pid lives, but it is another process than the one that made the claim.
    database.prepare('INSERT INTO claim VALUES (?, ?, ?, ?)').run('ops', pid, '1', start);
    database.close();
    expect(store.claim('email', start)).toEqual({ ok: false, by: pid });
    expect(store.claim('ops', start)).toEqual({ ok: true });
    store.release('email');
    expect(store.claim('email', start)).toEqual({ ok: false, by: pid });
    const ended = new Promise((resolve) => other.once('exit', resolve));
    other.kill('SIGKILL');
    await ended;
    expect(store.claim('email', start)).toEqual({ ok: true });
    store.close();
  });

  it('of another host is respected for the time one message takes', () => {
    const path = tempPath();
    const store = openDeliveries(driver, path, wideDisk);
    const database = driver.open(path, 1000);
    // The same pid as ours, in a container of its own.
    database
      .prepare('INSERT INTO claim VALUES (?, ?, ?, ?)')
      .run('email', process.pid, '1@another-host', start);
    expect(store.claim('email', start + 60_000)).toEqual({ ok: false, by: process.pid });
    store.release('email');
    expect(store.claim('email', start + 60_000)).toEqual({ ok: false, by: process.pid });
    expect(store.claim('email', start + 4 * 60_000)).toEqual({ ok: true });
    database.close();
    store.close();
  });

  it('knows a process by its start', () => {
    expect(processStart(process.pid)).toMatch(/^\d+$/);
    expect(processStart(2 ** 22 + 5)).toBeNull();
  });
});

describe('the store', () => {
  it('of version 1 gets its new tables and keeps all it held', () => {
    const path = tempPath();
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(import.meta.dirname, '..', 'fixtures', 'history', 'version-1.db'), path);
    const store = openDeliveries(driver, path, wideDisk);
    store.enqueue('email', parcel('a'), start, null);
    store.close();
    const reader = openReader(driver, path);
    expect(reader.state().version).toBe(newestVersion);
    expect(reader.cursor('kmsg')).toBe('1');
    reader.close();
  });

  it('refuses what is no store of ours, in one sentence, and leaves it alone', () => {
    const path = tempPath();
    mkdirSync(dirname(path), { recursive: true });
    const foreign = driver.open(path, 0);
    foreign.exec('CREATE TABLE theirs (x)');
    foreign.close();
    const before = readFileSync(path);
    expect(() => openDeliveries(driver, path, wideDisk)).toThrow(HistoryProblem);
    expect(readFileSync(path).equals(before)).toBe(true);
    const network = { ...wideDisk, typeAt: () => 0x6969 };
    const other = tempPath();
    expect(() => openDeliveries(driver, other, network)).toThrow(/network file system/);
    expect(existsSync(other)).toBe(false);
  });

  it('is not emptied of parcels by a day', () => {
    const store = openDeliveries(driver, tempPath(), wideDisk);
    store.enqueue('email', parcel('a'), start, null);
    expect(store.dropOld('email', start + day)).toBe(0);
    store.close();
  });
});
