import { spawn } from 'node:child_process';
import type { CheckState } from '../../report/check/output.ts';
import type { CheckWords } from '../../report/check/words.ts';

/** Set for the process that does the work. */
export const workMark = 'PM2_AUDIT_CHECK_WORKS';

/** Far more than a check prints. */
const maxOutput = 64 * 1024;

export type Supervised =
  | { readonly kind: 'done'; readonly output: string; readonly code: number }
  | { readonly kind: 'no-result'; readonly text: string };

/**
 * Runs the same command line in a second process and ends in time whatever happens there. A timer in the same process would
 * not do: reading /proc or a hung network disk can block the whole of it, even while it exits. The second one leads a process group of
 * its own, so that the programs it runs end with it; what cannot even be killed is left behind.
 */
export function supervise(timeoutMs: number, words: CheckWords): Promise<Supervised> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, [workMark]: '1' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (result: Supervised): void => {
      clearTimeout(timer);
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        killGroup(child.pid);
      resolve(result);
    };
    const timer = setTimeout(
      () => end({ kind: 'no-result', text: words.timedOut(Math.round(timeoutMs / 1000)) }),
      timeoutMs,
    );
    const onSignal = (): void => end({ kind: 'no-result', text: words.stopped });
    // Never taken off again: a second signal must not end this process before its line is written.
    for (const signal of signals) process.on(signal, onSignal);
    let output = '';
    let talk = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < maxOutput) output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      if (talk.length < maxOutput) talk += chunk;
    });
    child.once('error', (error) => end({ kind: 'no-result', text: words.ended(error.message) }));
    child.once('close', (code, signal) => {
      if (code !== null && code <= 3 && states.some((state) => output.startsWith(`PM2-AUDIT ${state} - `)))
        return end({ kind: 'done', output, code });
      const last = talk.trim().split('\n').at(-1) || (signal ?? `exit ${code}`);
      end({ kind: 'no-result', text: words.ended(last) });
    });
  });
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const states: readonly CheckState[] = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'];

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended in between.
  }
}
