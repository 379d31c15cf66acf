import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { mayWrite } from '../../../src/commands/schedule/writable.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder('pm2-audit-writable');

describe('may a run keep its reports there', () => {
  it('in a folder, and in one it makes first', () => {
    expect(mayWrite(folder)).toBe(true);
    expect(mayWrite(join(folder, 'not', 'yet', 'there'))).toBe(true);
  });

  it('not in a file, nor below one', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o755);
    expect(mayWrite(file)).toBe(false);
    expect(mayWrite(join(file, 'reports'))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('not in the folder of another user', async () => {
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, '../../../src/commands/schedule/writable.ts')],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'writable',
      platform: 'node',
    });
    chmodSync(folder, 0o755);
    const ask = (path: string): string =>
      execFileSync(
        process.execPath,
        ['-e', `${outputFiles[0]?.text};console.log(writable.mayWrite('${path}'))`],
        {
          uid: 65_534,
          cwd: '/',
          encoding: 'utf8',
        },
      ).trim();
    expect([ask(join(folder, 'reports')), ask('/tmp/pm2-audit-reports-of-nobody')]).toEqual([
      'false',
      'true',
    ]);
  });
});
