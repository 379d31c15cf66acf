/** The orchestrator with channels of the test's own: what is sent, queued, remembered and said. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deliverReport } from '../../../src/commands/delivery/deliver-report.ts';
import { openMemory } from '../../../src/commands/delivery/memory.ts';
import type { Outlet } from '../../../src/commands/delivery/outlets.ts';
import { deliveryWords } from '../../../src/commands/delivery/words.ts';
import { openDeliveries } from '../../../src/history/deliveries.ts';
import type { ChannelSettings, Parcel, Sent } from '../../../src/model/delivery.ts';
import type { Report } from '../../../src/model/report.ts';
import type { Locale } from '../../../src/model/text.ts';
import type { Delivery } from '../../../src/outputs/channel.ts';
import { toldFile } from '../../../src/outputs/told-file.ts';
import { hour, minute } from '../../factories.ts';
import { driver, tempPath } from '../../history/factory.ts';
import { reportOf } from '../../stories/index.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const noon = Date.UTC(2026, 10, 22, 12);
type Answer = (parcel: Parcel) => Sent | Promise<Sent>;
const good: Answer = () => ({ ok: true, to: 'somebody' });
const later =
  (code = 'refused', rest?: Parcel): Answer =>
  (parcel) => ({ ok: false, problem: { code, words: `the server said ${code}.` }, rest: rest ?? parcel });
const never =
  (partly = false): Answer =>
  () => ({ ok: false, problem: { code: 'recipient', words: 'nobody is called so.' }, rest: null, partly });

/** A channel that answers as it is told, and what reached the other side. */
function fake(name = 'ops', over: Partial<ChannelSettings> = {}) {
  const settings: ChannelSettings = { name, sendOn: 'P1', reminderDays: 1, locale: 'en', ...over };
  const reached: Parcel[] = [];
  const tried: Parcel[] = [];
  const composed: Delivery[] = [];
  const state = { answer: good, secret: 'canary-old' };
  const channel = {
    settings,
    compose(delivery: Delivery): Parcel {
      composed.push(delivery);
      return { id: `${name}-${composed.length}`, body: `${delivery.occasion.reason} ${'x'.repeat(100)}` };
    },
    async send(parcel: Parcel): Promise<Sent> {
      tried.push(parcel);
      const sent = await state.answer(parcel);
      if (sent.ok) reached.push(parcel);
      return sent;
    },
    secretMark: async (salt: string) =>
      createHash('sha256')
        .update(salt + state.secret)
        .digest('hex'),
  };
  const outlet: Outlet = { ok: true, settings, channel };
  return { outlet, channel, reached, tried, composed, state };
}

const sick = reportOf('sick-host');
const healthy = reportOf('healthy-host');
/** The same host later: more crashes of what is flagged. */
const at = (report: Report, now: number, restarts = 0): Report => ({
  ...report,
  takenAt: now,
  window: { from: now - 7 * 24 * hour, to: now },
  processes: report.processes.map((row) => ({
    ...row,
    story: row.story === null ? null : { ...row.story, counter: (row.story.counter ?? 0) + restarts },
  })),
});

interface Run {
  readonly good: boolean;
  readonly said: readonly string[];
  readonly failures: readonly string[];
}

async function run(
  path: string,
  outlets: readonly Outlet[],
  report: Report,
  now: number,
  over: { asked?: boolean; turnMs?: number; locale?: Locale; reports?: string } = {},
): Promise<Run> {
  const said: string[] = [];
  const failures: string[] = [];
  const memory = await openMemory(
    path,
    (problem) => failures.push(`store: ${problem}`),
    over.reports === undefined ? null : toldFile(over.reports),
  );
  const good = await deliverReport({
    report,
    auditWords: () => null,
    files: { html: null, json: null, md: null },
    outlets,
    asked: over.asked ?? false,
    now,
    memory,
    words: deliveryWords(over.locale ?? 'en', 0, now),
    say: (line, isFailure) => void (isFailure ? failures : said).push(line),
    ...(over.turnMs === undefined ? {} : { turnMs: over.turnMs }),
  });
  memory.close();
  return { good, said, failures };
}

