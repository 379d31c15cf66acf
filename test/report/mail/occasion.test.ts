import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../src/derive/compare/report-facts.ts';
import type { Occasion } from '../../../src/derive/delivery/occasion.ts';
import type { ReportDiff } from '../../../src/derive/report-diff.ts';
import { reportOf } from '../pages.ts';
import { following, mailOf, shown } from './mails.ts';

const sick = reportOf('sick-host');
const quiet = following(sick, sick, 'worse');
const toldAt = sick.takenAt - 86_400_000;

const problem = (audit: string, name: string, priority: Problem['priority'] = 'P1'): Problem => ({
  audit,
  priority,
  subject: {
    key: `app\n/home\ndefault\n${name}`,
    kind: 'app',
    app: { home: '/home', namespace: 'default', name },
    text: name,
  },
});

/** The lines between the reason and the first fix, of the HTML, and the first lines of the text. */
function why(occasion: Occasion, locale: 'en' | 'zh-CN' = 'en'): { html: string; text: string } {
  const mail = mailOf(sick, locale, occasion);
  const html = shown(mail.html);
  const [from, to] = locale === 'en' ? ['Why this mail', 'Do first'] : ['发信原因', '优先处理'];
  return {
    html: html
      .slice(html.indexOf(from), html.indexOf(to))
      .replace(/\s*\n\s*/g, '\n')
      .trim(),
    text: mail.text.slice(0, mail.text.indexOf('\n\n')),
  };
}
const changed = (diff: Partial<ReportDiff>, reason: Occasion['reason'] = 'new'): Occasion => ({
  reason,
  toldAt,
  diff: { ...quiet.diff!, ...diff },
});

describe('why a mail comes', () => {
  it('is the first one, or asked for, or every one', () => {
    const told = (reason: Occasion['reason']) => why({ reason, toldAt: null, diff: null }).text;
    expect(told('first')).toBe('The first report on this host that is sent to you.');
    expect(told('asked')).toBe('Somebody asked for this report to be sent.');
    expect(told('always')).toBe('Your settings ask for every report.');
  });

  it('is what is new, worse, better and gone, in two lines of the text', () => {
    const { html, text } = why(
      changed({
        fresh: [problem('restart-loop', 'api'), problem('memory-leak', 'web')],
        worse: [{ ...problem('app-crashes', 'jobs', 'P0'), from: 'P2', to: 'P0' }],
        better: [{ ...problem('cpu-hog', 'sync', 'P2'), from: 'P1', to: 'P2' }],
        gone: [problem('app-errored', 'old')],
      }),
    );
    expect(html).toBe(
      [
        'Why this mail: Something is new since the report of 20 Nov 03:12.',
        'New: api restart loop; web leaks memory.',
        'Worse: jobs crashed (P2 to P0).',
        'Better: sync keeps a CPU busy (P1 to P2).',
        'Gone: old errored.',
      ].join('\n'),
    );
    expect(text.split('\n')).toEqual([
      'Something is new since the report of 20 Nov 03:12.',
      'New: api restart loop; web leaks memory. Worse: jobs crashed (P2 to P0). Better: sync keeps a CPU busy (P1 to P2). Gone: old errored.',
    ]);
  });

  it('reads as Chinese in Chinese', () => {
    const { html } = why(
      changed({
        fresh: [problem('restart-loop', 'api')],
        worse: [{ ...problem('app-crashes', 'jobs', 'P0'), from: 'P2', to: 'P0' }],
      }),
      'zh-CN',
    );
    expect(html).toBe(
      [
        '发信原因：自 11 月 20 日 03:12 的报告以来，出现了新问题。',
        '新增：api 重启循环。',
        '变差：jobs 崩溃（P2 → P0）。',
      ].join('\n'),
    );
  });

  it('puts first what the report puts first, and counts the rest', () => {
    const fresh = ['node-end-of-life', 'dump-incomplete', 'oom-worker-killed', 'oom-killed'].map(
      (audit, index) => problem(audit, `app-${index}`, index < 1 ? 'P2' : index < 2 ? 'P1' : 'P0'),
    );
    const more = Array.from({ length: 7 }, (_none, index) => problem('app-exits', `late-${index}`, 'P3'));
    const { html } = why(changed({ fresh: [...more, ...fresh] }));
    expect(html).toContain(
      'New: app-3 OOM-killed; app-2 worker OOM-killed; saved app list lacks apps; Node without security fixes; late-0 ends by itself; 6 more.',
    );
  });

  it('does not call new what could not be seen before, nor gone what cannot be seen now', () => {
    const { html } = why(
      changed({
        perhapsFresh: [{ ...problem('oom-killed', 'api', 'P0'), why: 'blind' }],
        perhapsGone: [{ ...problem('restart-loop', 'web', 'P1'), why: 'daemon' }],
      }),
    );
    expect(html).toContain('Seen now, perhaps not new: api OOM-killed.');
    expect(html).toContain('Not seen this time, so perhaps still there: web restart loop.');
    expect(html).not.toMatch(/^(?:New|Gone)/m);
  });

  it('is that it goes on, where nothing else moved', () => {
    const { html } = why(
      changed(
        { restarts: [{ home: '/home', namespace: 'default', name: 'api', from: 40, to: 1300 }] },
        'worse',
      ),
    );
    expect(html).toBe(
      'Why this mail: It goes on: it has not stopped since the report of 20 Nov 03:12.\nRestarts since: api 1,260.',
    );
  });

  it('names kills of no known problem', () => {
    const kill = { at: sick.takenAt - 1000, pid: 1, comm: 'node', app: null };
    expect(why(changed({ kills: [kill, { ...kill, pid: 2 }], isWorse: true }, 'worse')).html).toContain(
      'New: 2 kills for lack of memory since then.',
    );
  });

  it('is a reminder that names since when nothing moved', () => {
    expect(why(changed({}, 'reminder')).text).toBe(
      'A reminder: nothing changed since the report of 20 Nov 03:12, and what it named still stands.',
    );
  });

  it('is harmless whatever an app is called', () => {
    const occasion = changed({ fresh: [problem('restart-loop', '<img src=x>\r\n# *a* `b` {{x}}')] });
    const mail = mailOf(sick, 'en', occasion);
    expect(mail.html).toContain('&lt;img src=x&gt; # *a* `b`');
    expect(mail.text.split('\n')[1]).toBe('New: ``<img src=x> # *a* `b` {…`` restart loop.');
  });
});
