import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { UsageError } from '../../usage-error.ts';

/** Finds the `pm2` package: beside us, below the working folder, or the one on the PATH. Returns its command file. */
export function findPm2(): string {
  const bases = [process.argv[1], join(process.cwd(), 'index.js')].filter((base) => base !== undefined);
  for (const base of bases) {
    try {
      const manifest = createRequire(existsSync(base) ? realpathSync(base) : base).resolve(
        'pm2/package.json',
      );
      return join(dirname(manifest), 'bin', 'pm2');
    } catch {
      // Not there; the next place may have it.
    }
  }
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'pm2');
    if (folder && existsSync(path)) return realpathSync(path);
  }
  throw new UsageError(
    'demo: the package pm2 is not installed here. Install it (npm install pm2), then run the demo again.',
  );
}

/** A PM2 of our own: its home is a temporary folder, nobody else's daemon is ever asked. */
export class PrivatePm2 {
  readonly home: string;
  private readonly command: string;

  constructor(command: string, home: string) {
    this.command = command;
    this.home = home;
  }

  /** Runs one pm2 command in our home. A small environment: none of the user's variables enter PM2's records. */
  async run(...args: readonly string[]): Promise<void> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      PM2_HOME: this.home,
      PM2_DISCRETE_MODE: 'true',
      LANG: 'C',
    };
    const child = spawn(process.execPath, [this.command, ...args], {
      env,
      cwd: dirname(this.home),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let talk = '';
    child.stderr.on('data', (chunk: Buffer) => {
      talk = (talk + chunk.toString()).slice(-2000);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`pm2 ${args.join(' ')} ended with code ${code}: ${talk.trim()}`);
  }

  /** Stops daemon and apps; what is still there with our home in its environment is ended by pid. */
  async stop(): Promise<void> {
    if (existsSync(join(this.home, 'rpc.sock'))) await this.run('kill').catch(() => undefined);
    const deadline = performance.now() + 5000;
    for (let own = this.pids(); own.length > 0; own = this.pids()) {
      for (const pid of own) end(pid);
      if (performance.now() > deadline)
        throw new Error(`processes of the demo are still there: ${own.join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Pids whose environment names our home: they can only have been started by our daemon, or be it. */
  private pids(): readonly number[] {
    if (process.platform !== 'linux') return [];
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((name) => {
        try {
          const environ = readFileSync(`/proc/${name}/environ`, 'latin1');
          return environ.includes(`PM2_HOME=${this.home}`) || environ.includes(`"PM2_HOME":"${this.home}"`);
        } catch {
          // Gone, or not ours to read.
          return false;
        }
      })
      .map(Number);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
