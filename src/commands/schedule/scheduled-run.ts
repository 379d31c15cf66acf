import { join } from 'node:path';
import { makeCleaner } from '../../gather/clean.ts';
import type { Locale } from '../../model/text.ts';
import { parseDuration, parseLocale } from '../../options.ts';
import type { Ping } from '../../outputs/ping.ts';
import type { Flags } from '../../resolve-options.ts';
import { localeOf, type Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import { type ChildEnd, startAudit } from './audit-child.ts';
import { readEnvFile } from './env-file.ts';
import { latenessMs } from './lateness.ts';
import { findPing } from './ping-settings.ts';
import { addRun, type RunEnd, readRecord, recordFolder, writeRecord } from './run-record.ts';
import { runWords } from './run-words.ts';
import { catchStopSignals, type StopSignals } from './stop-signals.ts';
import { takeTurn } from './turn.ts';

/** What a schedule adds to the flags of an audit. Nobody types them. */
export interface ScheduledFlags extends Flags {
  /** Id of the schedule. */
  readonly scheduled?: string;
  readonly jitter?: string;
  readonly secrets?: string;
  readonly deadline?: string;
  readonly email?: string | boolean;
  readonly send?: boolean;
}

/** Flags that are ours alone: the audit itself does not get them. */
const ours = ['--scheduled', '--jitter', '--secrets', '--deadline'];
const usualDeadlineMs = 10 * 60_000;
const turnWaitMs = 30_000;
const saidLines = 5;

/** How a run went, for cron, the ping and the record. */
interface Outcome {
  readonly code: number;
  readonly end: RunEnd;
  /** For stdout; cron mails it. */
  readonly shown: string;
  /** For stderr. */
  readonly said: string;
  readonly log: string;
}

/**
 * `pm2-audit audit --scheduled ID …`, as cron, systemd and the PM2 module call it: late by the jitter, one at a time, never
 * longer than the deadline, noted for `schedule --status`, told to the dead-man's switch. Silent when all is well; the
 * summary on stdout where there are findings and nobody else is told; one clear line on stderr when something failed.
 */
export async function runScheduled(
  flags: ScheduledFlags,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const id = flags.scheduled ?? '';
  if (!/^[0-9a-f]{8}$/.test(id))
    throw new UsageError(`--scheduled: is written by pm2-audit schedule. Use that, or leave it out.`);
  const jitterMs = milliseconds(flags.jitter ?? '0s', '--jitter');
  const deadlineMs = milliseconds(flags.deadline ?? `${usualDeadlineMs}ms`, '--deadline');
  const locale = flags.lang === undefined ? localeOf(process.env) : parseLocale(flags.lang);
  const cleaner = makeCleaner();
  // The ping is ours: the audit is not to tell of its start and end once more (commands/delivery/tell-switch.ts).
  const env: { [name: string]: string | undefined } = { ...process.env, PM2_AUDIT_PINGED: '1' };
  let problem: string | null = null;
  try {
    for (const [name, value] of flags.secrets === undefined ? [] : readEnvFile(flags.secrets)) {
      env[name] = value;
      cleaner.learn(value);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problem = error.message;
  }
  for (const [name, value] of Object.entries(env))
    if (name.startsWith('PM2_AUDIT_')) cleaner.learn(value ?? '');

  const found = await findPing(flags.config ?? null, env, locale);
  if (found.problem !== null) terminal.stderr(`pm2-audit: ${found.problem}\n`);
  await new Promise((resolve) => setTimeout(resolve, latenessMs(id, jitterMs)));
  const run = {
    id,
    locale,
    ping: found.ping,
    terminal,
    delivers: (flags.email !== undefined && flags.email !== false) || flags.send === true,
    clean: (text: string) =>
      text
        .split('\n')
        .map((line) => cleaner.text(line))
        .join('\n'),
  };
  return runOnce(
    run,
    problem,
    () => startAudit([process.argv[1] ?? '', ...auditWords(words)], env, deadlineMs),
    deadlineMs,
  );
}

interface Run {
  readonly id: string;
  readonly locale: Locale;
  readonly ping: Ping | null;
  readonly terminal: Terminal;
  readonly delivers: boolean;
  readonly clean: (text: string) => string;
}

async function runOnce(
  run: Run,
  problem: string | null,
  start: () => ReturnType<typeof startAudit>,
  deadlineMs: number,
): Promise<number> {
  const own = runWords[run.locale];
  const folder = recordFolder(process.env);
  const startedAt = Date.now();
  const signals = catchStopSignals();
  const lock = join(folder, `${run.id}.lock`);
  const isStopped = (): boolean => signals.said() !== null;
  const turn = await takeTurn(lock, turnWaitMs, () => Date.now(), isStopped).catch((error: unknown) => {
    // Without a place for the lock the audit is made all the same; its report folder has a lock of its own.
    run.terminal.stderr(`${own.noRecord(codeOf(error))}\n`);
    return { ok: true as const, release: () => {} };
  });
  const failure = (end: RunEnd, said: string): Outcome => ({ code: 2, end, shown: '', said, log: said });
  let outcome: Outcome;
  let isPinged = false;
  const stoppedBy = signals.said();
  if (!turn.ok && stoppedBy !== null) outcome = failure('stopped', own.stopped(stoppedBy));
  else if (!turn.ok) {
    const { pid, since } = turn.holder ?? { pid: '?', since: startedAt };
    outcome = failure('busy', own.busy(String(pid), new Date(since).toTimeString().slice(0, 5)));
  } else {
    isPinged = true;
    // Told while the audit runs; the end is told after it in any case.
    const begun = run.ping?.start() ?? Promise.resolve(null);
    outcome =
      problem === null
        ? await watch(run, start, deadlineMs, signals)
        : failure('ended', `pm2-audit: ${problem}`);
    const endedAt = Date.now();
    note(run, folder, outcome, startedAt, endedAt);
    turn.release();
    signals.release();
    await begun;
    const head = own.ended(outcome.code, own.seconds(endedAt - startedAt));
    const refused = await run.ping?.end(outcome.code, `${head}\n\n${outcome.log}`);
    if (refused) run.terminal.stderr(`pm2-audit: ${refused.words}\n`);
  }
  signals.release();
  if (!isPinged) note(run, folder, outcome, startedAt, Date.now());
  if (outcome.shown !== '') run.terminal.stdout(outcome.shown);
  if (outcome.said !== '') run.terminal.stderr(`${outcome.said}\n`);
  return outcome.code;
}

/** Runs the audit to its end, or to ours: a signal from outside is handed on. */
async function watch(
  run: Run,
  start: () => ReturnType<typeof startAudit>,
  deadlineMs: number,
  signals: StopSignals,
): Promise<Outcome> {
  const own = runWords[run.locale];
  const child = start();
  signals.handTo(child);
  const ended = await child.ended;
  const signalled = signals.said();
  const failure = (end: RunEnd, said: string): Outcome => ({
    code: 2,
    end,
    shown: '',
    said,
    log: run.clean(`${ended.stdout}${ended.stderr}${said}\n`),
  });
  if (ended.isOverdue) return failure('deadline', own.deadline(own.seconds(deadlineMs)));
  if (signalled !== null) return failure('stopped', own.stopped(signalled));
  if (ended.code === null) return failure('crashed', own.crashed(ended.signal ?? '?'));
  return told(run, ended, ended.code);
}

function told(run: Run, ended: ChildEnd, code: number): Outcome {
  const log = run.clean(`${ended.stdout}${ended.stderr}`);
  const isFailure = code !== 0 && code !== 1;
  return {
    code,
    end: 'ended',
    // With findings and a delivery that went well, somebody has been told already.
    shown: code === 1 && !run.delivers ? ended.stdout : '',
    said: isFailure ? sentences(run.clean(ended.stderr)) || runWords[run.locale].silent(code) : '',
    log,
  };
}

/** What the audit itself said of its failure. */
function sentences(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('pm2-audit: '))
    .slice(-saidLines)
    .join('\n');
}

function note(run: Run, folder: string, outcome: Outcome, startedAt: number, endedAt: number): void {
  const { id, delivers } = run;
  try {
    const entry = { startedAt, endedAt, exitCode: outcome.code, end: outcome.end, delivers };
    writeRecord(folder, addRun(readRecord(folder, id), entry, outcome.log));
  } catch (error) {
    run.terminal.stderr(`${runWords[run.locale].noRecord(codeOf(error))}\n`);
  }
}

/** The words of the command line without those of the schedule. `--quiet` too: what it would hide, the log keeps. */
export function auditWords(words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (ours.includes(word)) index += 1;
    else if (word !== '--quiet' && !ours.some((flag) => word.startsWith(`${flag}=`))) kept.push(word);
  }
  return kept;
}

function milliseconds(text: string, flag: string): number {
  const ms = parseDuration(text, 's');
  if (ms === null || ms > 3_600_000)
    throw new UsageError(`${flag} ${text}: not a duration. Use 0 to 1h, for instance 2m.`);
  return ms;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
