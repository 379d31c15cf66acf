import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { runOom } from '../../src/commands/oom.ts';
import type { Host } from '../../src/host/host.ts';
import { realHost } from '../../src/host/real.ts';
import type { Locale } from '../../src/model/text.ts';
import { cells } from '../../src/report/cells.ts';

const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-oom-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const now = Date.UTC(2026, 10, 21, 22);
const host: Host = { ...realHost(), now: () => now, utcOffsetMinutes: () => 480 };
async function oom(
  files: readonly string[],
  over: { json?: boolean; lang?: Locale; since?: number; color?: boolean; host?: Host } = {},
) {
  let stdout = '';
  let stderr = '';
  const options = {
    json: over.json ?? false,
    since: over.since ?? null,
    color: over.color ?? false,
    lang: over.lang ?? 'en',
    verbose: false,
  };
  const code = await runOom(over.host ?? host, files, options, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code, stdout, stderr };
}
const tail =
  'total-vm:9000000kB, anon-rss:4000000kB, file-rss:30kB, shmem-rss:0kB, UID:7 pgtables:13kB oom_score_adj:0';
const log = file(
  'kern.log',
  [
    'Nov 19 09:05:33 web-01 kernel: [  50.000001] node invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
    'Nov 19 09:05:33 web-01 kernel: [  50.000002] memory: usage 524288kB, limit 524288kB, failcnt 5',
    'Nov 19 09:05:33 web-01 kernel: [  50.000003] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name',
    'Nov 19 09:05:33 web-01 kernel: [  50.000004] [     11]     7    11   261657    1000000   593920        3             5 python3',
    'Nov 19 09:05:33 web-01 kernel: [  50.000005] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/pm2-root.service,task_memcg=/system.slice/pm2-root.service,task=python3,pid=11,uid=7',
    `Nov 19 09:05:33 web-01 kernel: [  50.000006] Memory cgroup out of memory: Killed process 11 (python3) ${tail}`,
    `Nov 20 09:05:33 web-01 kernel: [ 9050.000006] Out of memory: Killed process 12 (\u001b]0;pwn\u0007evil\u202e) ${tail}`,
    'Nov 21 09:05:33 web-01 kernel: [ 9950.000006] Out of memory: Kill process 13 (ghost) score 9 or sacrifice child',
  ].join('\n'),
);

describe('kills in files', () => {
  it('prints the shape of the contract', async () => {
    const { code, stdout, stderr } = await oom([log], { json: true });
    expect([code, stderr]).toEqual([0, '']);
    const out = JSON.parse(stdout);
    expect(out).toMatchObject({
      schema: 'pm2-audit.oom/1',
      appEvidence: [],
      unconfirmed: [{ pid: 13, comm: 'ghost', at: '2026-11-21T09:05:33+08:00' }],
      files: [{ path: log, kills: 2, problem: null }],
    });
    expect(out.kills[0]).toMatchObject({
      at: '2026-11-19T09:05:33+08:00',
      timestamp: 'Nov 19 09:05:33 / 50.000006',
      pid: 11,
      comm: 'python3',
      killer: 'kernel',
      constraint: 'memcg',
      totalVmKb: 9_000_000,
      anonRssKb: 4_000_000,
      fileRssKb: 30,
      shmemRssKb: 0,
      rssKb: null,
      swapKb: null,
      uid: 7,
      oomScoreAdj: 0,
      oomMemcg: '/system.slice/pm2-root.service',
      taskMemcg: '/system.slice/pm2-root.service',
      invokedBy: { comm: 'node', pid: null },
      repeats: 1,
      signal: null,
      sysrq: false,
      evidence: 'kill-line',
      unit: null,
      processes: null,
      app: null,
      role: null,
      confidence: 'none',
      biggest: [{ name: 'python3', app: null, rssBytes: 4_096_000_000 }],
    });
    expect(out.kills).toHaveLength(2);
  });

  it.each(['en', 'zh-CN'] as const)(
    'says the verdict first, within 80 cells, and lets nothing drive the terminal, %s',
    async (lang) => {
      const { stdout } = await oom([log], { lang });
      const first = stdout.split('\n').slice(0, 2).join(' ');
      expect(first).toContain(
        lang === 'en'
          ? '2 OOM kills between 2026-11-19 09:05 and 2026-11-20 09:05; 1 announced, not confirmed.'
          : '2 次内存不足强杀',
      );
      for (const line of stdout.split('\n')) expect(cells(line), line).toBeLessThanOrEqual(80);
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      for (const part of ['python3', 'evil', '/system.slice/pm2-root.service', '512 MB', 'ghost'])
        expect(stdout).toContain(part);
    },
  );

  it('colours only when asked', async () => {
    expect((await oom([log], { color: true })).stdout).toContain('\u001b[');
  });

  it('leaves out what is older than asked for', async () => {
    const { stdout } = await oom([log], { json: true, since: Date.UTC(2026, 10, 20) });
    expect(JSON.parse(stdout).kills).toMatchObject([{ pid: 12 }]);
  });

  it('reads gzip, and several files as one', async () => {
    const packed = file(
      'old.gz',
      gzipSync(`Nov 18 09:05:33 n kernel: Out of memory: Killed process 5 (a) ${tail}\n`),
    );
    const { stdout, code } = await oom([log, packed, log], { json: true });
    expect([code, JSON.parse(stdout).kills.map(({ pid }: { pid: number }) => pid)]).toEqual([0, [5, 11, 12]]);
  });

  it('says in what it found none, and from when to when', async () => {
    const quiet = file('quiet.log', 'Nov 18 09:00:00 n kernel: a\nNov 20 09:00:00 n kernel: b\n');
    const { code, stdout } = await oom([quiet]);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `No OOM kill in ${quiet} (2026-11-18 09:00 to 2026-11-20 09:00).`,
    );
  });

  it('lists what applications wrote apart', async () => {
    const app = file(
      'app.log',
      '[2026-11-21 21:15:16 +0000] [13504] [WARNING] Worker with pid 13523 was terminated due to signal 9\n',
    );
    const { stdout } = await oom([app], { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      kills: [],
      appEvidence: [{ kind: 'gunicorn-signal9', pid: 13523, signal: 9, verdict: 'possible OOM' }],
    });
  });
});

