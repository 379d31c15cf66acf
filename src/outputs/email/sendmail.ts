import { spawn } from 'node:child_process';
import { failureAt, MailError } from './mail-failure.ts';
import type { MailParcel } from './mail-parcel.ts';

/**
 * Hands the mail to the host's own MTA: `PATH -i -f FROM -- RECIPIENTS`, without a shell. `-i`: a line with a single dot
 * does not end the mail. Settles at the time-out whatever the program does; fails with a MailError whose code is the
 * program's exit code (sysexits.h) or Node's.
 */
export function sendByProgram(path: string, mail: MailParcel, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = ['-i', '-f', mail.from, '--', ...mail.to];
    const child = spawn(path, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    let isSettled = false;
    const settle = (code: string | null, timedOut = false): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      child.stdin.destroy();
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
    child.stdin.on('error', () => undefined);
    // MTAs read the line ends of the host.
    child.stdin.end(mail.mime.replaceAll('\r\n', '\n'));
  });
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
