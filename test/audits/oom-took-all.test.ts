import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/oom-took-all.ts';
import type { UnitEventKind, UnitJournal } from '../../src/model/systemd.ts';
import { c, day, healthy, home, hour, minute, now, quote, unit } from '../factories.ts';
import { effect, found, runAudit } from '../run-audit.ts';

const texts: { readonly [K in UnitEventKind]?: string } = {
  'oom-in-unit': 'pm2-deploy.service: A process of this unit has been killed by the OOM killer.',
  failed: "pm2-deploy.service: Failed with result 'oom-kill'.",
  'restart-scheduled': 'pm2-deploy.service: Scheduled restart job, restart counter is at 1.',
};
const event = (
  at: number,
  kind: UnitEventKind,
  result: string | null = null,
): UnitJournal['events'][number] => ({
  at,
  kind,
  result: result === null ? null : c(result),
  restarts: null,
  quote: quote(texts[kind] ?? kind, 'systemd journal', at),
});
const journal = (events: UnitJournal['events'], name = 'pm2-deploy.service'): UnitJournal[] => [
  { unit: c(name), events },
];
const at = now - 30 * hour;
const stop = unit({ oomPolicy: { value: 'stop', source: 'default' } });
const startup = {
  ...healthy().startup,
  units: [stop],
  holders: [{ home, daemonPid: 900, unit: stop, cgroupPath: c('/system.slice/pm2-deploy.service') }],
};
const stopped = [
  event(at, 'oom-in-unit'),
  event(at + 8000, 'failed', 'oom-kill'),
  event(at + 9000, 'restart-scheduled'),
  event(at + 10_000, 'started'),
];

describe('oom-took-all', () => {
  it('finds the stop that follows a kill, with the lines that prove it', () => {
    const [draft, more] = runAudit(audit, { unitJournal: journal(stopped), startup });
    expect(more).toBeUndefined();
    expect(draft).toMatchObject({
      priority: 'P0',
      confidence: 'certain',
      args: { incidents: 1, last: at, restarted: true, by: 'kernel' },
    });
    expect(draft?.because.map((one) => one.text)).toEqual([
      texts['oom-in-unit'],
      texts.failed,
      texts['restart-scheduled'],
    ]);
    expect(draft?.fix).toMatchObject({
      kind: 'file',
      path: '/etc/systemd/system/pm2-deploy.service.d/oom.conf',
    });
    expect(found(audit, draft!)).toBe('An OOM kill took PM2 and all its apps down on 2026-11-19 13:12');
  });

  it('passes where the unit lived on after the kill', () => {
    expect(runAudit(audit, { unitJournal: journal([event(at, 'oom-in-unit')]), startup })).toEqual([]);
    expect(runAudit(audit, {})).toEqual([]);
  });

  it('counts a stop within ten minutes of the kill, and none after', () => {
    const late = (ms: number) => journal([event(at, 'oom-in-unit'), event(at + ms, 'failed', 'oom-kill')]);
    expect(runAudit(audit, { unitJournal: late(10 * minute), startup })).toHaveLength(1);
    expect(runAudit(audit, { unitJournal: late(10 * minute + 1), startup })).toEqual([]);
  });

  it('stays silent when unsure: another failure, a new start between, a daemon killed long after, a parent slice', () => {
    for (const events of [
      [event(at, 'oom-in-unit'), event(at + 8000, 'failed', 'exit-code')],
      [event(at, 'oom-in-unit'), event(at + 1000, 'started'), event(at + 8000, 'failed', 'oom-kill')],
      [event(at, 'oom-in-unit'), event(at + 20_000, 'failed', 'signal')],
    ]) {
      expect(runAudit(audit, { unitJournal: journal(events), startup })).toEqual([]);
    }
    expect(runAudit(audit, { unitJournal: journal(stopped, 'user.slice'), startup })).toEqual([]);
  });

  it('sees the daemon as the victim under continue: result signal at once', () => {
    const events = [event(at, 'oom-in-unit'), event(at + 2000, 'failed', 'signal')];
    const [draft] = runAudit(audit, { unitJournal: journal(events), startup });
    expect(draft?.args).toMatchObject({ restarted: false });
  });

  it('leaves history alone, and is calmer once the policy is continue', () => {
    const old = now - 8 * day;
    expect(
      runAudit(audit, {
        unitJournal: journal([event(old, 'oom-in-unit'), event(old + 1, 'failed', 'oom-kill')]),
        startup,
      }),
    ).toEqual([]);
    const [draft] = runAudit(audit, { unitJournal: journal(stopped) });
    expect(draft).toMatchObject({ priority: 'P1', args: { mended: true } });
    expect(draft?.fix).toBeUndefined();
  });

  it('names systemd-oomd, whose kills no OOMPolicy softens', () => {
    const events = [
      event(at, 'oomd-kill'),
      event(at + 500, 'failed', 'oom-kill'),
      event(at + 900, 'restart-scheduled'),
    ];
    const [draft] = runAudit(audit, { unitJournal: journal(events), startup });
    expect(draft).toMatchObject({ args: { by: 'systemd-oomd' }, fix: { kind: 'manual' } });
    expect(effect(audit, draft!)).toContain('systemd-oomd ended pm2-deploy.service');
  });
});
