import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatDigest } from '../../../src/report/chat/digest.ts';
import { fillParts, mostParts, type Part } from '../../../src/report/chat/fill.ts';
import { beginning, plainText, textLine } from '../../../src/report/chat/lines.ts';

/** Findings of these sizes; each has a shorter form of ten characters. The foot counts what was not told. */
function digest(sizes: readonly number[], head: readonly number[] = [5]): ChatDigest {
  const filled = (mark: string, size: number): string => mark + '.'.repeat(Math.max(0, size - mark.length));
  return {
    locale: 'en',
    verdict: 'critical',
    title: 'title',
    part: (number, of) => (of === 1 ? 'title' : `title (${number}/${of})`),
    head: head.map((size) => textLine(filled('h', size))),
    findings: sizes.map((size, index) => ({
      id: `f${index}`,
      priority: 'P0',
      forms: [[textLine(filled(`<${index}>`, size))], [textLine(filled(`<${index}>`, 10))]],
    })),
    foot: (told) => [textLine(`left ${String(sizes.length - told).padStart(4, ' ')}`)],
  };
}
const textOf = ({ title, blocks }: Part): string => [title, ...blocks.map(plainText)].join('\n');
const within = (limit: number) => (part: Part) => textOf(part).length <= limit;
const told = (parts: readonly Part[]): number[] =>
  parts.flatMap((part) => [...textOf(part).matchAll(/<(\d+)>/g)].map(([, index]) => Number(index)));

describe('filling messages', () => {
  it('puts all into one where there is room', () => {
    const parts = fillParts(digest([30, 30, 30]), within(200));
    expect(parts.map(({ title }) => title)).toEqual(['title']);
    expect(told(parts)).toEqual([0, 1, 2]);
  });

  it('splits between findings, and counts beyond the last message', () => {
    const parts = fillParts(digest(Array(20).fill(60)), within(150));
    expect(parts.map(({ title }) => title)).toEqual(['title (1/3)', 'title (2/3)', 'title (3/3)']);
    expect(told(parts)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(textOf(parts[2]!)).toContain('left   14');
  });

  it('shortens a finding that is too long for a message of its own, and only that', () => {
    const parts = fillParts(digest([30, 5000, 30]), within(120));
    expect(told(parts)).toEqual([0, 1, 2]);
    expect(textOf(parts[0]!)).toContain(`<0>${'.'.repeat(27)}`);
    expect(textOf(parts[0]!)).toContain('<1>.......');
  });

  it('drops the last lines of a long head, never the foot', () => {
    const [part] = fillParts(digest([], [20, 20, 500]), within(100));
    expect(textOf(part!).match(/^h/gm)).toHaveLength(2);
    expect(textOf(part!)).toContain('left');
  });

  it('keeps the limit, the order, whole findings and the count, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 3, max: 400 }), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 80, max: 600 }),
        (sizes, head, limit) => {
          const parts = fillParts(digest(sizes, head), within(limit));
          expect(parts.length).toBeLessThanOrEqual(mostParts);
          for (const part of parts) expect(textOf(part).length).toBeLessThanOrEqual(limit);
          const shown = told(parts);
          expect(shown).toEqual([...shown.keys()]);
          const left = Number(/left +(\d+)/.exec(textOf(parts.at(-1)!))?.[1]);
          expect(shown.length + left).toBe(sizes.length);
          for (const text of parts.flatMap(({ blocks }) => blocks.map(plainText))) {
            const [, index] = /^<(\d+)>/.exec(text) ?? [];
            if (index !== undefined)
              expect([Math.max(sizes[Number(index)]!, index.length + 2), 10]).toContain(text.length);
          }
        },
      ),
    );
  });
});

describe('the beginning of a line', () => {
  it('ends in three dots where it was cut, and never in half a character', () => {
    expect(beginning('short', 10)).toBe('short');
    expect(beginning('abcdefghij', 5)).toBe('abcd…');
    expect(beginning('👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧', 2)).toBe('👨‍👩‍👧…');
    expect(beginning('é'.normalize('NFD').repeat(9), 3)).toBe(`${'é'.normalize('NFD').repeat(2)}…`);
  });

  it('is bounded where one character is endless', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 2, max: 40 }),
        (text, length) => {
          const kept = beginning(`a${'\u0301'.repeat(50)}${text}`, length);
          expect(kept.length).toBeLessThanOrEqual(4 * length + 1);
        },
      ),
    );
  });
});
