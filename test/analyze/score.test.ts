import { describe, expect, it } from 'vitest';
import { nextActions, nextCheckAt } from '../../src/analyze/next-actions.ts';
import { grade, sawEnough, score } from '../../src/analyze/score.ts';
import { verdict } from '../../src/analyze/verdict.ts';
import type { Finding, PlannedFix, Priority } from '../../src/model/finding.ts';
import type { AuditVerdict } from '../../src/model/report.ts';
import type { Confidence } from '../../src/model/text.ts';
import { hour, now } from '../factories.ts';

const finding = (
  priority: Priority,
  audit = `${priority}-${Math.random()}`,
  confidence: Confidence = 'certain',
): Finding => ({
  id: `${audit}:0`,
  audit,
  priority,
  subject: { kind: 'host' },
  confidence,
  args: {},
  because: [],
  fix: null,
});
const ran = (outcome: AuditVerdict['outcome']): AuditVerdict => ({
  audit: 'a',
  outcome,
  missing: [],
  error: null,
});

describe('the score', () => {
  it.each([
    [[], 100],
    [['P3'], 99],
    [['P2'], 98],
    [['P1'], 79],
    [['P1', 'P1', 'P1', 'P1', 'P1', 'P1'], 70],
    [['P0'], 49],
    [['P0', 'P0', 'P0', 'P0'], 40],
    [['P0', 'P0', 'P0', 'P0', 'P0', 'P0', 'P0'], 0],
  ] as const)('of %s is %d', (list, expected) =>
    expect(
      score(
        list.map((p) => finding(p)),
        true,
      ),
    ).toBe(expected),
  );
  it('counts one bad habit once, then ever less', () => {
    expect(score([finding('P2', 'x'), finding('P2', 'x'), finding('P2', 'x')], true)).toBe(
      Math.round(100 - 2 - 1 - 2 / 3),
    );
    expect(
      score(
        Array.from({ length: 1000 }, () => finding('P2', 'x')),
        true,
      ),
    ).toBeGreaterThan(70);
  });
  it('weighs what is less sure less', () =>
    expect(score([finding('P2', 'x', 'possible'), finding('P2', 'y', 'possible')], true)).toBe(98));
  it('is null where too little was seen', () => {
    expect(score([], false)).toBeNull();
    expect(grade(null)).toBeNull();
    expect(sawEnough([ran('pass'), ran('blind')], true)).toBe(true);
    expect(sawEnough([ran('pass'), ran('blind'), ran('error')], true)).toBe(false);
    expect(sawEnough([ran('pass'), ran('not-applicable')], true)).toBe(true);
    expect(sawEnough([ran('pass')], false)).toBe(false);
  });
  it.each([
    [100, 'A'],
    [90, 'A'],
    [89, 'B'],
    [80, 'B'],
    [79, 'C'],
    [69, 'D'],
    [59, 'E'],
    [49, 'F'],
  ])('%d is %s', (value, letter) => expect(grade(value)).toBe(letter));
});

describe('the verdict', () => {
  const counts = (over: Partial<Record<Priority, number>> = {}) => ({ P0: 0, P1: 0, P2: 0, P3: 0, ...over });
  it('is the worst thing found, and never healthy unseen', () => {
    expect(verdict(counts({ P0: 1 }), false, false)).toBe('critical');
    expect(verdict(counts({ P1: 1 }), true, false)).toBe('attention');
    expect(verdict(counts({ P1: 1 }), false, false)).toBe('unknown');
    expect(verdict(counts({ P2: 3 }), true, true)).toBe('healthy');
    expect(verdict(counts(), true, false)).toBe('unknown');
  });
  it('says when to look again: a full hour of the host', () => {
    expect(nextCheckAt('critical', now, 480)).toBe(Date.UTC(2026, 10, 21, 1));
    expect((nextCheckAt('healthy', now, 345) + 345 * 60_000) % hour).toBe(0);
  });
});

describe('next actions', () => {
  it('put P0 now, three P1 today, the rest later', () => {
    const fixes = (['P0', 'P1', 'P1', 'P1', 'P1', 'P2', 'P3'] as const).map(
      (priority, index): PlannedFix => ({
        id: `F${index + 1}`,
        priority,
        fix: { kind: 'manual' },
        findings: [],
        dropped: [],
      }),
    );
    expect(nextActions(fixes)).toEqual({
      now: ['F1'],
      today: ['F2', 'F3', 'F4'],
      thisWeek: ['F5'],
      ongoing: ['F6', 'F7'],
    });
  });
});
