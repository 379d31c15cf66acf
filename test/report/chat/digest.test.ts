import { describe, expect, it } from 'vitest';
import { chatDigest } from '../../../src/report/chat/digest.ts';
import { plainText } from '../../../src/report/chat/lines.ts';
import { c, day, now } from '../../factories.ts';
import { reportOf } from '../../stories/index.ts';
import { auditWords, locales } from '../pages.ts';
import { diffOf, type Made, madeReport, madeWords } from './made-report.ts';

const files = { html: '/srv/reports/web-01.html', json: '/srv/reports/web-01.json', md: null };
const first = { reason: 'first', toldAt: null, diff: null } as const;
const toldAt = now - day;

const digestOf = (story: string, locale: 'en' | 'zh-CN') =>
  chatDigest(reportOf(story), locale, auditWords, first, files);
const whole = (digest: ReturnType<typeof chatDigest>): string =>
  [
    digest.title,
    digest.head,
    ...digest.findings.map(({ forms }) => forms[0]!),
    digest.foot(digest.findings.length),
  ]
    .map((block) => (typeof block === 'string' ? block : plainText(block)))
    .join('\n');

const made = (...findings: readonly Made[]) => madeReport(findings);
const api: Made = { priority: 'P0', title: 'was killed', app: 'api' };
const web: Made = { priority: 'P1', title: 'is in a loop', app: 'web' };
const job: Made = { priority: 'P2', title: 'has no limit', app: 'job' };
const told = (
  before: ReturnType<typeof made>,
  after: ReturnType<typeof made>,
  reason: 'new' | 'worse' | 'better' | 'recovered' | 'reminder' | 'always' | 'asked',
  locale: 'en' | 'zh-CN' = 'en',
) => chatDigest(after, locale, madeWords, { reason, toldAt, diff: diffOf(before, after) }, files);

describe('a digest', () => {
  it('says host, verdict, counts and score in its title, and where the report lies at its end', () => {
    const digest = digestOf('sick-host', 'en');
    expect(digest.title).toBe('[pm2-audit] web-01: Critical · P0×3 P1×7 P2×5 P3×6 · score 12');
    expect(plainText(digest.foot(10))).toMatch(/Report on web-01: \/srv\/reports\/web-01\.html$/);
    expect(digestOf('sick-host', 'zh-CN').title).toBe(
      '[pm2-audit] web-01：严重 · P0×3 P1×7 P2×5 P3×6 · 12 分',
    );
  });

  it('tells the most urgent findings first, each with one line of evidence and the fix', () => {
    const { findings } = digestOf('sick-host', 'en');
    expect(findings.map(({ priority }) => priority)).toEqual([
      ...Array(3).fill('P0'),
      ...Array(7).fill('P1'),
    ]);
    expect(plainText(findings[0]!.forms[0]!)).toBe(
      [
        'P0 now: flask-app was killed for memory 3 times, first on 17 Nov 14:31 and last on 19 Nov 09:05 (likely)',
        'kernel log, 19 Nov 09:05:33: Memory cgroup out of memory: Killed process 113950 (python3) total-vm:2418764kB, anon-rss:1300236kB, file-rss:3120kB, shmem-rss:0kB, UID:1000 pgtables:3944kB oom_score_adj:0',
        'Fix F1: Give flask-app a memory limit of 700M.',
        "ecosystem.config.js: + max_memory_restart: '700M',",
        'then, as deploy: PM2_HOME=/home/deploy/.pm2 pm2 restart ecosystem.config.js --only flask-app --update-env && PM2_HOME=/home/deploy/.pm2 pm2 save',
      ].join('\n'),
    );
  });

  it('counts what it does not tell, and says a fix once', () => {
    const digest = digestOf('sick-host', 'en');
    expect(plainText(digest.foot(digest.findings.length))).toContain('And 11 more in the report: P2×5 P3×6.');
    expect(plainText(digest.foot(3))).toContain('And 18 more in the report: P1×7 P2×5 P3×6.');
    expect(plainText(digest.findings[4]!.forms[0]!)).toContain('Fix F2, as above.');
  });

  it.each(locales)('quotes no line of an app log in %s', (locale) => {
    const report = reportOf('sick-host');
    const lines = report.findings.flatMap(({ because }) =>
      because.filter(({ source }) => source.includes('/logs/')),
    );
    expect(lines.length).toBeGreaterThan(0);
    const text = whole(digestOf('sick-host', locale));
    for (const line of lines) expect(text).not.toContain(line.text.slice(0, 40));
    expect(text).not.toMatch(/-(?:out|error)\.log/);
  });

  it('names what could not be seen once, in one line', () => {
    const text = whole(digestOf('sick-host', 'en'));
    expect(text).toContain('Not seen: part of the data folders');
    expect(text.match(/part of pm2\.log/g)).toHaveLength(1);
    expect(whole(digestOf('blind-host', 'zh-CN'))).toMatch(/看不到：PM2 的文件、进程表/);
  });

  it('calls the kernel log by its name, from wherever it was read', () => {
    for (const source of ['/dev/kmsg', 'dmesg', 'journalctl -k -o short-iso', 'kernel log']) {
      const report = reportOf('sick-host');
      const [finding] = report.findings;
      const because = finding!.because.map((quote) => ({ ...quote, source: c(source) }));
      const kills = report.oomKills!.map((kill) => ({
        ...kill,
        kill: { ...kill.kill, quotes: kill.kill.quotes.map((quote) => ({ ...quote, source: c(source) })) },
      }));
      const digest = chatDigest(
        { ...report, findings: [{ ...finding!, because }], oomKills: kills },
        'zh-CN',
        auditWords,
        first,
        files,
      );
      expect(plainText(digest.findings[0]!.forms[0]!)).toContain('\n内核日志，11-19 09:05:33：');
    }
  });

  it('lists a few findings that can wait where nothing is urgent, and none beside urgent ones', () => {
    const later = Array.from({ length: 9 }, (_, index): Made => ({ ...job, app: `job-${index}` }));
    const quiet = chatDigest(made(...later), 'en', madeWords, first, files);
    expect(quiet.findings).toHaveLength(5);
    expect(plainText(quiet.foot(5))).toContain('And 4 more in the report: P2×4.');
    expect(chatDigest(made(api, ...later), 'en', madeWords, first, files).findings).toHaveLength(1);
  });
});

