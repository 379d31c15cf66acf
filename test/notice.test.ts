import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');

it('names every package that is bundled', () => {
  const { devDependencies }: { devDependencies: object } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const code = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
    .join('\n');
  const imported = [...code.matchAll(/(?:from|import\()\s*'([a-z][^':/]*)[^']*'/g)].map((match) => match[1]!);
  const bundled = new Set(imported.filter((name) => name in devDependencies));
  expect([...bundled]).toEqual(expect.arrayContaining(['nodemailer', 'croner', 'zod', 'yaml']));
  const notice = readFileSync(join(root, 'NOTICE'), 'utf8').toLowerCase();
  for (const name of bundled) expect(notice, name).toMatch(new RegExp(`^ {2}${name} +copyright`, 'm'));
});
