/** Canaries in every raw source; none may reach any output, in either language. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../lab/private-pm2.ts';
import { runCli } from './run-cli.ts';

const canary = (where: string): string => `CANARY${where}q9Xw3Zk7`;
let folder = '';
let pm2: PrivatePm2;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
  pm2 = await startPrivatePm2();
  const app = join(pm2.work, 'leaky.js');
  writeFileSync(
    app,
    `const { DB_PASSWORD, PLAIN_SECRET_KEY } = process.env;
console.log('connecting with', DB_PASSWORD);
console.error('url postgres://admin:${canary('url')}@db/x token=${canary('assign')} Authorization: Bearer ${canary('bearer')}');
console.error('echo ' + PLAIN_SECRET_KEY + ' and again ' + encodeURIComponent(PLAIN_SECRET_KEY));
setTimeout(() => { throw new Error('login failed for ' + DB_PASSWORD + ' password=${canary('throw')}'); }, 400);
`,
  );
  const ecosystem = join(pm2.work, 'ecosystem.json');
  const entry = {
    name: 'leaky',
    script: app,
    min_uptime: 100,
    args: ['--api-key', canary('args'), `--password=${canary('argsEq')}`],
    env: {
      DB_PASSWORD: canary('env'),
      PLAIN_SECRET_KEY: canary('plain'),
      API_TOKEN: canary('token'),
      SERVICE_URL: `https://u:${canary('envUrl')}@x.example/`,
    },
  };
  writeFileSync(ecosystem, JSON.stringify({ apps: [entry] }));
  await pm2.pm2(['start', ecosystem]);
  await pm2.pm2(['save']);
  await pm2.pm2(['set', 'pm2-thing:password', canary('conf')]);
  await waitFor(async () => ((await pm2.pm2(['jlist'])).match(/"restart_time":[3-9]/) ? true : null));
  appendFileSync(
    join(pm2.home, 'pm2.log'),
    `2026-11-21T10:00:00: PM2 error: Error: spawn failed secret=${canary('log')}\n`,
  );
  await pm2.pm2(['save']);
});
afterAll(async () => {
  await pm2?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('no canary in terminal, Markdown, HTML, JSON or capture, in both languages', async () => {
  const kernelLog = join(folder, 'kern.log');
  writeFileSync(
    kernelLog,
    `[1.5] Out of memory: Killed process 4242 (token=${canary('k')}) total-vm:7164820kB, anon-rss:6920640kB, file-rss:0kB\n`,
  );
  const outputs: string[] = [];
  for (const lang of ['en', 'zh-CN']) {
    const out = join(folder, lang);
    const run = await runCli([
      '--home',
      pm2.home,
      '--lang',
      lang,
      '--out',
      out,
      '--observe',
      '2s',
      '--verbose',
      '--top',
      '50',
    ]);
    expect(run.code).toBe(1);
    outputs.push(run.stdout, run.stderr);
    for (const name of readdirSync(out, { recursive: true }).map(String)) {
      if (statSync(join(out, name)).isFile()) outputs.push(readFileSync(join(out, name), 'utf8'));
    }
    outputs.push((await runCli(['doctor', '--home', pm2.home, '--lang', lang])).stdout);
    outputs.push((await runCli(['oom', kernelLog, '--lang', lang])).stdout);
  }
  const capture = await runCli(['capture', '--home', pm2.home, '--observe', '2s']);
  outputs.push(capture.stdout, capture.stderr);
  const all = outputs.join('\n');
  // The sources are really in there: the exception and the app were seen, only their secrets are gone.
  expect(all).toMatch(/login failed for/);
  expect(all).toMatch(/leaky/);
  expect(all.match(/CANARY[a-zA-Z]*q9Xw3Zk7/g) ?? []).toEqual([]);
}, 90_000);
