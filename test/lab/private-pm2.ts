/** A PM2 daemon of our own for a test: its home is a fresh temporary folder, and nothing of it is left after `stop`. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodeFrame } from '../../src/host/amp.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const folders = {
  5: join(root, 'test/pm2-versions/node_modules/pm2-5'),
  6: join(root, 'test/pm2-versions/node_modules/pm2-6'),
  7: join(root, 'node_modules/pm2'),
} as const;

export type Pm2Major = keyof typeof folders;

export interface PrivatePm2 {
  readonly home: string;
  /** An empty folder for the apps of the test. */
  readonly work: string;
  /** Pid of the daemon. */
  readonly pid: number;
  /** The environment the daemon and its clients run in. */
  readonly env: { readonly [key: string]: string };
  /** Runs the pm2 command line of this version; gives what it printed. */
  pm2(args: readonly string[], env?: { readonly [key: string]: string }): Promise<string>;
  /** Ends the daemon and all it started, and removes the folder. */
  stop(): Promise<void>;
}

/**
 * False where this version is not installed: said aloud, because a test is skipped then. In CI it is an error.
 * `npm ci --prefix test/pm2-versions` installs 5 and 6.
 */
export function hasPm2(version: Pm2Major): boolean {
  if (existsSync(join(folders[version], 'bin/pm2'))) return true;
  const advice = `PM2 ${version} is not installed; run: npm ci --prefix test/pm2-versions`;
  if (process.env['CI'] === 'true') throw new Error(advice);
  process.stderr.write(`\nSKIPPED: ${advice}\n\n`);
  return false;
}

/** Starts a daemon by the command line of its own version, and waits until it answers. */
export async function startPrivatePm2(
  options: {
    readonly version?: Pm2Major;
    readonly env?: { readonly [key: string]: string };
    /** The shell variable `_`, with which the daemon finds its own command. */
    readonly knowsCommand?: boolean;
  } = {},
): Promise<PrivatePm2> {
  const version = options.version ?? 7;
  const cli = join(folders[version], 'bin/pm2');
  const folder = await mkdtemp(join(tmpdir(), 'pa-'));
  const home = join(folder, '.pm2');
  const work = join(folder, 'work');
  await mkdir(work);
  const env = {
    PATH: `${join(process.execPath, '..')}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    PM2_HOME: home,
    PM2_DISABLE_VERSION_CHECK: '1',
    LANG: 'C.UTF-8',
    ...(options.knowsCommand === true ? { _: cli } : {}),
    ...options.env,
  };
  const pm2 = async (
    args: readonly string[],
    more: { readonly [key: string]: string } = {},
  ): Promise<string> => {
    const { stdout } = await run(process.execPath, [cli, ...args], {
      cwd: work,
      env: { ...env, ...more },
      timeout: 30_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
  await pm2(['ping']);
  const pid = await waitFor(
    async () => Number(await readFile(join(home, 'pm2.pid'), 'utf8').catch(() => '0')) || null,
  );
  return {
    home,
    work,
    pid,
    env,
    pm2,
    async stop() {
      // A test may have stopped the daemon with SIGSTOP: it must run to end its apps.
      signal(pid, 'SIGCONT');
      const family = await descendants(pid);
      await Promise.race([pm2(['kill']).catch(() => ''), pause(10_000)]);
      for (const left of [pid, ...family, ...(await startedBy(home))]) signal(left, 'SIGKILL');
      await waitFor(async () => ((await startedBy(home)).length === 0 ? true : null));
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Asks until the answer is not null; fails after `deadlineMs`. */
export async function waitFor<T>(ask: () => Promise<T | null>, deadlineMs = 20_000): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > end) throw new Error(`nothing after ${deadlineMs} ms`);
    await pause(50);
  }
}

/**
 * A call without its argument: PM2 throws inside the daemon, which then runs `pm2 update` on itself, or dies where it does
 * not know its command (lib/Daemon.js:40-62, 7.0.4).
 */
export async function sendMalformedCall(home: string): Promise<void> {
  const socket = connect(join(home, 'rpc.sock'));
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(encodeFrame(['j:{"type":"call","method":"getMonitorData","args":[]}', 's:lab']));
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), pause(10_000)]);
  socket.destroy();
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: what we wanted.
  }
}

/** Pids of all processes whose environment names this home: the daemon, its apps and their children. */
export async function startedBy(home: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environ = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
    if (environ.includes(`PM2_HOME=${home}\0`) || environ.includes(`"PM2_HOME":"${home}"`))
      found.push(Number(name));
  }
  return found;
}

async function descendants(pid: number): Promise<readonly number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found: number[] = [];
  for (const child of parents.keys()) {
    let at: number | undefined = parents.get(child);
    while (at !== undefined && at > 1 && at !== pid) at = parents.get(at);
    if (at === pid) found.push(child);
  }
  return found;
}
