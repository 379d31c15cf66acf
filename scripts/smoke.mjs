// Packs the package, installs the tarball in an empty folder, and runs it there on this Node and the newer ones.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-smoke-'));
const npm = (args, cwd) =>
  execFileSync('npm', args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

const kernelLog = [
  '[38881.454055] Out of memory: Killed process 129101 (git) ',
  'total-vm:7164820kB, anon-rss:6920640kB, file-rss:0kB',
  '',
].join('\n');

function expectRun(node, args, { code = 0, says }) {
  const bin = join(folder, 'node_modules', '.bin', 'pm2-audit');
  const { status, stdout, stderr } = spawnSync(node, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LANG: 'C' },
  });
  if (status !== code || !says.test(stdout)) {
    throw new Error(
      `${node} pm2-audit ${args.join(' ')}: exit ${status}, expected ${code} and ${says}\n${stdout}\n${stderr}`,
    );
  }
}

try {
  const tarball = npm(['pack', '--silent', '--pack-destination', folder], root).trim().split('\n').pop();
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  npm(['install', '--no-audit', '--no-fund', '--omit=peer', `./${tarball}`], folder);
  if (existsSync(join(folder, 'node_modules', 'pm2')))
    throw new Error('pm2 came with the package; it must stay an optional peer');
  const dist = join(folder, 'node_modules', 'pm2-audit', 'dist');
  for (const file of readdirSync(dist).filter((name) => name.endsWith('.cjs'))) {
    const text = readFileSync(join(dist, file), 'utf8');
    if (/node_modules\/pm2\/|Keymetrics/.test(text)) throw new Error(`${file} holds source of pm2`);
    if (text.includes(root)) throw new Error(`${file} holds a path of the build machine`);
  }
  writeFileSync(join(folder, 'kern.log'), kernelLog);
  const capture = join(root, 'test', 'fixtures', 'captures', 'sick-host.json');
  const nodes = [
    process.execPath,
    ...['node-22', 'node-24'].map((name) =>
      join(root, 'test', 'node-versions', 'node_modules', name, 'bin', 'node'),
    ),
  ];
  for (const node of nodes) {
    if (!existsSync(node)) {
      if (process.env.CI) throw new Error(`${node} is missing: npm ci --prefix test/node-versions`);
      console.warn(`SKIPPED: ${node} is not installed (npm ci --prefix test/node-versions)`);
      continue;
    }
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    expectRun(node, ['--version'], { says: /^\d+\.\d+\.\d+/ });
    expectRun(node, ['--help'], { says: /oom/ });
    expectRun(node, ['oom', '--json', 'kern.log'], { says: /"pid":\s*129101/ });
    expectRun(node, ['explain', 'oom-killed'], { says: /oom-killed/ });
    expectRun(node, ['replay', capture, '--out', 'reports', '--lang', 'zh-CN'], { code: 1, says: /严重/ });
    const api = `const { analyze, audits } = require('pm2-audit'); if (typeof analyze !== 'function' || audits.length < 30) process.exit(1);`;
    execFileSync(node, ['-e', api], { cwd: folder });
    console.log(`the packed package runs on ${version}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
