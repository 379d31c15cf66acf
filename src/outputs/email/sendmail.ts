import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureAt, MailError } from './mail-failure.ts';
import type { MailParcel } from './mail-parcel.ts';

/**
 * Hands the mail to the host's own MTA: `PATH -i -f FROM -- RECIPIENTS`, without a shell. `-i`: a line with a single dot
 * does not end the mail. Settles at the time-out whatever the program does; fails with a MailError whose code is the
 * program's exit code (sysexits.h) or Node's.
 */
export function sendByProgram(
  path: string,
  mail: MailParcel,
  timeoutMs: number,
  env: { readonly [name: string]: string | undefined } = process.env,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['-i', '-f', mail.from, '--', ...mail.to];
    // MTAs read the line ends of the host.
    const text = mail.mime.replaceAll('\r\n', '\n');
    const file = wholeFile(text);
    const child = spawn(path, args, {
      stdio: [file ?? 'pipe', 'ignore', 'ignore'],
      detached: true,
      env: withoutOurs(env),
    });
    if (file !== null) closeSync(file);
    let isSettled = false;
    const settle = (code: string | null, timedOut = false): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      child.stdin?.destroy();
      if (code === null) resolve();
      else reject(new MailError(failureAt('program', { code, timedOut })));
    };
    const timer = setTimeout(() => {
      endGroup(child.pid);
      settle('timeout', true);
    }, timeoutMs);
    child.on('error', (error) => settle('code' in error ? String(error.code) : 'error'));
    child.on('exit', (code, signal) => settle(code === 0 ? null : String(code ?? signal)));
    // A program that ends without reading: its exit code tells more than the broken pipe.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(text);
  });
}

/**
 * The mail as an open file without a name. For the program the end of its input is the end of the mail: if we were ended
 * in the middle of a pipe, it would send half of one. null = there is no room for a file; then it is a pipe.
 */
function wholeFile(text: string): number | null {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-mail-'));
    try {
      const path = join(folder, 'mail');
      writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
      return openSync(path, 'r');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    return null;
  }
}

/** Passwords of other ways are not its business. */
function withoutOurs(env: { readonly [name: string]: string | undefined }): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PM2_AUDIT_')));
}

/** It has a group of its own; what it left behind in it ends too. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
