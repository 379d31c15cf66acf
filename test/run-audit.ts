import { expect } from 'vitest';
import type { AnyAudit, Draft, Words } from '../src/model/audit.ts';
import type { EvidenceKey, EvidenceMap } from '../src/model/evidence.ts';
import type { Span } from '../src/model/gap.ts';
import type { Json } from '../src/model/text.ts';
import { healthy, now, window } from './factories.ts';
import { plainFmt } from './plain-fmt.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test reads the arguments of any audit
type AnyDraft = Draft<any>;

/**
 * Runs one audit over a healthy host changed by `values`; keys in `unseen` arrive as null. It sees only what it
 * declares, and every sentence of every finding is read in both languages on the way.
 */
export function runAudit(
  audit: AnyAudit,
  values: Partial<EvidenceMap> = {},
  unseen: readonly EvidenceKey[] = [],
  covers: { readonly [K in EvidenceKey]?: Span } = {},
): readonly AnyDraft[] {
  const map = { ...healthy(), ...values };
  const keys: readonly EvidenceKey[] = [...audit.needs, ...(audit.wants ?? [])];
  const seen = Object.fromEntries(keys.map((key) => [key, unseen.includes(key) ? null : map[key]]));
  const limits = Object.fromEntries(Object.entries(audit.limits).map(([name, limit]) => [name, limit.value]));
  if (audit.applies && !audit.applies(seen)) return [];
  const drafts: readonly AnyDraft[] = audit.check(seen, { now, window, covers, limits });
  expect(drafts.length).toBeLessThanOrEqual(10);
  for (const draft of drafts) read(audit, draft);
  return drafts;
}

/** One sentence as a reader gets it, in plain text. */
export function found(audit: AnyAudit, draft: AnyDraft, locale: 'en' | 'zh-CN' = 'en'): string {
  return words(audit, locale).found(draft.args, plainFmt);
}

export function effect(audit: AnyAudit, draft: AnyDraft, locale: 'en' | 'zh-CN' = 'en'): string {
  return words(audit, locale).effect(draft.args, plainFmt);
}

export function fixWords(audit: AnyAudit, draft: AnyDraft, locale: 'en' | 'zh-CN' = 'en') {
  const say = words(audit, locale).fix;
  if (!say) throw new Error(`${audit.id} has no words for its fix`);
  return say(draft.args, plainFmt);
}

function words(audit: AnyAudit, locale: 'en' | 'zh-CN'): Words<{ readonly [key: string]: Json }> {
  return audit.words[locale];
}

function read(audit: AnyAudit, draft: AnyDraft): void {
  expect(JSON.parse(JSON.stringify(draft.args)), `${audit.id}: args survive JSON`).toEqual(draft.args);
  for (const locale of ['en', 'zh-CN'] as const) {
    const say = words(audit, locale);
    const sentences = [say.title, say.why, found(audit, draft, locale), effect(audit, draft, locale)];
    expect(sentences[2], 'a headline has no full stop').not.toMatch(/[.。]$/);
    for (const text of [sentences[1], sentences[3]]) expect(text, 'sentences end').toMatch(/[.。？?）)]\s*$/);
    const figures = say.figures?.(draft.args, plainFmt) ?? [];
    expect(figures.length).toBeLessThanOrEqual(4);
    sentences.push(...figures.flat());
    if (draft.fix) {
      const fix = fixWords(audit, draft, locale);
      expect(fix.title, 'a title has no full stop').not.toMatch(/[.。]$/);
      for (const text of [...fix.steps, fix.expected, fix.verify, fix.undo])
        expect(text, 'sentences end').toMatch(/[.。]$/);
      expect(fix.minutes).toBeGreaterThan(0);
      sentences.push(fix.title, ...fix.steps, fix.expected, fix.verify, fix.undo);
    }
    for (const text of sentences) {
      expect(text.trim(), `${audit.id} ${locale}`).not.toBe('');
      expect(text, `${audit.id} ${locale}`).not.toMatch(/undefined|NaN|\[object|\bnull\b| {2}| \(\)|（）|`/);
    }
    if (locale === 'zh-CN')
      expect(sentences.slice(0, 4).every((text) => /\p{Script=Han}/u.test(text))).toBe(true);
  }
}
