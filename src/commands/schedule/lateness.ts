import { createHash } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * How late this host is, ms, always the same: a hash of its name spreads a fleet, and no run falls on the minute itself,
 * where everybody's does (Feishu asks bots to keep off :00 and :30). 10 s at least where the jitter is 30 s or more.
 */
export function latenessMs(id: string, jitterMs: number, host: string = hostname()): number {
  if (jitterMs < 1000) return 0;
  const least = jitterMs >= 30_000 ? 10_000 : 0;
  const hash = createHash('sha256').update(`${host}\n${id}`).digest().readUInt32BE(0);
  return least + (hash % (jitterMs - least));
}
