import { parseArgs } from 'node:util';
import { realTerminal, type Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import type { WatchFlags } from './settings.ts';

/** The flags of `pm2-audit watch`, without the parser of all commands: it would stay in memory. Throws UsageError. */
export function watchFlags(words: readonly string[]): WatchFlags {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        interval: { type: 'string' },
        threshold: { type: 'string' },
        home: { type: 'string', multiple: true },
        db: { type: 'string' },
        lang: { type: 'string' },
        'no-color': { type: 'boolean' },
        'no-store': { type: 'boolean' },
      },
    });
    const { 'no-color': isPlain, 'no-store': isForgetful, ...flags } = values;
    return { ...flags, color: isPlain !== true, store: isForgetful !== true };
  } catch (error) {
    const said = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${said}. pm2-audit watch --help lists the options.`);
  }
}

/**
 * Runs until it is ended and sets the exit code of this process: 0, or 2 with one sentence on stderr. `beside` is started
 * before it: the schedule of the PM2 module.
 */
export async function startWatch(
  flags: () => WatchFlags,
  beside: ((flags: WatchFlags, terminal: Terminal) => Promise<void>) | null = null,
): Promise<void> {
  let terminal = realTerminal(true);
  // Whoever reads our lines may go away; the collector stays.
  process.stdout.on('error', () => {});
  try {
    const read = flags();
    terminal = realTerminal(read.color !== false);
    await beside?.(read, terminal);
    process.exitCode = await (await import('../watch.ts')).runWatch(read, terminal);
  } catch (error) {
    const isUsage = error instanceof Error && error.name === 'UsageError';
    const text = isUsage
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    terminal.stderr(
      isUsage
        ? `pm2-audit: ${text}\n`
        : `pm2-audit: this is a bug of pm2-audit, not of your host. Please report it with the lines below.\n${text}\n`,
    );
    process.exitCode = 2;
  }
}