describe('a channel that works', () => {
  it('is told of what is urgent once, of a healthy host never', async () => {
    const [path, ops] = [tempPath(), fake()];
    expect(await run(path, [ops.outlet], at(healthy, noon - hour), noon - hour)).toEqual({
      good: true,
      said: ['ops: silent: nothing urgent to tell'],
      failures: [],
    });
    expect((await run(path, [ops.outlet], at(sick, noon), noon)).said).toEqual([
      'ops: sent (the first report)',
    ]);
    const again = await run(path, [ops.outlet], at(sick, noon + 5 * minute), noon + 5 * minute);
    expect(again).toEqual({ good: true, said: ['ops: silent: nothing new since 12:00'], failures: [] });
    expect(ops.reached).toHaveLength(1);
    const over = await run(path, [ops.outlet], at(healthy, noon + 2 * hour), noon + 2 * hour);
    expect(over.said).toEqual(['ops: sent (all is well again)']);
    expect(ops.composed.at(-1)?.occasion.diff?.gone.length).toBeGreaterThan(0);
    expect(ops.composed.at(-1)?.occasion.toldAt).toBe(noon);
  });

  it('is told of a loop once an hour in 25 runs of an hour and a bit', async () => {
    const [path, ops] = [tempPath(), fake()];
    for (let n = 0; n < 25; n += 1) {
      const now = noon + n * 5 * minute;
      await run(path, [ops.outlet], at(sick, now, n * 83), now);
    }
    expect(ops.composed.map(({ occasion }) => occasion.reason)).toEqual(['first', 'worse', 'worse']);
  });

  it('is told when somebody asks, and that counts as told', async () => {
    const [path, ops] = [tempPath(), fake()];
    await run(path, [ops.outlet], at(healthy, noon), noon, { asked: true });
    await run(path, [ops.outlet], at(sick, noon + minute), noon + minute, { asked: true });
    await run(path, [ops.outlet], at(sick, noon + 2 * minute), noon + 2 * minute);
    expect(ops.composed.map(({ occasion }) => occasion.reason)).toEqual(['asked', 'asked']);
  });

  it('is not thrown back when an older report is asked for', async () => {
    const [path, ops] = [tempPath(), fake()];
    await run(path, [ops.outlet], at(sick, noon), noon);
    await run(path, [ops.outlet], at(healthy, noon - hour), noon + minute, { asked: true });
    const again = await run(path, [ops.outlet], at(sick, noon + 2 * hour), noon + 2 * hour);
    expect(again.said).toEqual(['ops: silent: nothing new since 12:00']);
  });

  it('is told of a host whose facts cannot be read, once', async () => {
    const [path, ops] = [tempPath(), fake()];
    const nameless: Report = { ...at(sick, noon), host: null };
    expect((await run(path, [ops.outlet], nameless, noon)).said).toEqual(['ops: sent (the first report)']);
    const again = await run(path, [ops.outlet], { ...nameless, takenAt: noon + hour }, noon + hour);
    expect(again.said).toEqual(['ops: silent: nothing new since 12:00']);
  });

  it('knows a report of one app from that of the host', async () => {
    const [path, ops] = [tempPath(), fake()];
    await run(path, [ops.outlet], at(sick, noon), noon);
    const one = { ...at(healthy, noon + 2 * hour), onlyApp: 'web' };
    expect((await run(path, [ops.outlet], one, noon + 2 * hour)).said).toEqual([
      'ops: silent: nothing urgent to tell',
    ]);
  });
});