describe('why it comes', () => {
  it('marks what is new and what got worse, and counts the rest', () => {
    const digest = told(made({ ...web, priority: 'P2' }, job), made(api, web), 'worse');
    expect(plainText(digest.head)).toBe(
      'Since 20 Nov 03:12: 1 new, 1 worse and 1 gone.\nGone: A made finding (job).',
    );
    expect(digest.findings.map(({ forms }) => plainText(forms[0]!))).toEqual([
      'P0 now, new: api was killed',
      'P1 this week, worse, was P2: web is in a loop',
    ]);
    expect(plainText(told(made(web), made(api, web), 'new', 'zh-CN').head)).toBe(
      '自 11 月 20 日 03:12 以来：新增 1 项。',
    );
  });

  it('shows a new finding that can wait beside the urgent ones', () => {
    const digest = told(made(api), made(api, job), 'new');
    expect(digest.findings.map(({ forms }) => plainText(forms[0]!))).toEqual([
      'P0 now: api was killed',
      'P2 this month, new: job has no limit',
    ]);
  });

  it('says a recovery, a reminder and a message by hand', () => {
    expect(plainText(told(made(api), made(), 'recovered').head)).toMatch(
      /^All well again: nothing that was urgent on 20 Nov 03:12 is left\.\n.*\nGone: A made finding \(api\)\.$/,
    );
    expect(plainText(told(made(api), made(api), 'reminder').head)).toBe(
      'Reminder: this still stands. Nothing has changed since 20 Nov 03:12.',
    );
    expect(plainText(told(made(api), made(api), 'reminder', 'zh-CN').head)).toBe(
      '提醒：问题仍未处理。自 11 月 20 日 03:12 以来没有变化。',
    );
    expect(plainText(told(made(api), made(api, job), 'reminder').head)).toBe(
      'Reminder: this still stands. Since 20 Nov 03:12: 1 new.',
    );
    expect(plainText(told(made(api), made(api), 'asked').head)).toBe(
      'Sent by hand. Nothing has changed since 20 Nov 03:12.',
    );
    expect(plainText(told(made(), made(), 'always', 'zh-CN').head)).toMatch(
      /^按设置，每次检查后发送。自 11 月 20 日 03:12 以来没有变化。/,
    );
  });

  it('does not call new what the last report could not judge', () => {
    const before = madeReport([], {
      verdicts: [{ audit: 'made', outcome: 'blind', missing: [], error: null }],
    });
    const digest = told(before, made(api), 'new');
    expect(plainText(digest.head)).toContain('1 perhaps new (the last report could not tell)');
    expect(plainText(digest.findings[0]!.forms[0]!)).toBe('P0 now, perhaps new: api was killed');
  });

  it('says the change of the score against the last message, not against the last report', () => {
    const digest = chatDigest(
      madeReport([api], { score: 41, past: { takenAt: toldAt, score: 39, grade: 'F' } }),
      'en',
      madeWords,
      {
        reason: 'new',
        toldAt,
        diff: diffOf(madeReport([], { score: 68 }), madeReport([api], { score: 41 })),
      },
      files,
    );
    expect(digest.title).toContain('score 41 (27 lower)');
  });
});
