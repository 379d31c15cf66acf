import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJournalLine } from '../../src/gather/systemd/journal-line.ts';
import { journalSpan } from '../../src/gather/systemd/journal-span.ts';
import { unitJournal } from '../../src/gather/unit-journal.ts';
import type { Host } from '../../src/host/host.ts';
import type { StartupFacts } from '../../src/model/systemd.ts';
import { c, day, healthy, now, unit } from '../factories.ts';
import { fixtureHost } from '../fixture-host.ts';
import { gatherContext } from '../gather-context.ts';

const stories = join(import.meta.dirname, '../fixtures/hosts');
const later = now + 2 * day;
const host = (story: string, over: Partial<Host> = {}) =>
  fixtureHost(join(stories, story), { now: () => later, ...over });
const startup = (over: Partial<StartupFacts> = {}): StartupFacts => ({
  ...healthy().startup,
  units: [unit({ name: c('pm2-root.service') })],
  holders: [],
  ...over,
});
const gather = (from: Host, facts: StartupFacts | undefined = startup()) =>
  unitJournal.gather(
    from,
    gatherContext(facts === undefined ? {} : { startup: facts }, { window: { from: now, to: later } }),
  );
async function events(story: string) {
  const item = await gather(host(story));
  if (!item.seen) throw new Error('not seen');
  expect(item.value.map((journal) => journal.unit)).toEqual(['pm2-root.service']);
  return item.value[0]?.events.map((event) => [event.kind, event.result, event.restarts]) ?? [];
}

describe('captured journals', () => {
  it('one OOM kill, policy stop: the unit failed and came back', async () => {
    expect(await events('unit-oom-stops-all')).toEqual([
      ['started', null, null],
      ['oom-in-unit', null, null],
      ['failed', 'oom-kill', null],
      ['restart-scheduled', null, 1],
      ['started', null, null],
    ]);
  });
  it('policy continue: the OOM line and nothing after it', async () => {
    expect(await events('unit-oom-continue')).toEqual([
      ['started', null, null],
      ['oom-in-unit', null, null],
    ]);
  });
  it('systemd-oomd', async () => {
    expect((await events('unit-oomd-kill')).slice(1, 4)).toEqual([
      ['oomd-kill', null, null],
      ['other', null, null],
      ['failed', 'oom-kill', null],
    ]);
  });
  it('the daemon as the victim', async () => {
    expect(await events('daemon-killed-continue')).toContainEqual(['failed', 'signal', null]);
  });
  it('quotes the line with its time, and says since when the journal speaks', async () => {
    const item = await gather(host('unit-oom-stops-all'));
    if (!item.seen) throw new Error('not seen');
    const at = Math.round(1_795_298_489_545_054 / 1000);
    expect(item.value[0]?.events[1]).toEqual({
      at,
      kind: 'oom-in-unit',
      result: null,
      restarts: null,
      quote: {
        source: 'systemd journal',
        at,
        text: 'pm2-root.service: A process of this unit has been killed by the OOM killer.',
      },
    });
    expect(item.covers).toEqual({ from: Math.floor((1_795_298_451_859_936 - 5_000_000) / 1000), to: later });
  });
});

describe('one line of the journal', () => {
  const line = (fields: object) =>
    parseJournalLine(
      JSON.stringify({ UNIT: 'a.service', __REALTIME_TIMESTAMP: '1795298489545054', ...fields }),
    );
  it('is known by its id, whatever it says', () => {
    expect(
      line({ MESSAGE: 'anders', MESSAGE_ID: 'd9b373ed55a64feb8242e02dbe79a49c', UNIT_RESULT: 'oom-kill' }),
    ).toMatchObject({ kind: 'failed', result: 'oom-kill' });
  });
  it('is known by its text where it has no id', () => {
    expect(line({ MESSAGE: "a.service: Failed with result 'timeout'." })).toMatchObject({
      kind: 'failed',
      result: 'timeout',
    });
    expect(line({ MESSAGE: 'a.service: Scheduled restart job, restart counter is at 7.' })).toMatchObject({
      kind: 'restart-scheduled',
      restarts: 7,
    });
    expect(line({ MESSAGE: "a.service: State 'stop-sigterm' timed out. Killing." })).toMatchObject({
      kind: 'other',
    });
  });
  it('is decoded where it is bytes, and belongs to a user unit', () => {
    const bytes = [...Buffer.from('a.service: A process of this unit has been killed by the OOM killer.')];
    expect(
      parseJournalLine(
        JSON.stringify({ USER_UNIT: 'b.service', __REALTIME_TIMESTAMP: '1795298489545054', MESSAGE: bytes }),
      ),
    ).toMatchObject({ unit: 'b.service', kind: 'oom-in-unit' });
  });
  it('is passed over where it is about something else', () => {
    expect(line({ MESSAGE: 'a.service: Consumed 25.726s CPU time.' })).toBeNull();
    expect(parseJournalLine('{"UNIT":')).toBeNull();
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseJournalLine(text)));
  });
});

