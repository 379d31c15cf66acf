import { type Evidence, evidenceKeys } from '../model/evidence.ts';
import type { Cleaner } from './clean.ts';

/**
 * Evidence as one JSON file. It is redacted already: nothing raw ever entered it. Without a collector it has no history,
 * not even the word.
 */
export function encodeCapture(evidence: Evidence): string {
  const { history, ...items } = evidence.items;
  const isAbsent = !history.seen && history.gaps.every(({ why }) => why === 'switched-off');
  return `${JSON.stringify(isAbsent ? { ...evidence, items } : evidence)}\n`;
}

export type Decoded =
  | { readonly ok: true; readonly evidence: Evidence }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads a capture. It may come from a stranger, so every string in it is cleaned again, and a key that an older
 * version did not know is a gap rather than an error.
 */
export function decodeCapture(text: string, clean: Cleaner): Decoded {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not whole JSON' };
  }
  if (!isRecord(raw)) return { ok: false, reason: 'it is not a capture' };
  const schema = raw['schema'];
  if (typeof schema !== 'string' || !schema.startsWith('pm2-audit.evidence/')) {
    return {
      ok: false,
      reason:
        schema === 'pm2-audit.report/1'
          ? 'it is a report, not a capture'
          : 'it is not a capture of pm2-audit',
    };
  }
  if (schema !== 'pm2-audit.evidence/1')
    return { ok: false, reason: `it has the schema ${schema}; this version reads pm2-audit.evidence/1` };
  const items = isRecord(raw['items']) ? { ...raw['items'] } : {};
  for (const key of evidenceKeys) {
    items[key] ??= {
      seen: false,
      gaps: [
        {
          key,
          subject: key,
          // A host without a collector has no history, which is no gap; of all else it is one.
          why: key === 'history' ? 'switched-off' : 'not-found',
          tried: [{ source: 'capture', why: 'not-found', detail: 'not in this capture' }],
          remedy: 'none',
        },
      ],
    };
  }
  items['appLogs'] = withDefaults(items['appLogs']);
  const evidence = cleaned({ ...raw, items }, clean, 0);
  return isEvidence(evidence)
    ? { ok: true, evidence }
    : { ok: false, reason: 'fields are missing or of the wrong type' };
}

/** Fields of an app's log that a capture of an older version does not have. */
function withDefaults(appLogs: unknown): unknown {
  if (!isRecord(appLogs) || !Array.isArray(appLogs['value'])) return appLogs;
  const missing = { exceptions: [], tail: { at: null, lines: [] } };
  const value = appLogs['value'].map((log: unknown) => (isRecord(log) ? { ...missing, ...log } : log));
  return { ...appLogs, value };
}

function cleaned(value: unknown, clean: Cleaner, depth: number): unknown {
  if (typeof value === 'string') return clean.text(value);
  if (depth > 40 || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((entry) => cleaned(entry, clean, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [clean.text(key), cleaned(entry, clean, depth + 1)]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

/** Checks the frame; a damaged item inside shows as an audit error, never as a wrong finding. */
function isEvidence(value: unknown): value is Evidence {
  if (!isRecord(value)) return false;
  const { takenAt, utcOffsetMinutes, window, items, cost, tool } = value;
  return (
    isNumber(takenAt) &&
    isNumber(utcOffsetMinutes) &&
    isRecord(window) &&
    isNumber(window['from']) &&
    isNumber(window['to']) &&
    isRecord(cost) &&
    isRecord(tool) &&
    isRecord(items) &&
    evidenceKeys.every((key) => isGathered(items[key]))
  );
}

function isGathered(value: unknown): boolean {
  if (!isRecord(value) || !Array.isArray(value['gaps'])) return false;
  if (value['seen'] === false) return value['gaps'].length > 0 && value['gaps'].every(isGap);
  return (
    value['seen'] === true &&
    typeof value['value'] === 'object' &&
    value['value'] !== null &&
    isRecord(value['covers']) &&
    value['gaps'].every(isGap)
  );
}

function isGap(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value['why'] === 'string' &&
    typeof value['remedy'] === 'string' &&
    Array.isArray(value['tried'])
  );
}
