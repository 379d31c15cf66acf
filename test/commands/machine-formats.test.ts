/** `--format prom,junit,sarif`: files beside the reports, pointers at the newest, and one of them on stdout. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readXml } from '../report/machine/read-xml.ts';
import { readExposition } from '../report/prom/read-exposition.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runCli } from './run-cli.ts';

const capture = join(import.meta.dirname, '..', 'fixtures', 'captures', 'sick-host.json');
const folder = temporaryFolder('pm2-audit-formats');
const replay = (...args: readonly string[]) =>
  runCli(['replay', capture, '--lang', 'en', ...args], { cwd: folder });
const failures = (xml: string) => xml.match(/<failure type="P\d"/g) ?? [];

describe('formats for programs', () => {
  it('become files with pointers, and only where they are asked for', async () => {
    const out = join(folder, 'all');
    expect((await replay('--out', out, '--format', 'prom,junit,sarif')).code).toBe(1);
    const [day = ''] = readdirSync(out).filter((name) => /^\d{4}-/.test(name));
    const names = readdirSync(join(out, day)).filter((name) => name.startsWith('health-'));
    expect(names.map((name) => name.replace(/^.*-\d{6}\./, '')).sort()).toEqual([
      'junit.xml',
      'prom',
      'sarif',
    ]);
    for (const ending of ['prom', 'junit.xml', 'sarif']) {
      expect(readlinkSync(join(out, `latest.${ending}`))).toBe(
        join(day, names.find((name) => name.endsWith(`.${ending}`)) ?? ''),
      );
      expect(existsSync(join(out, day, `latest.${ending}`))).toBe(true);
    }
    const read = (ending: string) => readFileSync(join(out, `latest.${ending}`), 'utf8');
    expect(readExposition(read('prom')).has('pm2_audit_score')).toBe(true);
    expect(readXml(read('junit.xml')).name).toBe('testsuites');
    expect(JSON.parse(read('sarif')).version).toBe('2.1.0');
    const usual = join(folder, 'usual');
    await replay('--out', usual);
    expect(
      readdirSync(usual)
        .filter((name) => name.startsWith('latest.'))
        .sort(),
    ).toEqual(['latest.html', 'latest.json', 'latest.md']);
  });

  it('go to stdout alone', async () => {
    expect(readExposition((await replay('--out', '-', '--format', 'prom')).stdout).size).toBeGreaterThan(20);
    expect(readXml((await replay('--out', '-', '--format', 'junit')).stdout).name).toBe('testsuites');
    expect(JSON.parse((await replay('--out', '-', '--format', 'sarif')).stdout).runs).toHaveLength(1);
  });

  it('JUnit fails from P1 on, or from what --fail-on says', async () => {
    const junit = async (...args: readonly string[]) =>
      failures((await replay('--out', '-', '--format', 'junit', ...args)).stdout);
    const usual = await junit();
    expect(new Set(usual)).toEqual(new Set(['<failure type="P0"', '<failure type="P1"']));
    expect(new Set(await junit('--fail-on', 'P0'))).toEqual(new Set(['<failure type="P0"']));
    expect((await junit('--fail-on', 'P3')).length).toBeGreaterThan(usual.length);
    expect(await junit('--fail-on', 'never')).toEqual([]);
  });
});
