/** Crontabs, units and a cron daemon of our own: mounted over those of the machine, seen by nobody else. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../temporary-folder.ts';
import { bin, type Run } from '../run-cli.ts';
import { cronDaemon } from './tools.ts';

export interface PrivateRun {
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
  readonly input?: string;
  /** Shell commands of the namespace, before ours. */
  readonly before?: string;
}

export class PrivateCron {
  readonly folder = temporaryFolder('pm2-audit-cron');
  readonly home = join(this.folder, 'home');
  readonly work = join(this.folder, 'work 100% "of" it');
  readonly units = join(this.folder, 'units');
  private readonly spool = join(this.folder, 'spool');
  private readonly empty = join(this.folder, 'empty');

  constructor() {
    for (const path of [this.home, this.work, this.units, this.empty, join(this.spool, 'crontabs')])
      mkdirSync(path, { recursive: true });
  }

  /** The crontab as it lies in the spool, without the head that the program writes. */
  get crontab(): string {
    const [name] = readdirSync(join(this.spool, 'crontabs'));
    if (name === undefined) return '';
    const text = readFileSync(join(this.spool, 'crontabs', name), 'latin1');
    return text.replace(/^(?:# (?:DO NOT EDIT|\(|\(Cron version)[^\n]*\n){1,3}/, '');
  }

  async setCrontab(text: Buffer): Promise<void> {
    const file = join(this.folder, 'wanted');
    writeFileSync(file, text);
    const { code, stderr } = await this.run(text.length === 0 ? ['crontab', '-r'] : ['crontab', file]);
    if (code !== 0 && !/no crontab for/.test(stderr)) throw new Error(stderr);
  }

  cli(args: readonly string[], options: PrivateRun = {}): Promise<Run> {
    return this.run([process.execPath, bin, ...args], options);
  }

  async run(words: readonly string[], options: PrivateRun = {}): Promise<Run> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.home,
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      ...options.env,
    };
    const child = this.inside(words, env, options);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input ?? '');
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  }

  /** Debian's cron in the foreground, with our crontab alone. Give the child to `stopDaemon`. */
  startDaemon(): ChildProcess {
    const before = [
      'mount -t tmpfs none /run',
      `mount --bind "${this.empty}" /etc/cron.d`,
      'mount --bind /dev/null /etc/crontab',
    ];
    return this.inside([cronDaemon, '-f'], { PATH: '/usr/bin:/bin' }, { before: before.join(' && ') });
  }

  async stopDaemon(daemon: ChildProcess): Promise<void> {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
  }

  private inside(
    words: readonly string[],
    env: { readonly [name: string]: string },
    { cwd, before }: PrivateRun,
  ): ChildProcess {
    const mounts = [
      'set -e',
      `mount --bind '${this.spool}' /var/spool/cron`,
      ...(existsSync('/etc/systemd/system') ? [`mount --bind '${this.units}' /etc/systemd/system`] : []),
      ...(before === undefined ? [] : [before]),
      'exec "$@"',
    ].join('\n');
    return spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', mounts, 'sh', ...words], {
      cwd: cwd ?? this.work,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }
}
