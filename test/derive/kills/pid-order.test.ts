import { describe, expect, it } from 'vitest';
import { isMadeElsewhen } from '../../../src/derive/kills/pid-order.ts';

const minute = 60_000;
const started = 1_000 * minute;
const killed = started + 30 * minute;
const mark = (pid: number, startedAt: number) => ({ pid, startedAt });
/** The audit itself: made after the kill. */
const audit = mark(9_000, killed + minute);
const isElsewhen = (pid: number, ...marks: readonly { pid: number; startedAt: number }[]) =>
  isMadeElsewhen(pid, killed, started, marks);

describe('when a pid was made', () => {
  it('is later where a process that began after the app has a lower pid', () => {
    expect(isElsewhen(5_000, mark(4_000, started + minute), audit)).toBe(true);
  });

  it('is earlier where a process that began before the app has a higher pid', () => {
    expect(isElsewhen(3_000, mark(3_500, started - 6_000), audit)).toBe(true);
  });

  it('agrees with the app between two marks', () => {
    expect(isElsewhen(3_900, mark(3_500, started - 6_000), mark(4_000, started + minute), audit)).toBe(false);
  });

  it('is not told by a mark of the same moment', () => {
    expect(isElsewhen(5_000, mark(4_000, started + 4_000), audit)).toBe(false);
  });

  it('is not told where pids began anew meanwhile', () => {
    const marks = [mark(32_000, started + minute), mark(400, started + 2 * minute), audit];
    expect(isElsewhen(5_000, ...marks)).toBe(false);
  });

  it('is not told by pids of another namespace, or without a process made after the kill', () => {
    const marks = [mark(40, started + minute), mark(55, killed + minute)];
    expect(isElsewhen(5_000, ...marks)).toBe(false);
    expect(isElsewhen(5_000, mark(4_000, started + minute))).toBe(false);
  });

  it('is not told after an hour: pids may have begun anew unseen', () => {
    const marks = [mark(4_000, started + minute), audit];
    expect(
      isMadeElsewhen(5_000, started + 60 * minute - 1, started, [
        ...marks.slice(0, 1),
        mark(9_000, started + 61 * minute),
      ]),
    ).toBe(true);
    expect(
      isMadeElsewhen(5_000, started + 60 * minute, started, [
        ...marks.slice(0, 1),
        mark(9_000, started + 62 * minute),
      ]),
    ).toBe(false);
  });
});