describe('a channel that fails', () => {
  it('gets its message at the next run, the same one, once', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later();
    const first = await run(path, [ops.outlet], at(sick, noon), noon);
    expect(first.good).toBe(false);
    expect(first.failures).toEqual(['ops: not sent: the server said refused. Kept for the next run.']);
    ops.state.answer = good;
    const second = await run(path, [ops.outlet], at(sick, noon + 5 * minute), noon + 5 * minute);
    expect(second).toEqual({
      good: true,
      said: ['ops: sent one message kept since 12:00', 'ops: silent: nothing new since 12:00'],
      failures: [],
    });
    expect(ops.reached).toEqual([ops.tried[0]]);
    await run(path, [ops.outlet], at(sick, noon + 10 * minute), noon + 10 * minute);
    expect(ops.reached).toHaveLength(1);
  });

  it('does not stop another, and is one line', async () => {
    const [path, down, up] = [tempPath(), fake('down'), fake('up')];
    down.state.answer = () => Promise.reject(new Error('https://hooks.example/secret'));
    const { good: isGood, failures } = await run(path, [down.outlet, up.outlet], at(sick, noon), noon);
    expect(isGood).toBe(false);
    expect(up.reached).toHaveLength(1);
    expect(failures).toHaveLength(1);
    expect(failures[0]).not.toMatch(/secret/);
  });

  it('for three hours, with a run every five minutes, ends in one message of all that happened', async () => {
    const [path, ops] = [tempPath(), fake()];
    const every = async (from: number, to: number): Promise<readonly Run[]> => {
      const runs: Run[] = [];
      for (let n = from; n < to; n += 1) {
        const now = noon + n * 5 * minute;
        runs.push(await run(path, [ops.outlet], at(sick, now, n * 83), now));
      }
      return runs;
    };
    await every(0, 1);
    ops.state.answer = later();
    const down = await every(1, 37);
    // Silent in the first hour: it was told at noon. Then one line a run, and one message that waits.
    expect(down.slice(0, 11).every(({ good: isGood }) => isGood)).toBe(true);
    for (const { good: isGood, failures } of down.slice(11)) {
      expect(isGood).toBe(false);
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatch(
        /^ops: not sent: (the message of 1\d:\d\d still waits: the server said refused\.|the server said refused\. Kept for the next run\.)$/,
      );
    }
    ops.state.answer = good;
    const up = await every(37, 49);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-1', 'ops-4']);
    expect(up[0]).toMatchObject({ good: true, failures: [] });
    expect(up[0]?.said[0]).toBe('ops: sent one message kept since 15:00');
    const { occasion } = ops.composed[3] ?? {};
    expect(occasion).toMatchObject({ reason: 'worse', toldAt: noon });
    expect(occasion?.diff?.restarts.map(({ from, to }) => to - from)).toContain(36 * 83);
    // The next one an hour after it went out, not after it was made.
    await every(49, 50);
    expect(ops.reached).toHaveLength(3);
  });

  it('says from when the message is that waits', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later();
    await run(path, [ops.outlet], at(sick, noon), noon);
    const [soon, said] = [noon + 5 * minute, 'the server said refused.'];
    expect((await run(path, [ops.outlet], at(sick, soon), soon)).failures).toEqual([
      `ops: not sent: the message of 12:00 still waits: ${said}`,
    ]);
    const settings = { ...ops.outlet.settings, to: ['a@example.com'], transport: { kind: 'sendmail' } };
    const outlet: Outlet = { ok: true, settings, channel: { ...ops.channel, settings } };
    expect((await run(path, [outlet], at(sick, soon), soon, { locale: 'zh-CN' })).failures).toEqual([
      `邮件 a@example.com：未发送：12:00 的邮件仍在等待发送：${said}`,
    ]);
  });

  it('keeps one message a report, however often it is asked for, and sends that one', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later('timed-out');
    const report = at(sick, noon);
    await run(path, [ops.outlet], report, noon);
    for (let n = 1; n < 4; n += 1) {
      const now = noon + n * minute;
      expect((await run(path, [ops.outlet], report, now, { asked: true })).failures).toEqual([
        'ops: not sent: the message of 12:00 still waits: the server said timed-out.',
      ]);
    }
    ops.state.answer = good;
    const up = await run(path, [ops.outlet], report, noon + 5 * minute, { asked: true });
    expect(up).toEqual({ good: true, said: ['ops: sent one message kept since 12:00'], failures: [] });
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-1']);
    // An older report than the one told last, the same.
    ops.state.answer = later();
    const older = at(healthy, noon - hour);
    for (const n of [6, 7, 8]) await run(path, [ops.outlet], older, noon + n * minute, { asked: true });
    ops.state.answer = good;
    await run(path, [ops.outlet], older, noon + 9 * minute, { asked: true });
    expect(ops.reached).toHaveLength(2);
  });

  it('asked for what some lack, sends it once to all', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = (parcel) => ({
      ok: false,
      problem: { code: 'recipient', words: 'a mailbox is full.' },
      rest: { id: parcel.id, body: 'for one of them' },
      partly: true,
    });
    await run(path, [ops.outlet], at(sick, noon), noon);
    for (const n of [1, 2]) await run(path, [ops.outlet], at(sick, noon), noon + n * minute, { asked: true });
    ops.state.answer = good;
    await run(path, [ops.outlet], at(sick, noon + 3 * minute), noon + 3 * minute);
    expect(ops.reached).toEqual([{ id: 'ops-3', body: 'for one of them' }]);
  });

  it('tries a refused login every half hour, at once when asked or changed, and says so each run', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later('login');
    const runs: Run[] = [];
    const every = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 1) {
        const now = noon + n * 5 * minute;
        runs.push(await run(path, [ops.outlet], at(sick, now, n * 83), now));
      }
    };
    await every(0, 13);
    expect(ops.tried).toHaveLength(3);
    expect(runs.every(({ good: isGood, failures }) => !isGood && failures.length === 1)).toBe(true);
    const [refused, again] = ['ops: not sent: the server said login.', 'or at once with pm2-audit send.'];
    expect(runs[0]?.failures).toEqual([`${refused} Tried again from 12:30 on, ${again}`]);
    expect(runs[1]?.failures).toEqual([
      'ops: not sent: refused at 12:00, tried again from 12:30 on: the server said login.',
    ]);
    expect(runs[6]?.failures).toEqual([`${refused} Tried again from 13:00 on, ${again}`]);
    const soon = noon + 61 * minute;
    const zh = { ...ops.outlet.settings, locale: 'zh-CN' as const };
    await run(
      path,
      [{ ok: true, settings: zh, channel: { ...ops.channel, settings: zh } }],
      at(sick, soon),
      soon,
    );
    expect(ops.tried).toHaveLength(3);
    await run(path, [ops.outlet], at(sick, soon), soon, { asked: true });
    expect(ops.tried).toHaveLength(4);
    ops.state.secret = 'canary-new';
    await every(13, 15);
    expect(ops.tried).toHaveLength(5);
    expect(readFileSync(path).includes('canary')).toBe(false);
    const other = fake('ops', { reminderDays: 2 });
    other.state.answer = later('login');
    other.state.secret = 'canary-new';
    await run(path, [other.outlet], at(sick, noon + 76 * minute), noon + 76 * minute);
    expect(other.tried).toHaveLength(1);
    // It is mended at the provider: typed, it goes out, and the next run need not wait.
    other.state.answer = good;
    await run(path, [other.outlet], at(sick, noon + 77 * minute), noon + 77 * minute, { asked: true });
    const next = at(sick, noon + 78 * minute);
    other.state.answer = later('timed-out');
    await run(path, [other.outlet], next, noon + 78 * minute, { asked: true });
    const tried = other.tried.length;
    await run(path, [other.outlet], next, noon + 79 * minute);
    expect(other.tried).toHaveLength(tried + 1);
  });

  it('holds a refused login where there is no store too', async () => {
    const reports = temporaryFolder('pm2-audit-test');
    writeFileSync(join(reports, 'file'), '');
    const ops = fake();
    ops.state.answer = later('login');
    for (const n of [0, 1, 2]) {
      const now = noon + n * 5 * minute;
      const { good: isGood } = await run(join(reports, 'file', 'x.db'), [ops.outlet], at(sick, now), now, {
        reports,
      });
      expect(isGood).toBe(false);
    }
    expect(ops.tried).toHaveLength(1);
  });

  it('keeps one message that waits with `always` too, and does not send two at once when it is up', async () => {
    const [path, ops] = [tempPath(), fake('ops', { sendOn: 'always' })];
    ops.state.answer = later();
    for (let n = 0; n < 6; n += 1) {
      const { failures } = await run(path, [ops.outlet], at(sick, noon + n * minute), noon + n * minute);
      expect(failures).toEqual(['ops: not sent: the server said refused. Kept for the next run.']);
    }
    ops.state.answer = good;
    await run(path, [ops.outlet], at(sick, noon + 6 * minute), noon + 6 * minute);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-6']);
    await run(path, [ops.outlet], at(sick, noon + 7 * minute), noon + 7 * minute);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-6', 'ops-7']);
  });

  it('keeps what is left for some beside the newest, three in all, and says what had to go', async () => {
    const [path, ops] = [tempPath(), fake('ops', { sendOn: 'always' })];
    ops.state.answer = (parcel) => ({
      ok: false,
      problem: { code: 'recipient', words: 'a mailbox is full.' },
      rest: { id: parcel.id, body: 'for one of them' },
      partly: true,
    });
    const failures: string[] = [];
    for (let n = 0; n < 5; n += 1)
      failures.push(...(await run(path, [ops.outlet], at(sick, noon + n), noon + n)).failures);
    expect(failures.filter((line) => /had to go unsent: at most 3 are kept/.test(line))).toHaveLength(2);
    // Somebody has each of them: none is judged against a message that did not arrive.
    expect(ops.composed.map(({ occasion }) => occasion.toldAt)).toEqual(
      [null, 0, 1, 2, 3].map((n) => (n === null ? null : noon + n)),
    );
    ops.state.answer = good;
    await run(path, [ops.outlet], at(sick, noon + 9), noon + 9);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-3', 'ops-4', 'ops-5']);
  });

  it('does not replace a message to others', async () => {
    const [path, ops] = [tempPath(), fake()];
    const outlet = (...to: string[]): Outlet => {
      const settings = { ...ops.outlet.settings, to, transport: { kind: 'sendmail', path: '/x' } };
      const { channel } = ops;
      return { ok: true, settings, channel: { ...channel, settings } };
    };
    ops.state.answer = later('timed-out');
    await run(path, [outlet('a@example.com', 'b@example.com')], at(sick, noon), noon);
    await run(path, [outlet('me@example.com')], at(sick, noon + minute), noon + minute, { asked: true });
    ops.state.answer = good;
    await run(path, [outlet('a@example.com', 'b@example.com')], at(sick, noon + hour), noon + hour);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-1', 'ops-2']);
  });

  it('that fails when asked a second time for one report is sent that one too', async () => {
    const [path, ops] = [tempPath(), fake()];
    await run(path, [ops.outlet], at(sick, noon), noon, { asked: true });
    ops.state.answer = later();
    await run(path, [ops.outlet], at(sick, noon), noon + minute, { asked: true });
    ops.state.answer = good;
    await run(path, [ops.outlet], at(sick, noon + hour), noon + hour);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-1', 'ops-2']);
  });

  it('that is killed while it sends has its message in the outbox, and sends that one', async () => {
    const [path, ops] = [tempPath(), fake()];
    let inOutbox: readonly string[] = [];
    ops.state.answer = (parcel) => {
      const store = openDeliveries(driver, path);
      inOutbox = store.queue('ops').map(({ parcel: { id } }) => id);
      store.close();
      return good(parcel);
    };
    await run(path, [ops.outlet], at(sick, noon), noon);
    expect(inOutbox).toEqual(['ops-1']);
  });

  it('that refuses for good is asked once an hour, at once by send and with other settings, and said each run', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = never();
    const runs: Run[] = [];
    for (let n = 0; n <= 12; n += 1)
      runs.push(await run(path, [ops.outlet], at(sick, noon + n * 5 * minute), noon + n * 5 * minute));
    expect(ops.tried).toHaveLength(2);
    expect(runs.every(({ good: isGood }) => !isGood)).toBe(true);
    expect(runs[0]?.failures).toEqual([
      'ops: not sent: nobody is called so. Tried again from 13:00 on, or at once with pm2-audit send.',
    ]);
    for (const { failures } of runs.slice(1, 12))
      expect(failures).toEqual([
        'ops: not sent: refused at 12:00, tried again from 13:00 on: nobody is called so.',
      ]);
    const at1305 = noon + 65 * minute;
    await run(path, [ops.outlet], at(sick, at1305), at1305, { asked: true });
    expect(ops.tried).toHaveLength(3);
    const other = fake('ops', { reminderDays: 2 });
    expect((await run(path, [other.outlet], at(sick, at1305 + minute), at1305 + minute)).good).toBe(true);
    expect(other.composed.map(({ occasion }) => occasion.reason)).toEqual(['first']);
    expect((await run(path, [ops.outlet], at(sick, at1305 + hour), at1305 + hour)).good).toBe(true);
  });

  it('that refuses for good what had waited is not asked a second time in that run', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later();
    await run(path, [ops.outlet], at(sick, noon), noon);
    ops.state.answer = never();
    const { failures } = await run(path, [ops.outlet], at(sick, noon + hour, 99), noon + hour);
    expect(ops.tried).toHaveLength(2);
    expect(failures).toHaveLength(1);
    ops.state.answer = good;
    const { good: isGood } = await run(path, [ops.outlet], at(sick, noon + 2 * hour, 99), noon + 2 * hour);
    expect(isGood).toBe(true);
    expect(ops.composed.at(-1)?.occasion.reason).toBe('first');
  });

  it('is tried again for who has not got it, and not again for who never will', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = (parcel) => ({
      ok: false,
      problem: { code: 'recipient', words: 'a mailbox is full.' },
      rest: { id: parcel.id, body: 'for one of them' },
      partly: true,
    });
    await run(path, [ops.outlet], at(sick, noon), noon);
    ops.state.answer = never();
    const second = await run(path, [ops.outlet], at(sick, noon + minute), noon + minute);
    expect(ops.tried.at(-1)).toEqual({ id: 'ops-1', body: 'for one of them' });
    expect(second.good).toBe(false);
    expect(second.failures).toEqual(['ops: not sent: nobody is called so. It will not be tried again.']);
    ops.state.answer = good;
    expect((await run(path, [ops.outlet], at(sick, noon + hour), noon + hour)).said).toEqual([
      'ops: silent: nothing new since 12:00',
    ]);
  });

  it('counts as told where somebody has it, and as not told where nobody has', async () => {
    for (const [partly, reasons] of [
      [true, ['first']],
      [false, ['first', 'first']],
    ] as const) {
      const [path, ops] = [tempPath(), fake()];
      ops.state.answer = never(partly);
      expect((await run(path, [ops.outlet], at(sick, noon), noon)).good).toBe(false);
      await run(path, [ops.outlet], at(sick, noon + hour), noon + hour);
      expect(ops.composed.map(({ occasion }) => occasion.reason)).toEqual(reasons);
    }
  });

  it('that finds a message too large sends the smaller one at once', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = (parcel) =>
      parcel.body.length > 50 ? later('size', { id: parcel.id, body: 'small' })(parcel) : good(parcel);
    expect((await run(path, [ops.outlet], at(sick, noon), noon)).good).toBe(true);
    expect(ops.reached).toEqual([{ id: 'ops-1', body: 'small' }]);
  });

  it('that times out over one old message still gets the new one', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later('timed-out');
    await run(path, [ops.outlet], at(sick, noon), noon);
    ops.state.answer = (parcel) => (parcel.id === 'ops-1' ? later('timed-out')(parcel) : good(parcel));
    const second = await run(path, [ops.outlet], at(sick, noon + hour, 99), noon + hour);
    expect(ops.reached.map(({ id }) => id)).toEqual(['ops-2']);
    // It says all that the old one said.
    expect(second).toEqual({ good: true, said: ['ops: sent (the first report)'], failures: [] });
  });

  it('that cannot be made at all is said each run, also when there is nothing to tell', async () => {
    const settings: ChannelSettings = { name: 'ops', sendOn: 'P1', reminderDays: 1, locale: 'en' };
    const outlet: Outlet = { ok: false, settings, problem: { code: 'settings', words: 'PM2_X is not set.' } };
    expect(await run(tempPath(), [outlet], at(healthy, noon), noon)).toEqual({
      good: false,
      said: [],
      failures: ['ops: PM2_X is not set.'],
    });
  });
});

