import { describe, expect, it } from 'vitest';
import { crowdOf, culpritOf } from '../../../src/derive/kills/kill-culprit.ts';
import { summarizeKills } from '../../../src/derive/kills/kill-summary.ts';
import { culpritEn, culpritZh } from '../../../src/derive/kills/kill-words.ts';
import type { OomTask } from '../../../src/model/oom.ts';
import { plainFmt } from '../../plain-fmt.ts';
import { app, at, c, day, god, kill, MB, process, task, tie } from './scene.ts';

const web = app('web', 0, { pid: 500, startedAt: at - day });
const api = [1, 2, 3, 4].map((id) => app('api', id, { pid: 500 + id, startedAt: at - day }));
const running = [web, ...api].map((one) =>
  process(one.pid!, 900, { comm: c(`node /srv/${one.ref.name}/s`), startedAt: at - day }),
);
const workers = Array.from({ length: 12 }, (_, index) =>
  process(600 + index, 501, { comm: c('python3'), startedAt: at - day }),
);
/** A victim `mysqld` of 300 MB beside these rows. */
const among = (rows: readonly OomTask[], over: object = {}) =>
  tie(
    [
      kill({
        at,
        pid: 77,
        comm: c('mysqld'),
        taskMemcg: null,
        anonRssKb: 300 * 1024,
        fileRssKb: 0,
        tasks: [task(77, 'mysqld', 300 * MB), ...rows].toSorted((a, b) => b.rssBytes - a.rssBytes),
        tasksTotal: rows.length + 1,
        ...over,
      }),
    ],
    [web, ...api],
    { processes: { processes: [god, ...running, ...workers], partial: false } },
  );
const said = (one: ReturnType<typeof among>) => culpritEn(summarizeKills([one]), plainFmt);

describe('who was biggest', () => {
  it('is one process, by its app', () => {
    const one = among([task(500, 'node /srv/web/s', 900 * MB)]);
    expect(culpritOf(one)).toMatchObject({
      app: { name: 'web' },
      processes: 1,
      rssBytes: 900 * MB,
      isSure: true,
    });
    expect(said(one)).toBe('It was the victim, not the biggest: web held 900 MB at that moment. ');
  });

  it('is nobody where the victim was as big within a tenth', () => {
    expect(culpritOf(among([task(500, 'node /srv/web/s', 330 * MB)]))).toBeNull();
    expect(culpritOf(among([task(500, 'node /srv/web/s', 331 * MB)]))).not.toBeNull();
  });

  it('is an app by all its instances and workers, none of which stands out', () => {
    const rows = [
      ...api.map((one) => task(one.pid!, 'node /srv/api/s', 90 * MB)),
      ...workers.map(({ pid }) => task(pid, 'python3', 70 * MB)),
    ];
    const one = among(rows);
    expect(culpritOf(one)).toMatchObject({ app: { name: 'api' }, processes: 16, rssBytes: 1200 * MB });
    expect(said(one)).toBe(
      'It was the victim, not the biggest: 16 processes of api held 1.2 GB together at that moment. ',
    );
    expect(culpritZh(summarizeKills([one]), plainFmt)).toContain('api 的 16 个进程合计占用 1.2 GB');
  });

  it('is a program by its name where no app is known', () => {
    const rows = Array.from({ length: 20 }, (_, index) => task(2000 + index, 'php-fpm', 60 * MB));
    expect(said(among(rows))).toContain('20 processes called php-fpm held 1.2 GB together');
    // Sums count shared pages again and again: a sum that is not clear says nothing.
    expect(culpritOf(among(rows.slice(0, 7)))).toBeNull();
  });

  it('is the giant, not its small brothers', () => {
    const rows = [task(2000, 'java', 900 * MB), task(2001, 'java', 100 * MB)];
    expect(culpritOf(among(rows))).toMatchObject({ processes: 1, rssBytes: 900 * MB });
  });

  it('is nobody of many, where all are small', () => {
    const rows = Array.from({ length: 40 }, (_, index) => task(2000 + index, `job-${index}`, 100 * MB));
    const one = among(rows);
    expect(crowdOf(one)).toEqual({ processes: 41, bytes: 4300 * MB, victimBytes: 300 * MB });
    expect(said(one)).toBe(
      'No single process stood out: 41 of them held 4.2 GB together, the victim 300 MB. ',
    );
  });

  it('is not called the cause where the table lost lines, or is lost', () => {
    const cut = among([], { tasks: [task(500, 'node /srv/web/s', 900 * MB)], tasksTotal: 1 });
    expect(culpritOf(cut)).toMatchObject({ isSure: false });
    expect(said(cut)).not.toContain('victim, not');
    expect(culpritOf(among([], { tasks: [], tasksTotal: null }))).toBeNull();
    expect(said(among([], { tasks: [], tasksTotal: null }))).toBe('');
    // Only its biggest rows are kept: a victim smaller than all of them is no loss.
    const capped = { tasks: [task(500, 'node /srv/web/s', 900 * MB)], tasksTotal: 700 };
    expect(culpritOf(among([], capped))).toMatchObject({ isSure: true });
  });

  it('is not a pid that has come back to another process', () => {
    const one = among([task(500, 'node /srv/old/s', 900 * MB)]);
    expect(culpritOf(one)).toMatchObject({ app: null, name: 'node /srv/old/s' });
  });
});
