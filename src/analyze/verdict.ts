import type { Priority } from '../model/finding.ts';
import type { VerdictWord } from '../model/report.ts';

/**
 * Answers: the worst thing found, in one word. A P0 is critical even on a host we hardly saw; without one, a host whose
 * PM2 we could not read, or of which we saw too little, is unknown and never healthy.
 */
export function verdict(
  counts: { readonly [P in Priority]: number },
  sawDaemon: boolean,
  enough: boolean,
): VerdictWord {
  if (counts.P0 > 0) return 'critical';
  if (!sawDaemon) return 'unknown';
  if (counts.P1 > 0) return 'attention';
  return enough ? 'healthy' : 'unknown';
}
