import { spawn } from 'node:child_process';

/** What became of the audit. `code` is null when a signal ended it. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isOverdue: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AuditChild {
  readonly ended: Promise<ChildEnd>;
  /** Ends it and everything it started. */
  stop(): void;
}

/** Of each stream; a run says a few kB. */
const outputMaxBytes = 256 * 1024;
const mercyMs = 5000;
/** A program that outlives the audit may hold its pipe open: that is not waited for. */
const pipeMs = 1000;

/**
 * The audit as a process of its own, in a group of its own: whatever it hangs in, and whatever the kernel does to it, we
 * live on to tell. SIGTERM at `deadlineMs`, SIGKILL five seconds later.
 */
export function startAudit(
  words: readonly string[],
  env: { readonly [name: string]: string | undefined },
  deadlineMs: number,
  folder: string = process.cwd(),
): AuditChild {
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: folder,
    env,
  });
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended in between.
    }
  };
  let isOverdue = false;
  const later: NodeJS.Timeout[] = [];
  const stop = (): void => {
    kill('SIGTERM');
    later.push(setTimeout(() => kill('SIGKILL'), mercyMs));
  };
  later.push(
    setTimeout(() => {
      isOverdue = true;
      stop();
    }, deadlineMs),
  );
  const stdout = tail();
  const stderr = tail();
  child.stdout.on('data', stdout.add);
  child.stderr.on('data', stderr.add);
  const ended = new Promise<ChildEnd>((resolve) => {
    const settle = (code: number | null, signal: string | null, said = ''): void => {
      for (const timer of later) clearTimeout(timer);
      // Nothing of an audit that is over stays behind.
      kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ code, signal, isOverdue, stdout: stdout.text(), stderr: `${stderr.text()}${said}` });
    };
    child.once('error', (error) => settle(null, null, `pm2-audit: ${error.message}\n`));
    child.once('exit', (code, signal) => {
      const timer = setTimeout(() => settle(code, signal), pipeMs);
      child.once('close', () => {
        clearTimeout(timer);
        settle(code, signal);
      });
    });
  });
  return { ended, stop };
}

/** The last bytes of a stream. */
function tail(): { add(bytes: Buffer): void; text(): string } {
  let kept: Buffer[] = [];
  let bytes = 0;
  return {
    add(chunk) {
      kept.push(chunk);
      bytes += chunk.length;
      if (bytes <= outputMaxBytes * 2) return;
      const last = Buffer.concat(kept).subarray(-outputMaxBytes);
      kept = [last];
      bytes = last.length;
    },
    text: () => Buffer.concat(kept).subarray(-outputMaxBytes).toString('utf8'),
  };
}
