import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStates, exitCodeOf, writeCheck } from '../../../src/report/check/output.ts';
import { type Figure, labelPart } from '../../../src/report/check/perfdata.ts';
import { readPlugin } from './read-plugin.ts';

const figure = (label: string, value: number | null, over: Partial<Figure> = {}): Figure => ({
  label,
  value,
  unit: 'B',
  ...over,
});
const write = (figures: readonly Figure[], text = 'all is well', long: readonly string[] = []) =>
  readPlugin(writeCheck({ state: 'OK', text, figures, long }));

describe('the output of the plugin', () => {
  it('has the form every monitoring system reads', () => {
    const figures = [
      figure('memory', 1024, { warn: 900, crit: 1000, min: 0, max: 2048 }),
      figure('n', 3, { unit: '' }),
    ];
    expect(writeCheck({ state: 'WARNING', text: 'near its limit', figures, long: ['P1 more'] })).toBe(
      "PM2-AUDIT WARNING - near its limit | 'memory'=1024B;900;1000;0;2048 'n'=3\nP1 more\n",
    );
  });

  it('has the exit codes of a plugin', () => {
    expect(checkStates.map(exitCodeOf)).toEqual([0, 1, 2, 3]);
  });

  it('leaves out a figure that is not known, and its lines where there are none', () => {
    expect(write([figure('a', null), figure('b', 0, { max: 5 })]).figures).toEqual({
      b: { value: 0, unit: 'B', warn: null, crit: null, min: null, max: 5 },
    });
  });

  it('writes whatever size without an exponent', () => {
    const { figures } = write([figure('big', 2 ** 60), figure('small', 1.2e-7), figure('third', 1 / 3)]);
    expect(figures['big']?.value).toBe(2 ** 60);
    expect(figures['small']?.value).toBe(0);
    expect(figures['third']?.value).toBe(0.333);
  });

  it('names that become equal are told apart', () => {
    expect(Object.keys(write([figure('a b', 1), figure('a|b', 2), figure('a_b', 3)]).figures)).toEqual([
      'a_b',
      'a_b_2',
      'a_b_3',
    ]);
  });

  it('keeps Chinese names, and gives a nameless one a sign', () => {
    expect(labelPart('订单服务')).toBe('订单服务');
    expect(labelPart('')).toBe('_');
    expect(labelPart("x'=|\n$(id)`;")).toBe('x_id_');
  });

  it('cuts between figures and between lines, never inside', () => {
    const many = Array.from({ length: 400 }, (_none, id) => figure(`app-${id}_memory`, 123_456_789));
    const lines = Array.from({ length: 400 }, (_none, id) => `P1 ${'长'.repeat(200)} ${id}`);
    const { figures, long } = write(many, '长'.repeat(2000), lines);
    expect(Object.keys(figures).length).toBeGreaterThan(20);
    expect(Object.values(figures).every(({ value }) => value === 123_456_789)).toBe(true);
    expect(long.every((line) => line.endsWith('…'))).toBe(true);
  });

  it('stays readable whatever stands in it', () => {
    const text = fc.string({ unit: 'binary', maxLength: 700 });
    fc.assert(
      fc.property(
        text,
        fc.array(text, { maxLength: 5 }),
        fc.array(fc.tuple(text, fc.oneof(fc.double(), fc.maxSafeInteger())), { maxLength: 60 }),
        (sentence, long, figures) => {
          const sane = figures.filter(([, value]) => Math.abs(value) < 1e20);
          write(
            sane.map(([label, value]) => figure(label, value, { warn: value, max: value })),
            `x ${sentence}`,
            long,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});
