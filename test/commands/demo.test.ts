/** The demo for real: it names the culprits, and leaves nothing behind, also on Ctrl-C. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMakeOomKills } from '../lab/memory-cage.ts';
import { runCli } from './run-cli.ts';

let folder = '';
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a demo may leave: folders, processes and cgroups that carry its name. */
function traces(): readonly string[] {
  const folders = readdirSync(folder).filter((name) => name.startsWith('pm2-audit-demo-'));
  const processes = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/environ`, 'latin1').includes(`${folder}/pm2-audit-demo-`);
    } catch {
      return false;
    }
  });
  const own = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  const group = own === undefined ? null : join('/sys/fs/cgroup/memory', own);
  const cgroups =
    group !== null && existsSync(group)
      ? readdirSync(group).filter((name) => name.startsWith('pm2-audit-demo-'))
      : [];
  return [...folders, ...processes, ...cgroups];
}

describe('pm2-audit demo', () => {
  it('audits a sick ecosystem, names the culprits, leaves nothing', async () => {
    const kills = canMakeOomKills();
    const { code, stdout, stderr } = await runCli(
      ['demo', '--lang', 'en', '--out', join(folder, 'reports')],
      {
        cwd: join(import.meta.dirname, '..', '..'),
        env: { TMPDIR: folder },
      },
    );
    expect({ code, stderr: kills ? stderr : '' }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/\[CRITICAL\]/);
    const report = JSON.parse(readFileSync(join(folder, 'reports', 'latest.json'), 'utf8'));
    const found = (audit: string): unknown[] =>
      report.findings
        .filter((finding: { audit: string }) => finding.audit === audit)
        .map((finding: unknown) => JSON.stringify(finding));
    if (kills) {
      expect(report.findings[0].audit).toBe('oom-killed');
      expect(String(found('oom-killed')[0])).toMatch(/memory-hog/);
      const tied = report.oomKills.filter(
        (kill: { app: { name: string } | null }) => kill.app?.name === 'memory-hog',
      );
      expect(tied).toHaveLength(2);
      for (const kill of tied) expect(['certain', 'likely']).toContain(kill.confidence);
    }
    expect(found('restart-loop').join()).toMatch(/crash-loop/);
    expect(found('heap-limit-hit').join()).toMatch(/heap-abort/);
    expect(found('memory-limit-blind').join()).toMatch(/fat-children/);
    for (const { audit, subject } of report.findings) {
      expect(`${audit}: ${JSON.stringify(subject)}`).not.toMatch(
        /(oom-killed|restart-loop|heap-limit-hit|memory-limit-blind).*(healthy-web|cluster-api)/,
      );
    }
    expect(traces()).toEqual([]);
  }, 120_000);

  it('leaves nothing on Ctrl-C either', async () => {
    const run = runCli(['demo', '--out', join(folder, 'interrupted')], {
      cwd: join(import.meta.dirname, '..', '..'),
      env: { TMPDIR: folder },
      onStart: (pid) => {
        const wait = setInterval(() => {
          const home = readdirSync(folder).find((name) => name.startsWith('pm2-audit-demo-'));
          if (home === undefined || !existsSync(join(folder, home, '.pm2', 'rpc.sock'))) return;
          clearInterval(wait);
          process.kill(pid, 'SIGINT');
        }, 50);
      },
    });
    const { code } = await run;
    expect(code).toBe(130);
    expect(traces()).toEqual([]);
    expect(existsSync(join(folder, 'interrupted'))).toBe(false);
  }, 120_000);
});
