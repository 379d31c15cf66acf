import { type Command, CommanderError } from 'commander';
import { program } from './command-line.ts';
import { realTerminal, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line and sets the exit code of this process: the only place that does. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that closes early (`| head`) ends our output, not our work; it is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const terminal = realTerminal(!argv.includes('--no-color'));
  const root = program(
    () => terminal,
    (code) => {
      process.exitCode = code;
    },
  );
  for (const command of [root, ...root.commands]) command.exitOverride();
  try {
    checkVerb(argv[2], root);
    await root.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = argv[2] === 'check' ? await checkCodeOf(error, terminal) : exitCodeOf(error, terminal);
  }
}

/** A plugin is heard on stdout, and what it could not do is UNKNOWN: its 2 would be an alarm. */
async function checkCodeOf(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const { printUnknown } = await import('./commands/check.ts');
  return printUnknown(
    error instanceof Error ? error.message.replace(/^error: /, '') : String(error),
    terminal,
  );
}

/** `audit` is the default, so Commander would take a mistyped verb for an argument of it. */
function checkVerb(word: string | undefined, root: Command): void {
  const verbs = [...root.commands.map((command) => command.name()), 'help'];
  if (word === undefined || word.startsWith('-') || verbs.includes(word)) return;
  const near = verbs.find((verb) => verb.startsWith(word.slice(0, 3)));
  throw new UsageError(
    `${word}: not a command.${near === undefined ? '' : ` Did you mean ${near}?`} Commands are ${verbs.join(', ')}.`,
  );
}

function exitCodeOf(error: unknown, terminal: Terminal): number {
  // Commander has already printed its own sentence.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (
    error instanceof Error &&
    (error instanceof UsageError || error.name === 'UsageError' || error.name === 'OutputError')
  ) {
    const { folded } = { folded: null, ...error };
    terminal.stderr(`${folded ?? `pm2-audit: ${error.message}`}\n`);
    return 2;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.stderr(
    `pm2-audit: this is a bug of pm2-audit, not of your host. Please report it with the lines below.\n${stack}\n`,
  );
  return 2;
}
