import { parseLocale } from '../options.ts';
import { type CheckOutput, exitCodeOf, writeCheck } from '../report/check/output.ts';
import { checkWords } from '../report/check/words.ts';
import { localeOf, type Terminal } from '../terminal.ts';
import { askedOf, type CheckFlags } from './check/question.ts';
import { supervise, workMark } from './check/supervise.ts';

/**
 * `pm2-audit check`: one line for Nagios and Icinga, exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. Not the exit codes of the other
 * verbs: a plugin's 2 is an alarm, so misuse is 3 here. It always ends, at the latest after `--timeout`.
 */
export async function runCheck(flags: CheckFlags, terminal: Terminal): Promise<number> {
  const question = askedOf(flags);
  if (process.env[workMark] !== undefined) {
    const { examine } = await import('./check/examine.ts');
    return print(await examine(flags, question), terminal);
  }
  const locale = flags.lang === undefined ? localeOf(process.env) : parseLocale(flags.lang);
  const result = await supervise(question.timeoutMs, checkWords[locale]);
  if (result.kind === 'no-result') return printUnknown(result.text, terminal);
  terminal.stdout(result.output);
  return result.code;
}

function print(output: CheckOutput, terminal: Terminal): number {
  terminal.stdout(writeCheck(output));
  return exitCodeOf(output.state);
}

/** The check could not be made: misuse, a mistake in the settings, no time. Said on stdout, where a plugin is heard. */
export function printUnknown(text: string, terminal: Terminal): number {
  return print({ state: 'UNKNOWN', text, figures: [], long: [] }, terminal);
}
