/** The page about causes, the rows that scenarios lean on, and the scenarios are one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { causes } from '../../src/model/restart.ts';
import { untoldRows } from './untold.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/restart-causes.md'), 'utf8');
const section = (title: string): string => page.split('\n## ').find((text) => text.startsWith(title)) ?? '';
const ids = (text: string): readonly string[] =>
  [...text.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, id = '']) => id);

const folder = join(import.meta.dirname, 'scenarios');
const scenarios = readdirSync(folder)
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

describe('docs/restart-causes.md', () => {
  it('has one row for each cause', () => {
    expect(ids(section('What carries each cause')).toSorted()).toEqual(causes.toSorted());
  });

  it('has one row for each case that scenarios lean on', () => {
    expect(ids(section('What cannot be told'))).toEqual([...untoldRows]);
  });

  it.each(untoldRows)('%s is made by a scenario', (row) => {
    expect(scenarios.split(`'${row}'`).length).toBeGreaterThan(1);
  });
});
