import type { ChildProcess } from 'node:child_process';
import { failure, failureOf } from './failure.ts';
import type { CommandResult, Outcome } from './host.ts';

const stderrMaxBytes = 16 * 1024;
/** Cron starts with a short PATH; dmesg and journalctl are looked for where distributions put them. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs a program without a shell, with no input and LC_ALL=C. It is killed at `timeoutMs` (`timed-out`) or when its
 * output passes `maxBytes` (then the first `maxBytes` are given, `truncated`). `onStart` may keep the child to stop it.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  limits: { readonly timeoutMs: number; readonly maxBytes: number },
  onStart: (stop: () => void) => () => void,
): Promise<Outcome<CommandResult>> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(command, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
        env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${systemPath}`, LC_ALL: 'C', LANG: 'C' },
      });
    } catch (error) {
      resolve(failureOf(error));
      return;
    }
    const output: Buffer[] = [];
    let outputBytes = 0;
    let truncated = false;
    let stderr = '';
    const finish = (outcome: Outcome<CommandResult>): void => {
      clearTimeout(timer);
      forget();
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(outcome);
    };
    const result = (code: number | null): Outcome<CommandResult> => ({
      ok: true,
      value: { code, stdout: Buffer.concat(output, outputBytes), stderr, truncated },
    });
    const stop = (): void => {
      child.kill('SIGKILL');
      finish(failure('timed-out', 'stopped'));
    };
    const forget = onStart(stop);
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      finish(failure('timed-out', `no end after ${limits.timeoutMs} ms`));
    }, limits.timeoutMs);
    child.stdout?.on('data', (bytes: Buffer) => {
      const room = limits.maxBytes - outputBytes;
      output.push(bytes.length > room ? bytes.subarray(0, room) : bytes);
      outputBytes += Math.min(bytes.length, room);
      if (bytes.length <= room) return;
      truncated = true;
      child.kill('SIGKILL');
      finish(result(null));
    });
    child.stderr?.on('data', (bytes: Buffer) => {
      if (stderr.length < stderrMaxBytes) stderr = (stderr + bytes.toString('utf8')).slice(0, stderrMaxBytes);
    });
    child.on('error', (error) => finish(failureOf(error)));
    child.on('close', (code) => finish(result(code)));
  });
}
