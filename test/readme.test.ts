/** The README tells the truth: its links lead somewhere, its settings are accepted, its commands and options exist. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audits } from '../src/audits/index.ts';
import { program } from '../src/command-line.ts';
import { resolveOptions } from '../src/resolve-options.ts';
import { realTerminal } from '../src/terminal.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const chinese = readFileSync(join(root, 'README.zh-CN.md'), 'utf8');
const verbs = program(
  () => realTerminal(false),
  () => {},
).commands;

describe('README', () => {
  it('links to files that are there', () => {
    const links = [...`${readme}${chinese}`.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      (match) => match[1]!,
    );
    expect(links.length).toBeGreaterThan(10);
    for (const link of links)
      if (!/^https?:/.test(link)) expect(existsSync(join(root, link)), link).toBe(true);
  });

  it('shows settings that are accepted, with limits and audits that exist', async () => {
    const blocks = [...readme.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
    expect(blocks.length).toBeGreaterThan(2);
    for (const block of blocks) {
      const folder = mkdtempSync(join(tmpdir(), 'pm2-audit-test-'));
      try {
        writeFileSync(join(folder, 'pm2-audit.config.json'), block);
        const options = await resolveOptions({}, {}, folder, Date.now());
        if (block.includes('"lang"')) expect(options.locale).toBe('zh-CN');
        for (const [id, limits] of Object.entries(options.limits)) {
          const audit = audits.find((candidate) => candidate.id === id);
          expect(Object.keys(audit?.limits ?? {})).toEqual(expect.arrayContaining(Object.keys(limits)));
        }
        for (const { audit } of options.ignore) expect(audits.map(({ id }) => id)).toContain(audit);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  });

  it('names every command and option, and none that is not there', () => {
    for (const verb of verbs)
      expect(readme, verb.name()).toMatch(new RegExp(`pm2-audit ${verb.name()}|\`pm2-audit\``));
    const flags = new Set(verbs.flatMap(({ options }) => options.map(({ long }) => long)));
    const named = new Set([...readme.matchAll(/`(--[a-z-]+)/g)].map((match) => match[1]!));
    for (const flag of named) expect([...flags, '--json'], flag).toContain(flag);
    const audit =
      verbs
        .find((verb) => verb.name() === 'audit')
        ?.options.filter(({ hidden }) => !hidden)
        .map(({ long }) => long ?? '') ?? [];
    for (const flag of audit) expect(readme, flag).toContain(flag);
  });

  it('lists every audit, and every audit has a file and a test', () => {
    for (const { id } of audits) {
      expect(readme).toContain(`docs/audits.md#${id}`);
      expect(existsSync(join(root, 'src/audits', `${id}.ts`)), id).toBe(true);
      expect(existsSync(join(root, 'test/audits', `${id}.test.ts`)), `test of ${id}`).toBe(true);
    }
    expect(new Set(audits.map(({ id }) => id)).size).toBe(audits.length);
  });
});

/** Blocks that are typed or copied, by language; comments may be translated. The samples of output are not among them. */
function typed(text: string): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => language !== 'text')
    .map(([, language, body]) => `${language}\n${body!.replace(/\s*(?:^|(?<=\s))(?:#|\/\/) .*$/gm, '')}`);
}
const headings = (text: string): string[] =>
  [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^(#+) .+$/gm)].map((match) => match[1]!);
/** What stands as code in the first cell of each row: commands, options, audits. */
const firstCells = (text: string): string[] =>
  [...text.matchAll(/^\| (.*?`[^|]*?`.*?) \|/gm)].map((match) =>
    [...match[1]!.matchAll(/`[^`]+`/g)].join(' '),
  );

describe('README.zh-CN', () => {
  it('has the same chapters, commands and tables as README', () => {
    expect(headings(chinese)).toEqual(headings(readme));
    expect(typed(chinese)).toEqual(typed(readme));
    expect(typed(readme).length).toBeGreaterThan(5);
    expect(firstCells(chinese)).toEqual(firstCells(readme));
    expect(firstCells(readme).length).toBeGreaterThan(audits.length);
  });

  it('is Chinese, and each leads to the other', () => {
    for (const [, heading] of chinese.matchAll(/^##+ (.+)$/gm)) expect(heading).toMatch(/\p{Script=Han}/u);
    expect(readme).toContain('](README.zh-CN.md)');
    expect(chinese).toContain('](README.md)');
  });
});

describe('docs/monitoring.md', () => {
  const text = readFileSync(join(root, 'docs/monitoring.md'), 'utf8');
  const options = new Set(
    verbs.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short])),
  );

  it('is found from both, and names options and metrics that exist', () => {
    for (const readmeOf of [readme, chinese]) expect(readmeOf).toContain('](docs/monitoring.md)');
    const named = [...text.matchAll(/(?<=[\s"`])--?[a-z][a-z-]*(?=[\s"`])/g)].map(([flag]) => flag);
    const foreign = ['-n', '-u', '-f', '-v', '-H', '-t'];
    for (const flag of named) expect([...options, ...foreign], flag).toContain(flag);
    const prom = readdirSync(join(root, 'src/report/prom'))
      .map((name) => readFileSync(join(root, 'src/report/prom', name), 'utf8'))
      .join('');
    const metrics = [...text.matchAll(/pm2_audit_(?!prom)([a-z0-9_]+)[ {]/g)].map((match) => match[1] ?? '');
    expect(metrics.length).toBeGreaterThan(3);
    for (const metric of metrics) expect(prom, metric).toContain(metric);
  });

  it('lets nobody run more than one fixed command line, with settings that the caller does not choose', () => {
    const rules = [...text.matchAll(/^\w+ ALL=\((\w+)\) NOPASSWD: (.*)$/gm)];
    expect(rules.length).toBeGreaterThan(0);
    for (const [, user, line] of rules) {
      expect(user).not.toBe('root');
      expect(line).not.toMatch(/[*?[\]!]|, /);
      expect(line).toMatch(/ check .*--config \/etc\//);
      expect(text).toContain(`/usr/bin/sudo -n -u ${user} ${line}`);
    }
  });
});