describe('what cannot be seen', () => {
  it('no systemd', async () => {
    expect(await gather(host('container-memory-limit-v1'), startup({ systemd: false }))).toMatchObject({
      seen: true,
      value: [],
      source: expect.stringMatching(/no systemd/),
    });
    expect(await unitJournal.gather(host('unit-oom-continue'), gatherContext())).toMatchObject({
      seen: false,
    });
  });
  it('no unit: nothing to ask', async () => {
    const run: Host['run'] = async () => {
      throw new Error('must not run');
    };
    expect(await gather(host('unit-oom-continue', { run }), startup({ units: [] }))).toMatchObject({
      seen: true,
      value: [],
    });
  });
  it('no journal', async () => {
    expect(await gather(host('container-memory-limit-v1'))).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found', remedy: 'persistent-journal' }],
    });
  });
  it('a user who may not read it', async () => {
    const stderr = 'Hint: You are currently not seeing messages from other users and the system.\n';
    const run: Host['run'] = async () => ({
      ok: true,
      value: { code: 1, stdout: Buffer.alloc(0), stderr, truncated: false },
    });
    expect(await gather(host('unit-oom-continue', { run }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'permission-denied', remedy: 'run-as-root' }],
    });
  });
  it('a user who sees only part of it', async () => {
    const stderr = 'Hint: You are currently not seeing messages from other users and the system.\n';
    const stdout = Buffer.from(
      `${JSON.stringify({ USER_UNIT: 'pm2-root.service', __REALTIME_TIMESTAMP: '1795298489545054', MESSAGE: 'Started x.' })}\n`,
    );
    const run: Host['run'] = async () => ({ ok: true, value: { code: 0, stdout, stderr, truncated: true } });
    expect(await gather(host('unit-oom-continue', { run }))).toMatchObject({
      seen: true,
      value: [{ events: [{ kind: 'started' }] }],
      gaps: [{ why: 'truncated' }, { why: 'permission-denied' }],
    });
  });
  it('a folder without a journal in it', async () => {
    const value = {
      code: 0,
      stdout: Buffer.alloc(0),
      stderr: 'No journal files were found.\n',
      truncated: false,
    };
    const run: Host['run'] = async () => ({ ok: true, value });
    expect(await gather(host('unit-oom-continue', { run }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'not-found' }],
    });
  });
  it('an old journalctl is asked again without the newer option', async () => {
    const asked: string[][] = [];
    const run: Host['run'] = async (_command, args) => {
      asked.push([...args]);
      const isNew = args.some((arg) => arg.startsWith('--output-fields'));
      return {
        ok: true,
        value: {
          code: isNew ? 1 : 0,
          stdout: Buffer.alloc(0),
          stderr: isNew ? "journalctl: unrecognized option '--output-fields'" : '',
          truncated: false,
        },
      };
    };
    expect(await gather(host('unit-oom-continue', { run }))).toMatchObject({
      seen: true,
      value: [{ unit: 'pm2-root.service', events: [] }],
    });
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual(
      expect.arrayContaining(['_PID=1', 'UNIT=pm2-root.service', '+', 'USER_UNIT=pm2-root.service']),
    );
  });
});

it('an archived journal tells its beginning by its name', () => {
  const names = [
    'system@0123-00000000000001c9-000660d0c9ee65bb.journal',
    'user-1000.journal',
    'system.journal',
  ];
  const folder = fixtureHost(join(stories, 'unit-oom-continue'));
  const span = journalSpan({
    ...folder,
    list: (path) => ({ ok: true, value: path.endsWith('journal') ? ['m'] : names }),
    read: () => ({ ok: true, value: Buffer.from('short') }),
  });
  expect(span.from).toBe(Math.floor(0x000660d0c9ee65bb / 1000));
  expect(span.folders).toHaveLength(2);
});
