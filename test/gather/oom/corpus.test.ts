import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cases, differences, parseCase } from './corpus.ts';

const own = join(import.meta.dirname, '../../fixtures/oom');
const others = process.env['OOM_CORPUS'];

describe('own captures of real kills', () => {
  it.each(cases(own).map((one) => [one.id, one] as const))('%s', (_id, one) => {
    expect(differences(one, parseCase(own, one))).toEqual([]);
  });
});

// Logs of other people: their text must not enter this repository, so the folder is named from outside.
if (others !== undefined && existsSync(join(others, 'expected.json'))) {
  describe('labelled corpus', () => {
    it.each(cases(others).map((one) => [one.id, one] as const))('%s', (_id, one) => {
      expect(differences(one, parseCase(others, one))).toEqual([]);
    });
  });
} else {
  console.warn(
    '\n*** OOM_CORPUS is not set: the labelled corpus of other kernels and distributions is NOT tested. ***\n',
  );
  describe.skip('labelled corpus: set OOM_CORPUS to its folder', () => {
    it('is skipped', () => {});
  });
}
