import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { DeliveryProblem, SecretSource } from '../model/delivery.ts';
import type { Locale } from '../model/text.ts';
import { type SecretTrouble, secretWords } from './secret-words.ts';

export type Secret =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: DeliveryProblem };

type Environment = { readonly [name: string]: string | undefined };
type Found = { readonly value: string } | SecretTrouble;

const commandMs = 10_000;
const maxBytes = 64 * 1024;
/** Containers mount their secrets readable by all (Docker: 0444), and nobody else lives in them. */
const mountedSecrets = /^(?:\/var)?\/run\/(?:secrets|credentials)\//;

/**
 * The secret that stands at `source`: a variable, the first line of a file, or the first line a program prints. The
 * problem names the place and what to do, never what was found there: not the value, not what a program wrote, not its
 * arguments (they may hold the secret as well).
 */
export async function readSecret(
  source: SecretSource,
  env: Environment,
  locale: Locale = 'en',
  timeoutMs: number = commandMs,
): Promise<Secret> {
  const found = await find(source, env, timeoutMs);
  const whole = 'value' in found ? firstLine(found.value) : null;
  if (whole) return { ok: true, value: whole };
  const trouble: SecretTrouble = 'value' in found ? { kind: 'empty', place: placeOf(source) } : found;
  return { ok: false, problem: { code: 'settings', words: secretWords[locale](trouble) } };
}

function find(source: SecretSource, env: Environment, timeoutMs: number): Promise<Found> {
  if ('env' in source) {
    const value = env[source.env];
    return Promise.resolve(value === undefined ? { kind: 'no-variable', place: source.env } : { value });
  }
  return 'file' in source ? readFile(source.file) : run(source.command, env, timeoutMs);
}

/** What the words call it: the variable, the file, the program without its arguments. */
function placeOf(source: SecretSource): string {
  if ('env' in source) return `$${source.env}`;
  return 'file' in source ? source.file : basename(source.command[0] ?? '');
}

/** A byte order mark and the line's end are no part of it; blanks are. */
function firstLine(text: string): string {
  return text.replace(/^\ufeff/, '').split(/\r\n|[\r\n]/, 1)[0] ?? '';
}

/**
 * Refuses a file that every user of the host can read, as ssh, msmtp and psql do with theirs: it is mended by one chmod,
 * and a warning in a cron mail would stay unread for years. A group may read it: that is set on purpose.
 */
async function readFile(path: string): Promise<Found> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return { kind: 'no-file', place: path, reason: 'ENOTFILE' };
      const isOpen = process.platform !== 'win32' && (stat.mode & 0o006) !== 0;
      if (isOpen && !mountedSecrets.test(path)) return { kind: 'world-readable', place: path };
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
      return { value: buffer.toString('utf8', 0, bytesRead) };
    } finally {
      await file.close();
    }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { kind: 'no-file', place: path, reason };
  }
}

/** No shell, no terminal to ask at. Settles at the time-out also when a child of the program keeps the pipe open. */
function run(command: readonly string[], env: Environment, timeoutMs: number): Promise<Found> {
  const [program = '', ...args] = command;
  const place = basename(program);
  if (program === '') return Promise.resolve({ kind: 'command-absent', place });
  return new Promise((resolve) => {
    // A group of its own, so that the children of a wrapper script end with it.
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    const parts: Buffer[] = [];
    let bytes = 0;
    const settle = (found: Found): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      resolve(found);
    };
    const timer = setTimeout(() => {
      endGroup(child.pid);
      settle({ kind: 'command-timeout', place, seconds: timeoutMs / 1000 });
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) parts.push(chunk);
      else {
        endGroup(child.pid);
        settle({ kind: 'command-noisy', place });
      }
    });
    child.on('error', () => settle({ kind: 'command-absent', place }));
    child.on('close', (code, signal) =>
      settle(
        code === 0
          ? { value: Buffer.concat(parts).toString('utf8') }
          : { kind: 'command-failed', place, exit: code === null ? String(signal) : String(code) },
      ),
    );
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