describe('two runs at once', () => {
  it('do not both send: the second waits, or says who is at it', async () => {
    const path = tempPath();
    const ops = fake();
    const store = openDeliveries(driver, path);
    const database = driver.open(path, 1000);
    const { processStart } = await import('../../../src/history/process-start.ts');
    database
      .prepare('INSERT INTO claim VALUES (?, ?, ?, ?)')
      .run('ops', process.ppid, processStart(process.ppid), noon);
    const { good: isGood, failures } = await run(path, [ops.outlet], at(sick, noon), noon, { turnMs: 0 });
    expect(isGood).toBe(false);
    expect(failures[0]).toMatch(new RegExp(`another pm2-audit \\(pid ${process.ppid}\\)`));
    expect(ops.tried).toEqual([]);
    const waiting = run(path, [ops.outlet], at(sick, noon), noon, { turnMs: 30_000 });
    database.exec('DELETE FROM claim');
    expect((await waiting).good).toBe(true);
    database.close();
    store.close();
  });
});

describe('without a store', () => {
  it('delivers all the same and says in one line that nothing is remembered', async () => {
    const ops = fake();
    const {
      good: isGood,
      said,
      failures,
    } = await run('/proc/no/such/place.db', [ops.outlet], at(sick, noon), noon);
    expect(isGood).toBe(true);
    expect(said).toEqual(['ops: sent (the first report)']);
    expect(failures).toHaveLength(1);
    ops.state.answer = later();
    const failed = await run('/proc/no/such/place.db', [ops.outlet], at(sick, noon), noon);
    expect(failed.failures[1]).toMatch(/not sent: the server said refused\. It could not be kept either\./);
  });
});

