import { wrap } from './report/wrap.ts';
import { UsageError } from './usage-error.ts';

const columns = 80;

/** What is wrong with the settings of delivery: `words` in the language of the run, folded for a terminal. */
export function deliveryUsage(words: string, cause?: unknown): UsageError {
  const folded = wrap(`pm2-audit: ${words}`, columns).join('\n');
  return new UsageError(words, { folded, ...(cause === undefined ? {} : { cause }) });
}
