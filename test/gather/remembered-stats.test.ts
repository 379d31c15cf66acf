import { expect, it } from 'vitest';
import { rememberStats } from '../../src/gather/remembered-stats.ts';
import { fixtureHost } from '../fixture-host.ts';

it('looks at a file once a run, found or not, and at a process each time', () => {
  const asked: string[] = [];
  const host = fixtureHost('/nowhere');
  const remembering = rememberStats({
    ...host,
    stat(path) {
      asked.push(path);
      return host.stat(path);
    },
  });
  for (const path of ['/logs/web-out.log', '/logs/web-out.log', '/proc/7', '/proc/7'])
    expect(remembering.stat(path)).toMatchObject({ ok: false, why: 'not-found' });
  expect(asked).toEqual(['/logs/web-out.log', '/proc/7', '/proc/7']);
});
