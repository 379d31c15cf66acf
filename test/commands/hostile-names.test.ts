/** Apps with the names of contract section 5 on a real daemon: every output stays valid, inert and inside its folder. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivatePm2, startPrivatePm2 } from '../lab/private-pm2.ts';
import { runCli } from './run-cli.ts';

const names = [
  '../../x',
  '<script>alert(1)</script>',
  '=cmd()',
  'esc\u001b[31m\u001b]0;title\u0007x',
  'rtl\u202egpj.exe',
  'pipe|`code`|[link](http://e.example)',
  '"quotes"\'and{{braces}}',
  '名字很长的应用'.repeat(30),
  'x'.repeat(300),
];
let folder = '';
let pm2: PrivatePm2;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
  pm2 = await startPrivatePm2();
  const script = join(pm2.work, 'crash.js');
  writeFileSync(
    script,
    "setTimeout(() => { throw new Error('<img src=x onerror=alert(2)> \u001b[2J'); }, 200);",
  );
  // One log file for all: PM2 itself cannot make files with some of these names.
  const apps = names.map((name, n) => ({
    name,
    script,
    out_file: join(pm2.work, `${n}.out`),
    error_file: join(pm2.work, `${n}.err`),
    pid_file: join(pm2.work, `${n}.pid`),
  }));
  writeFileSync(join(pm2.work, 'ecosystem.json'), JSON.stringify({ apps }));
  await pm2.pm2(['start', join(pm2.work, 'ecosystem.json')]);
});
afterAll(async () => {
  await pm2?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('no escape, no markup, no path leaves its place', async () => {
  for (const lang of ['en', 'zh-CN']) {
    const out = join(folder, lang, 'reports');
    const { stdout, stderr } = await runCli(
      ['--home', pm2.home, '--observe', '1s', '--lang', lang, '--out', out, '--top', '50'],
      { cwd: folder },
    );
    expect(stderr).toBe('');
    const files = readdirSync(out, { recursive: true }).map(String);
    const text = (ext: string): string => readFileSync(join(out, `latest.${ext}`), 'utf8');
    for (const content of [stdout, text('md'), text('html'), text('json')]) {
      expect(content).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    }
    expect(text('html')).not.toMatch(/<script|<img/);
    expect(text('html')).toContain('&lt;script&gt;');
    // Inside code, Markdown renders nothing; everywhere else no tag may stand.
    const prose = text('md')
      .replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '')
      .replace(/(`+)[\s\S]*?[^`]\1(?!`)/g, '');
    expect(prose).not.toMatch(/<(script|img)/);
    const found = JSON.parse(text('json')).processes.map(({ app }: { app: { name: string } }) => app.name);
    expect(found).toContain('../../x');
    expect(found).toContain('<script>alert(1)</script>');
    expect(files.every((name) => !name.includes('..'))).toBe(true);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  }
}, 90_000);
