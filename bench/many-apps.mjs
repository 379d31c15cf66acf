// A private PM2 with many apps, for measuring. Small ones are `sleep`, real ones a Node HTTP server each.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const pm2 = join(dirname(createRequire(import.meta.url).resolve('pm2/package.json')), 'bin', 'pm2');

export class ManyApps {
  constructor() {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-bench-')));
    this.home = join(this.folder, '.pm2');
    this.env = { PM2_HOME: this.home, PM2_DISCRETE_MODE: 'true' };
  }

  /** `pm2 jlist` as a command to measure. */
  get jlist() {
    return { command: process.execPath, args: [pm2, 'jlist'], env: this.env };
  }

  run(...args) {
    const env = { PATH: process.env.PATH, HOME: this.folder, LANG: 'C', ...this.env };
    execFileSync(process.execPath, [pm2, ...args], {
      env,
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  start(kind, from, to) {
    const script = join(this.folder, 'server.js');
    writeFileSync(
      script,
      "require('node:http').createServer((_, r) => r.end('ok')).listen(0, '127.0.0.1');\n",
    );
    const small = { script: '/bin/sleep', args: '1000000', interpreter: 'none' };
    const apps = [];
    for (let n = from; n < to; n++)
      apps.push({ name: `${kind}-${n}`, cwd: this.folder, ...(kind === 'small' ? small : { script }) });
    const ecosystem = join(this.folder, 'ecosystem.json');
    writeFileSync(ecosystem, JSON.stringify({ apps }));
    this.run('start', ecosystem);
  }

  stop() {
    const pidFile = join(this.home, 'pm2.pid');
    // No daemon: then starting it failed, and that error is the one to be seen.
    if (existsSync(pidFile)) {
      const pid = Number(readFileSync(pidFile, 'utf8'));
      this.run('kill');
      for (let n = 0; n < 100 && alive(pid); n++)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      if (alive(pid)) process.kill(pid, 'SIGKILL');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
