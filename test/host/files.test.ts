import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realHost } from '../../src/host/real.ts';

const host = realHost();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pa-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('reading', () => {
  it('reads files of /proc to their end, though their size is 0', () => {
    const stat = host.readText('/proc/self/stat');
    expect(stat.ok && stat.value).toMatch(new RegExp(`^${process.pid} \\(.*\\n$`, 's'));
    const maps = host.readText('/proc/self/maps', 8 * 1024 * 1024);
    expect(maps.ok && maps.value.endsWith('\n')).toBe(true);
    expect(maps.ok && maps.value).toContain('[stack]');
  });

  it('reads whole files above its buffer, and no more than it may', () => {
    const path = join(folder, 'big');
    writeFileSync(path, 'é'.repeat(100_000));
    expect(host.readText(path)).toEqual({ ok: true, value: 'é'.repeat(100_000) });
    const part = host.read(path, 70_001);
    expect(part.ok && part.value.length).toBe(70_001);
    const proc = host.readText('/proc/self/maps', 10);
    expect(proc.ok && proc.value.length).toBe(10);
  });

  it('says why not, in the machine’s words and without the path', () => {
    expect(host.readText(join(folder, 'no'))).toEqual({
      ok: false,
      why: 'not-found',
      detail: 'ENOENT: no such file or directory',
    });
    expect(host.readText('/proc/999999999/stat')).toMatchObject({ ok: false, why: 'not-found' });
    expect(host.list('/etc/passwd')).toMatchObject({ ok: false, why: 'not-found' });
    expect(host.read(folder)).toMatchObject({ ok: false });
  });

  it('neither waits for a FIFO nor takes from it, and opens no device', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of [fifo, '/dev/zero']) {
      expect(host.read(path)).toMatchObject({ ok: false, why: 'not-supported' });
      expect(host.open(path)).toMatchObject({ ok: false, why: 'not-supported' });
    }
  });

  it('reads at any offset, and nothing after the end or the close', () => {
    const path = join(folder, 'log');
    writeFileSync(path, '0123456789');
    const file = host.open(path);
    if (!file.ok) throw new Error(file.detail);
    expect(file.value.sizeBytes).toBe(10);
    expect(file.value.read(7, 100).toString()).toBe('789');
    expect(file.value.read(50, 5).length).toBe(0);
    file.value.close();
    file.value.close();
    expect(file.value.read(0, 5).length).toBe(0);
  });

  it('describes a link itself, and its target by a trailing dot', () => {
    symlinkSync(folder, join(folder, 'link'));
    const [link, target, own] = [
      host.stat(join(folder, 'link')),
      host.stat(`${folder}/link/.`),
      host.stat(folder),
    ];
    expect(link).toMatchObject({ ok: true, value: { kind: 'link' } });
    expect(target.ok && own.ok && target.value.inode === own.value.inode).toBe(true);
    expect(host.readLink(join(folder, 'link'))).toEqual({ ok: true, value: folder });
    expect(host.fileSystem(folder)).toMatchObject({ ok: true });
  });
});

describe('running', () => {
  const limits = { timeoutMs: 5000, maxBytes: 100 };
  it('gives code, output and talk, in plain English', async () => {
    const result = await host.run('sh', ['-c', 'echo $LC_ALL; echo talk >&2; exit 3'], limits);
    expect(result).toEqual({
      ok: true,
      value: { code: 3, stdout: Buffer.from('C\n'), stderr: 'talk\n', truncated: false },
    });
  });

  it('caps output, ends what takes too long, and knows what is not installed', async () => {
    const endless = await host.run('yes', [], limits);
    expect(endless.ok && [endless.value.stdout.length, endless.value.truncated]).toEqual([100, true]);
    expect(await host.run('sleep', ['60'], { ...limits, timeoutMs: 100 })).toMatchObject({
      ok: false,
      why: 'timed-out',
    });
    expect(await host.run('pm2-audit-no-such-program', [], limits)).toMatchObject({
      ok: false,
      why: 'not-found',
    });
  });

  it('ends everything on close', async () => {
    const own = realHost();
    const running = own.run('sleep', ['60'], { timeoutMs: 60_000, maxBytes: 10 });
    await own.run('true', [], limits);
    own.close();
    expect(await running).toMatchObject({ ok: false, why: 'timed-out' });
  });
});