describe('without a store, beside the reports', () => {
  it('is told once all the same, and of what is new; whatever lies in that file', async () => {
    const ops = fake();
    const nowhere = '/proc/no/such/place.db';
    const reports = temporaryFolder('pm2-audit-reports');
    const one = (report: Report, now: number) =>
      run(nowhere, [ops.outlet], at(report, now), now, { reports });
    await one(sick, noon);
    expect((await one(sick, noon + 5 * minute)).said).toEqual(['ops: silent: nothing new since 12:00']);
    expect(statSync(join(reports, '.told.json')).mode & 0o777).toBe(0o600);
    expect((await one(healthy, noon + 2 * hour)).said).toEqual(['ops: sent (all is well again)']);
    ops.state.answer = later();
    expect((await one(sick, noon + 4 * hour)).failures[1]).toMatch(/It could not be kept either/);
    ops.state.answer = good;
    expect((await one(sick, noon + 5 * hour)).said).toEqual(['ops: sent (something is new)']);
    for (const text of ['', '[1]', '{"[\\"ops\\"]": 1}', 'null']) {
      writeFileSync(join(reports, '.told.json'), text);
      expect((await one(sick, noon + 6 * hour)).said).toEqual(['ops: sent (the first report)']);
    }
    expect(readdirSync(reports)).toEqual(['.told.json']);
  });
});

