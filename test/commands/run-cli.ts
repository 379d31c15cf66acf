/** Runs the built command line as a user would: a process of its own, with its own small environment. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const bin = join(import.meta.dirname, '..', '..', 'dist', 'bin.cjs');

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: { readonly [key: string]: string };
  readonly input?: string | Buffer;
  /** Told the pid, e.g. to send a signal. */
  readonly onStart?: (pid: number) => void;
  readonly onStderr?: (text: string, pid: number) => void;
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  if (!existsSync(bin)) throw new Error('nothing is built: run npm run build (npm test does)');
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8', ...options.env };
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: options.cwd,
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  options.onStart?.(pid);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    err.push(chunk);
    options.onStderr?.(chunk.toString(), pid);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}

/** A sentence that was folded for a terminal, on one line again. */
export const unfolded = (stderr: string): string => stderr.replace(/\n(?=[^\n])/g, ' ');

/** One clear sentence and no stack trace: what every bad input gets. */
export function isOneClearSentence(stderr: string): boolean {
  return /^pm2-audit: [^\n]{15,600}\n$/.test(stderr) && !/\n\s+at /.test(stderr);
}
