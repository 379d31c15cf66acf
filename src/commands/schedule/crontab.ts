import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the program `crontab` answered. `absent`: there is no such program. */
export type CrontabAnswer =
  | { readonly ok: true; readonly text: Buffer }
  | { readonly ok: false; readonly why: 'absent' | 'refused' | 'timed-out'; readonly detail: string };

/** This user's crontab. */
export interface Crontab {
  /** An empty one and none are the same: no bytes. */
  read(): Promise<CrontabAnswer>;
  write(text: Buffer): Promise<CrontabAnswer>;
}

const timeoutMs = 10_000;
/** Sessions without a login may lack the folders of the system. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `crontab -l` and `crontab -` of this user: the program knows where crontabs lie, who may have one, and tells the daemon. */
export const realCrontab: Crontab = {
  async read() {
    const answer = await run(['-l'], null);
    // Debian, cronie: "no crontab for root". BusyBox: "can't open 'root': No such file or directory".
    const isNone =
      !answer.ok &&
      answer.why === 'refused' &&
      /no crontab for|can't open .*: No such file/i.test(answer.detail);
    if (isNone) return { ok: true, text: Buffer.alloc(0) };
    return answer.ok && isShown(answer.text) ? { ok: true, text: await readAsEditor(answer.text) } : answer;
  },
  write: (text) => (text.length === 0 ? run(['-r'], null) : run(['-'], text)),
};

/** Debian's `crontab -l` prints a carriage return as `\r` and a backspace as `\b` (3.0pl1-162): its text may not be the file. */
function isShown(text: Buffer): boolean {
  return text.includes('\\r') || text.includes('\\b');
}

/**
 * The bytes of the file itself: `crontab -e` hands them to an editor, and ours only copies them. It changes nothing, so
 * nothing is installed. Where that does not work, what `-l` said has to do.
 */
async function readAsEditor(shown: Buffer): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-'));
  const copy = join(folder, 'crontab');
  try {
    const editor = `sh -c 'cat "$1" > "$PM2_AUDIT_COPY"' sh`;
    const answer = await run(['-e'], null, { VISUAL: editor, EDITOR: editor, PM2_AUDIT_COPY: copy });
    const seen = answer.ok ? readFileSync(copy) : shown;
    const escaped = seen.toString('latin1').replaceAll('\r', '\\r').replaceAll('\b', '\\b');
    // It is the same crontab, or it is not used.
    return escaped === shown.toString('latin1') ? seen : shown;
  } catch {
    return shown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(
  args: readonly string[],
  input: Buffer | null,
  more: { readonly [name: string]: string } = {},
): Promise<CrontabAnswer> {
  return new Promise((resolve) => {
    const child = spawn('crontab', args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${process.env['PATH'] ?? ''}:${systemPath}`,
        LC_ALL: 'C',
        LANG: 'C',
        ...more,
      },
    });
    const output: Buffer[] = [];
    let said = '';
    const settle = (answer: CrontabAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      settle({ ok: false, why: 'timed-out', detail: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
    child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
    child.stderr.on('data', (bytes: Buffer) => {
      if (said.length < 4096) said += bytes.toString('utf8');
    });
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      const isAbsent = 'code' in error && error.code === 'ENOENT';
      settle({ ok: false, why: isAbsent ? 'absent' : 'refused', detail: error.message });
    });
    child.on('close', (code) =>
      settle(
        code === 0
          ? { ok: true, text: Buffer.concat(output) }
          : { ok: false, why: 'refused', detail: lineOf(said) },
      ),
    );
    child.stdin.end(input ?? undefined);
  });
}

/** Its message on one line, printable. */
function lineOf(said: string): string {
  return said
    .replace(/[^\p{L}\p{N}\p{P}\p{S}\s]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}
