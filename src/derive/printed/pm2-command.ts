import { shellQuote } from './shell-quote.ts';

/** One `pm2` command line for one home. PM2_HOME is spelled out: `sudo pm2` alone talks to another daemon and starts it. */
export function pm2Command(home: string, args: string): string {
  return `PM2_HOME=${shellQuote(home)} pm2 ${args}`;
}
