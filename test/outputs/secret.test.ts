import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SecretSource } from '../../src/model/delivery.ts';
import { readSecret } from '../../src/outputs/secret.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder('pm2-audit-secret');
let made = 0;
function file(content: string | Buffer, mode = 0o600): string {
  made += 1;
  const path = join(folder, `secret-${made}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
const node = (code: string): SecretSource => ({ command: [process.execPath, '-e', code] });
const words = async (source: SecretSource, env = {}, timeoutMs = 5000): Promise<string> => {
  const read = await readSecret(source, env, 'en', timeoutMs);
  if (read.ok) throw new Error('read');
  expect(read.problem.code).toBe('settings');
  const chinese = await readSecret(source, env, 'zh-CN', timeoutMs);
  expect(chinese.ok ? '' : chinese.problem.words).toMatch(/[\u4e00-\u9fff]{4}/);
  return read.problem.words;
};

describe('a secret', () => {
  it.each<[string, SecretSource]>([
    ['a variable', { env: 'X' }],
    ['the first line of a file', { file: file('s3cret\nuser: me\n') }],
    ['a file with CRLF and a byte order mark', { file: file('\ufeffs3cret\r\nmore') }],
    ['a file its group may read', { file: file('s3cret', 0o640) }],
    ['the first line a program prints', node('console.log("s3cret\\nother")')],
  ])('comes from %s', async (_name, source) => {
    expect(await readSecret(source, { X: 's3cret\n' })).toEqual({ ok: true, value: 's3cret' });
  });

  it('keeps its blanks and its Chinese', async () => {
    expect(await readSecret({ file: file(' 密 码 \n') }, {})).toEqual({ ok: true, value: ' 密 码 ' });
  });

  it('of a program comes without a shell, in the environment of the run', async () => {
    const source = node('console.log(process.argv[1] ?? process.env.CANARY)');
    expect(await readSecret(source, { CANARY: '$(id)' })).toEqual({ ok: true, value: '$(id)' });
  });
});

describe('a secret that is not there', () => {
  it('is told by its place', async () => {
    expect(await words({ env: 'MAIL_PASSWORD' })).toMatch(/MAIL_PASSWORD is not set/);
    expect(await words({ env: 'E' }, { E: '' })).toMatch(/\$E is empty/);
    expect(await words({ file: join(folder, 'absent') })).toMatch(
      /absent cannot be read: there is no such file/,
    );
    expect(await words({ file: folder })).toMatch(/it is not a plain file/);
    expect(await words({ file: file('\nsecond') })).toMatch(/is empty/);
    expect(await words({ command: [] })).toMatch(/could not be started/);
    expect(await words({ command: ['no-such-program-here'] })).toMatch(/no-such-program-here/);
  });

  it('a file that everybody can read is refused, with the command that mends it', async () => {
    const path = file('canary-open', 0o644);
    const told = await words({ file: path });
    expect(told).toContain(`chmod 600 ${path}`);
    expect(told).not.toContain('canary-open');
    expect(await words({ file: file('x', 0o602) })).toMatch(/chmod 600/);
  });

  it('a program that fails says how, not what it wrote or was given', async () => {
    const code = 'console.log("canary-out"); console.error("canary-err"); process.exit(3)';
    const told = await words({ command: [process.execPath, '-e', code, 'canary-arg'] });
    expect(told).toMatch(/ended with 3/);
    expect(told).not.toMatch(/canary|process\.exit/);
    expect(await words(node('process.kill(process.pid, "SIGKILL")'))).toMatch(/ended with SIGKILL/);
  });

  it('a program that hangs is ended with its children, also when they keep the pipe open', async () => {
    const pids = join(folder, 'pids');
    const child = 'setInterval(() => {}, 1000)';
    const code = `const c = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: ["ignore", "inherit", "ignore"] }); require("node:fs").appendFileSync(${JSON.stringify(pids)}, process.pid + "\\n" + c.pid + "\\n"); setInterval(() => {}, 1000)`;
    mkdirSync(folder, { recursive: true });
    const from = performance.now();
    const told = await words(node(code), {}, 1500);
    expect(told).toMatch(/did not end within 1\.5 s/);
    expect(performance.now() - from).toBeLessThan(20_000);
    const { readFileSync } = await import('node:fs');
    for (const pid of readFileSync(pids, 'utf8').trim().split('\n').map(Number)) {
      await expect.poll(() => isRunning(pid)).toBe(false);
    }
  });

  it('a program that prints without end is stopped', async () => {
    expect(await words(node('for (;;) console.log("canary".repeat(1000))'))).toMatch(/more than 64 KB/);
  });
});

/** A zombie has ended. */
function isRunning(pid: number): boolean {
  try {
    const { readFileSync } = process.getBuiltinModule('node:fs');
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
