import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellQuote } from '../../../src/derive/printed/shell-quote.ts';

describe('shellQuote', () => {
  it.each(['/home/deploy/.pm2', 'pm2-deploy.service', '--only', 'a=b', '1,2', 'user@host'])(
    'leaves %s alone',
    (plain) => {
      expect(shellQuote(plain)).toBe(plain);
    },
  );

  it.each([
    "it's",
    '',
    'two words',
    '$(id)',
    '`id`',
    'a;b',
    '../../x',
    '<script>',
    '*',
    '~root',
    '#x',
    'é',
    'a\nb',
    '!x',
    '\\',
  ])('survives a real shell: %j', (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellQuote(text)}`], { encoding: 'utf8' })).toBe(text);
  });
});
