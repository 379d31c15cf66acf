import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

/** Who may import whom: the arrows of the house (docs/adr/0001). */
const may: Record<string, readonly string[]> = {
  model: [],
  host: ['model'],
  gather: ['model', 'host'],
  derive: ['model'],
  audits: ['model', 'derive'],
  analyze: ['model', 'derive'],
  report: ['model', 'derive'],
  outputs: ['model', 'derive', 'report'],
  history: ['model'],
  collector: ['model', 'host', 'gather', 'derive', 'history'],
  commands: [
    'model',
    'host',
    'gather',
    'derive',
    'audits',
    'analyze',
    'report',
    'outputs',
    'history',
    'collector',
    'root',
  ],
  root: [
    'model',
    'host',
    'gather',
    'derive',
    'audits',
    'analyze',
    'report',
    'outputs',
    'history',
    'collector',
    'commands',
  ],
};
/** Rooms that never touch the machine: no package, no node: module, no clock, chance, process or console. */
const pure = ['model', 'derive', 'audits', 'analyze'];
const packages: Record<string, readonly string[]> = {
  host: ['systeminformation'],
  history: ['libsql'],
  outputs: ['nodemailer/lib/'],
  report: ['handlebars/runtime', 'handlebars/dist/handlebars.runtime.js', 'dayjs', 'dayjs/'],
  commands: ['commander', 'zod/mini', 'yaml', 'croner'],
  root: ['commander', 'zod/mini', 'yaml'],
};

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}
const room = (path: string): string =>
  relative(src, path).includes('/') ? relative(src, path).split('/')[0]! : 'root';
const withoutComments = (code: string): string =>
  code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/[^\n]*/g, '$1');

describe('the house', () => {
  const all = files(src);

  it.each(all.map((path) => [relative(root, path), path]))(
    '%s imports only what its room may',
    (_name, path) => {
      const code = readFileSync(path, 'utf8');
      const own = room(path);
      const statement =
        /^(?:import|export)\b[^;'"=(]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
      const imports = [...code.matchAll(statement)].map((match) => match[1] ?? match[2] ?? match[3]!);
      for (const target of imports) {
        if (target.startsWith('.')) {
          const other = relative(src, join(path, '..', target));
          if (other.startsWith('../templates/')) expect(own).toBe('report');
          else if (other.startsWith('../package.json')) expect(own).toBe('root');
          else {
            const otherRoom = other.includes('/') ? other.split('/')[0]! : 'root';
            if (otherRoom !== own)
              expect(may[own], `${own} -> ${otherRoom} (${target})`).toContain(otherRoom);
          }
        } else if (target.startsWith('node:')) {
          expect(pure, `${own} may not import ${target}`).not.toContain(own);
        } else {
          expect(
            (packages[own] ?? []).some(
              (name) => target === name || (name.endsWith('/') && target.startsWith(name)),
            ),
            `${own} may not import the package ${target}`,
          ).toBe(true);
        }
      }
    },
  );

  it.each(all.filter((path) => pure.includes(room(path))).map((path) => [relative(root, path), path]))(
    '%s reads no clock, chance, process or console',
    (_name, path) => {
      expect(withoutComments(readFileSync(path, 'utf8'))).not.toMatch(
        /\bDate\.now\b|new Date\(\)|Math\.random|\bprocess\.(?:env|argv|exit|cwd|hrtime|memoryUsage|std|platform|uptime|kill|on\b|nextTick|version|getuid)|\bconsole\./,
      );
    },
  );

  it('makes CleanText in one place only', () => {
    const offenders = all.filter(
      (path) => !path.endsWith('gather/clean.ts') && /as CleanText\b/.test(readFileSync(path, 'utf8')),
    );
    expect(offenders.map((path) => relative(root, path))).toEqual([]);
  });
});
