import { expect, it } from 'vitest';
import { Unlogged } from '../../src/collector/unlogged.ts';
import type { SampledProcess } from '../../src/model/history.ts';
import type { Daemon, Pm2Event, Pm2Log } from '../../src/model/pm2.ts';
import { c, now, ref } from '../factories.ts';
import { sampleOf } from './samples.ts';

const app = ref('web', 3);
const everyMs = 10_000;
const main = (pid: number, startedAt = now): SampledProcess => ({
  pid,
  ppid: 900,
  startedAt,
  home: app.home,
  app,
  role: 'main',
  comm: c('node'),
  uid: 1000,
  cgroup: null,
  rssBytes: 1,
});
const daemon = (pid = 900) => [{ home: app.home, pid } as Daemon];
const log = (at: number, event: Partial<Pm2Event>) =>
  [
    { home: app.home, events: [{ at, text: c(''), event: { name: app.name, pmId: 3, ...event } }] },
  ] as unknown as Pm2Log[];
const sample = (number: number, processes: readonly SampledProcess[]) =>
  sampleOf({ at: now + number * everyMs, processes });

it('keeps an end and a start that pm2.log has lost, once, one sample later', () => {
  const unlogged = new Unlogged();
  expect(unlogged.look(sample(0, [main(10)]), daemon(), [])).toEqual([]);
  expect(unlogged.look(sample(1, [main(20, now + 9_000)]), daemon(), [])).toEqual([]);
  expect(unlogged.look(sample(2, [main(20, now + 9_000)]), daemon(), [])).toMatchObject([
    // Never after the start that follows it: history would say that it was not started again.
    { at: now + 9_000, facts: { kind: 'exit', app, pid: 10, code: null, signal: null, seenBy: 'samples' } },
    { at: now + 9_000, facts: { kind: 'start', app, pid: 20, seenBy: 'samples' } },
  ]);
  expect(unlogged.look(sample(3, [main(20, now + 9_000)]), daemon(), [])).toEqual([]);
});

it('keeps the end of an app that stays down, and tells a pid that is used again', () => {
  const unlogged = new Unlogged();
  unlogged.look(sample(0, [main(10)]), daemon(), []);
  unlogged.look(sample(1, [main(10, now + 5_000)]), daemon(), []);
  expect(unlogged.look(sample(2, []), daemon(), []).map(({ facts }) => facts.kind)).toEqual([
    'exit',
    'start',
  ]);
  expect(unlogged.look(sample(3, []), daemon(), []).map(({ facts }) => facts.kind)).toEqual(['exit']);
});

it('leaves to pm2.log what it tells, and to the daemon what went with it', () => {
  const unlogged = new Unlogged();
  unlogged.look(sample(0, [main(10)]), daemon(), []);
  unlogged.look(sample(1, [main(20)]), daemon(), []);
  const line = log(now + 4_000, { kind: 'exited' });
  expect(unlogged.look(sample(2, [main(20)]), daemon(), line).map(({ facts }) => facts.kind)).toEqual([
    'start',
  ]);
  unlogged.look(sample(3, [main(30)]), daemon(901), []);
  expect(unlogged.look(sample(4, [main(30)]), daemon(901), [])).toEqual([]);
});
