import type { Pm2Log } from '../../model/pm2.ts';
import type { Unexplained } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';

/** The banner is written within a second after the file is made; a busy host needs longer. */
const birthMs = 120_000;

/**
 * Answers: why are restarts that PM2 has counted not in its log? The counter begins with the daemon; so does the log, as
 * far as it was kept.
 *
 * @param lifeFrom when the present daemon started; null = not known.
 */
export function unexplainedWhy(log: Pm2Log | null, lifeFrom: EpochMs | null): Unexplained {
  if (log === null) return 'no-log';
  const { coversFrom } = log;
  if (coversFrom === null) return log.sizeBytes > 0 ? 'no-times' : wasEmptied(log, log.coversTo);
  if (lifeFrom !== null && coversFrom <= lifeFrom + birthMs) return 'unknown';
  return wasEmptied(log, coversFrom);
}

function wasEmptied({ createdAt }: Pm2Log, firstAt: EpochMs | null): Unexplained {
  if (createdAt == null || firstAt === null) return 'before-log';
  return createdAt < firstAt - birthMs ? 'emptied' : 'before-log';
}