describe('what cannot be read', () => {
  const damaged = gzipSync(Buffer.from(`Out of memory: Killed process 5 (a) ${tail}\n`.repeat(99)));
  it.each([
    ['a missing file', () => join(folder, 'none'), 'no such file'],
    [
      'a folder',
      () => {
        mkdirSync(join(folder, 'sub'), { recursive: true });
        return join(folder, 'sub');
      },
      'is a folder',
    ],
    [
      'a binary',
      () => file('bin', Buffer.from(Array.from({ length: 4000 }, (_, n) => (n * 7) % 32))),
      'is binary',
    ],
    [
      'a journal file',
      () => file('system.journal', Buffer.concat([Buffer.from('LPKSHHRH'), Buffer.alloc(400)])),
      'journalctl --file',
    ],
    ['UTF-16', () => file('wide.log', Buffer.from('\ufeffOut of memory', 'utf16le')), 'UTF-16'],
    ['xz', () => file('log.xz', Buffer.from('fd377a585a000004e6d6', 'hex')), 'xzcat'],
    ['a damaged gzip file', () => file('cut.gz', damaged.subarray(0, damaged.length - 20)), 'damaged'],
  ])('%s: one sentence, and the others are reported', async (_name, make, words) => {
    const path = make();
    const { code, stdout, stderr } = await oom([path, log], { json: true });
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
    expect(stderr).toContain(path);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    const out = JSON.parse(stdout);
    expect(out.kills.map(({ pid }: { pid: number }) => pid)).toEqual(expect.arrayContaining([11, 12]));
    expect(out.files[0].problem).toContain(words);
    expect((await oom([path], { lang: 'zh-CN' })).stderr).toMatch(/。\n$|oom -\n$/);
  });

  it('an empty file holds no kill, and is said to be empty', async () => {
    const { code, stdout, stderr } = await oom([file('empty.log', '')]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('is empty')]);
    expect(stdout).toContain('No OOM kill in');
  });

  it('a host without a readable kernel log: what was tried', async () => {
    const denied = { ok: false, why: 'permission-denied', detail: 'EPERM' } as const;
    const blind: Host = {
      ...host,
      kernelMessages: () => denied,
      run: async () => denied,
      list: () => denied,
    };
    const { code, stdout, stderr } = await oom([], { host: blind });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('/dev/kmsg (EPERM)');
  });

  it('this host: an answer or a reason', async () => {
    const { code, stdout, stderr } = await oom([], { json: true, host: realHost() });
    expect(code === 0 ? JSON.parse(stdout).schema : stderr).toMatch(/pm2-audit.oom\/1|kernel log/);
  });
});
