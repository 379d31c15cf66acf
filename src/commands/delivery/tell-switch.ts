import type { Locale } from '../../model/text.ts';
import type { Ping } from '../../outputs/ping.ts';
import type { Terminal } from '../../terminal.ts';
import { findPing } from '../schedule/ping-settings.ts';
import type { Env } from './outlets.ts';

/** A dead-man's switch around one run, and a terminal that keeps what is said for its log. */
export interface Switch {
  readonly terminal: Terminal;
  watched(run: () => Promise<number>): Promise<number>;
}

/**
 * null = none is configured, or the schedule that started this run tells it already. A switch that cannot be told never
 * fails the run: that is said in one line, and the monitor raises its alarm by itself.
 */
export async function tellSwitch(
  config: string | null,
  env: Env,
  locale: Locale,
  terminal: Terminal,
): Promise<Switch | null> {
  if (env['PM2_AUDIT_PINGED'] !== undefined) return null;
  const { ping, problem } = await findPing(config, env, locale);
  if (problem !== null) terminal.stderr(`pm2-audit: ${problem}\n`);
  if (ping === null) return null;
  const log: string[] = [];
  const kept =
    (write: (text: string) => void) =>
    (text: string): void => {
      log.push(text);
      write(text);
    };
  return {
    terminal: { ...terminal, stdout: kept(terminal.stdout), stderr: kept(terminal.stderr) },
    watched: (run) => around(ping, run, log, terminal),
  };
}

async function around(
  ping: Ping,
  run: () => Promise<number>,
  log: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const started = ping.start();
  const end = async (code: number, said: string): Promise<void> => {
    await started;
    const problem = await ping.end(code, said);
    if (problem !== null) terminal.stderr(`pm2-audit: ${problem.words}\n`);
  };
  let code: number;
  try {
    code = await run();
  } catch (error) {
    // The run could not be made at all; the sentence on the terminal is written by the caller.
    await end(2, `${log.join('')}${error instanceof Error ? error.message : ''}\n`);
    throw error;
  }
  await end(code, log.join(''));
  return code;
}
