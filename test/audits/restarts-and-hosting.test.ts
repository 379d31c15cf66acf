import { describe, expect, it, vi } from 'vitest';
import { restartsAndHostingAudits as audits } from '../../src/audits/restarts-and-hosting.ts';
import { evidenceKeys } from '../../src/model/evidence.ts';
import { run } from './words-of.ts';

vi.mock('../../src/derive/restarts/restart-evidence.ts', async (original) => ({
  ...(await original<object>()),
  storiesByApp: () => new Map(),
}));

describe.each(audits.map((audit) => [audit.id, audit] as const))('%s', (_id, audit) => {
  it('finds nothing on a healthy host, nor where nothing it wants was seen', () => {
    expect(run(audit)).toEqual([]);
    const unseen = Object.fromEntries((audit.wants ?? []).map((key) => [key, null]));
    expect(run(audit, unseen)).toEqual([]);
  });

  it('says where its facts and limits stand, in words without marks', () => {
    expect(audit.references.length).toBeGreaterThan(0);
    for (const limit of Object.values(audit.limits) as { source: string; unit: string }[]) {
      expect(limit.source).not.toBe('');
      expect(limit.unit).not.toBe('');
    }
    for (const key of [...audit.needs, ...(audit.wants ?? [])]) expect(evidenceKeys).toContain(key);
    for (const locale of ['en', 'zh-CN'] as const) {
      expect(audit.words[locale].title).not.toMatch(/[.。`]/);
      expect(audit.words[locale].why).toMatch(locale === 'en' ? /^[^`]*\.$/ : /^[^`]*。$/);
    }
  });
});

it('gives every audit its own id', () => {
  expect(new Set(audits.map((audit) => audit.id)).size).toBe(audits.length);
});
