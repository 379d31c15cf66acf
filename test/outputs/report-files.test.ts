import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastScore } from '../../src/outputs/last-report.ts';
import {
  type FileFormat,
  fileNamePart,
  OutputError,
  reportPlace,
  writeReports,
} from '../../src/outputs/report-files.ts';
import { lockFolder } from '../../src/outputs/run-lock.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const contents = (tag: string): ReadonlyMap<FileFormat, string> =>
  new Map([
    ['md', `# ${tag}`],
    ['html', `<p>${tag}`],
    ['json', `{"tag":"${tag}"}`],
  ]);

describe('file names', () => {
  it('never leave the folder, whatever the host is called', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom(
            '../../x',
            '/etc/passwd',
            '..',
            '',
            '.',
            'a/b\\c',
            '\u202e\u0000evil',
            'x'.repeat(300),
          ),
        ),
        (name) => {
          const { folder, stem } = reportPlace(root, name, '20261121-031244');
          const path = resolve(folder, `${stem}.html`);
          expect(path.startsWith(`${root}${sep}2026-11-21${sep}health-`)).toBe(true);
          expect(stem.length).toBeLessThan(100);
        },
      ),
    );
  });

  it('keep a Chinese host name and an ordinary one', () => {
    expect(fileNamePart('web-01.example.cn')).toBe('web-01.example.cn');
    expect(fileNamePart('生产-01')).toBe('生产-01');
  });
});

describe('writing reports', () => {
  it('writes every format, and latest.* beside them and above them', () => {
    const place = reportPlace(root, 'web-01', '20261121-031244');
    const written = writeReports(root, place, contents('a'));
    expect(written.map((path) => path.slice(root.length))).toEqual([
      '/2026-11-21/health-web-01-20261121-031244.md',
      '/2026-11-21/health-web-01-20261121-031244.html',
      '/2026-11-21/health-web-01-20261121-031244.json',
    ]);
    expect(readFileSync(join(root, 'latest.md'), 'utf8')).toBe('# a');
    expect(readlinkSync(join(root, '2026-11-21', 'latest.json'))).toBe('health-web-01-20261121-031244.json');
  });

  it('gives a second report of the same second its own name, and moves latest.* to it', () => {
    for (const tag of ['a', 'b'])
      writeReports(root, reportPlace(root, 'web-01', '20261121-031244'), contents(tag));
    expect(existsSync(join(root, '2026-11-21', 'health-web-01-20261121-031244-2.md'))).toBe(true);
    expect(readFileSync(join(root, 'latest.html'), 'utf8')).toBe('<p>b');
  });

  it('sweeps the temporary file of a run that was killed, and leaves nothing temporary itself', () => {
    mkdirSync(join(root, '2026-11-21'));
    writeFileSync(join(root, '2026-11-21', '.health-x-20261121-000000.md.4194399.tmp'), 'half');
    writeReports(root, reportPlace(root, 'x', '20261121-031244'), contents('a'));
    expect(readdirSync(join(root, '2026-11-21')).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('names the folder and the reason when it cannot write, and leaves no half report', () => {
    writeFileSync(join(root, '2026-11-21'), 'a file where the folder should be');
    expect(() => writeReports(root, reportPlace(root, 'x', '20261121-031244'), contents('a'))).toThrow(
      OutputError,
    );
    expect(() => writeReports(root, reportPlace(root, 'x', '20261121-031244'), contents('a'))).toThrow(
      /a file stands where a folder is needed/,
    );
  });
});

describe('the lock', () => {
  it('waits for a live holder and says who it is', async () => {
    writeFileSync(join(root, '.pm2-audit.lock'), `${process.ppid}\n`);
    const holders: number[] = [];
    await expect(lockFolder(root, 150, (holder) => holders.push(holder))).rejects.toThrow(
      new RegExp(`pid ${process.ppid}`),
    );
    expect(holders).toEqual([process.ppid]);
  });

  it('takes over from a process that is gone, and gives back', async () => {
    writeFileSync(join(root, '.pm2-audit.lock'), '4194399\n');
    const release = await lockFolder(root, 1000, () => {});
    expect(readFileSync(join(root, '.pm2-audit.lock'), 'utf8')).toBe(`${process.pid}\n`);
    release();
    expect(existsSync(join(root, '.pm2-audit.lock'))).toBe(false);
  });

  it('lets two runs through one after the other', async () => {
    const first = await lockFolder(root, 1000, () => {});
    const second = lockFolder(root, 5000, () => {});
    first();
    (await second)();
    expect(existsSync(join(root, '.pm2-audit.lock'))).toBe(false);
  });
});

it('refuses a place where nobody can write', () => {
  expect(() =>
    writeReports('/proc/self', reportPlace('/proc/self', 'x', '20261121-031244'), contents('a')),
  ).toThrow(OutputError);
});

describe('the last score', () => {
  const report = (over: object): string =>
    JSON.stringify({
      schema: 'pm2-audit.report/1',
      host: { name: 'web-01' },
      score: 68,
      grade: 'C',
      takenAt: '2026-11-14T03:12:00+08:00',
      ...over,
    });
  const last = (text: string): unknown => {
    writeFileSync(join(root, 'latest.json'), text);
    return lastScore(root, 'web-01');
  };

  it('is read from the newest report of this host', () => {
    expect(last(report({}))).toEqual({ takenAt: Date.UTC(2026, 10, 13, 19, 12), score: 68, grade: 'C' });
  });

  it.each([
    ['another host', report({ host: { name: 'web-02' } })],
    ['another schema', report({ schema: 'pm2-audit.report/9' })],
    ['no time', report({ takenAt: 'yesterday' })],
    ['half a file', report({}).slice(0, 40)],
    ['no object', '7'],
  ])('is unknown with %s', (_what, text) => {
    expect(last(text)).toBeNull();
  });

  it('is unknown where there is no report', () => {
    expect(lastScore(root, 'web-01')).toBeNull();
  });
});
