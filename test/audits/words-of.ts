/** What a reader sees of each finding, in both languages: fails on empty, broken or half-filled words. */
import { expect } from 'vitest';
import type { AnyAudit, CheckContext, Draft } from '../../src/model/audit.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { healthy, now, window } from '../factories.ts';
import { plainFmt } from '../plain-fmt.ts';

/** Runs one audit over a healthy host with these changes, and reads every finding aloud. */
export function run(audit: AnyAudit, over: { [K in keyof EvidenceMap]?: EvidenceMap[K] | null } = {}) {
  const seen = { ...healthy(), ...over };
  const limits = Object.fromEntries(
    Object.entries(audit.limits).map(([name, limit]) => [name, (limit as { value: number }).value]),
  );
  const context: CheckContext<string> = { now, window, covers: {}, limits };
  if (audit.applies && !audit.applies(seen)) return [];
  const drafts = audit.check(seen, context) as readonly Draft<never>[];
  for (const draft of drafts) readAloud(audit, draft);
  return drafts;
}

export function readAloud(audit: AnyAudit, draft: Draft<never>) {
  const texts: string[] = [];
  for (const locale of ['en', 'zh-CN'] as const) {
    const words = audit.words[locale];
    const stop = locale === 'en' ? /\.$/ : /。$/;
    const found: string = words.found(draft.args, plainFmt);
    const effect: string = words.effect(draft.args, plainFmt);
    expect(found).not.toMatch(/[.。]$/);
    expect(effect).toMatch(stop);
    expect(words.why).toMatch(stop);
    texts.push(words.title, words.why, found, effect);
    for (const [label, value] of words.figures?.(draft.args, plainFmt) ?? []) texts.push(label, value);
    if (draft.fix) {
      const fix = words.fix?.(draft.args, plainFmt);
      if (fix === undefined) throw new Error(`${audit.id}: a fix without words`);
      for (const sentence of [...fix.steps, fix.expected, fix.verify, fix.undo])
        expect(sentence).toMatch(stop);
      expect(fix.title).not.toMatch(/[.。]$/);
      expect(fix.minutes).toBeGreaterThan(0);
      texts.push(fix.title, ...fix.steps, fix.expected, fix.verify, fix.undo);
    }
  }
  for (const text of texts) {
    expect(text.trim()).not.toBe('');
    expect(text).not.toMatch(/undefined|null|NaN|\[object|`/);
    expect(text).not.toMatch(/ {2}/);
  }
  expect((audit.words.en.figures?.(draft.args, plainFmt) ?? []).length).toBeLessThanOrEqual(4);
  return texts;
}

/** The English headline of a finding. */
export const headline = (audit: AnyAudit, draft: Draft<never> | undefined): string =>
  draft === undefined ? '' : audit.words.en.found(draft.args, plainFmt);
export const effect = (audit: AnyAudit, draft: Draft<never> | undefined): string =>
  draft === undefined ? '' : audit.words.en.effect(draft.args, plainFmt);