describe('a store that can be read and not written', () => {
  it('is told once: the later of both memories counts', async () => {
    const [path, ops, reports] = [tempPath(), fake(), temporaryFolder('pm2-audit-reports')];
    await run(path, [ops.outlet], at(healthy, noon), noon, { reports });
    const database = driver.open(path, 1000);
    database.exec("CREATE TRIGGER full BEFORE INSERT ON told BEGIN SELECT RAISE(ABORT, 'full'); END");
    const first = await run(path, [ops.outlet], at(sick, noon + minute), noon + minute, { reports });
    expect(first.said).toEqual(['ops: sent (the first report)']);
    const second = await run(path, [ops.outlet], at(sick, noon + 2 * minute), noon + 2 * minute, { reports });
    expect(ops.tried).toHaveLength(1);
    expect(second.failures.length).toBeLessThanOrEqual(1);
    database.close();
  });
});

describe('the lines in Chinese', () => {
  it('are Chinese', async () => {
    const [path, ops] = [tempPath(), fake()];
    ops.state.answer = later();
    const failed = await run(path, [ops.outlet], at(sick, noon), noon, { locale: 'zh-CN' });
    expect(failed.failures).toEqual(['ops：发送失败：the server said refused.消息已保留，下次运行时重发。']);
    ops.state.answer = good;
    const sent = await run(path, [ops.outlet], at(sick, noon + minute), noon + minute, { locale: 'zh-CN' });
    expect(sent.said).toEqual([
      'ops：已补发 12:00 以来保留的 1 条消息',
      'ops：未发送：自 12:00 以来没有新情况',
    ]);
  });
});
