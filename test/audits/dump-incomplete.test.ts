import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/dump-incomplete.ts';
import type { AppStatus, DumpFile } from '../../src/model/pm2.ts';
import { app, c, daemon, day, file, home, host, hour, logLine, now, pm2Home, pm2Log } from '../factories.ts';
import { headline, run } from './words-of.ts';

const five = ['web', 'api', 'mail', 'cron', 'feed'];
const dumpOf = (
  names: readonly string[],
  over: Partial<DumpFile> = {},
  status: AppStatus = 'online',
): DumpFile => ({
  ...file(`${home}/dump.pm2`),
  apps: names.map((name) => ({ name: c(name), status })),
  ...over,
});
const backupOf = (names: readonly string[]): DumpFile => dumpOf(names, { path: c(`${home}/dump.pm2.bak`) });
const live = (names: readonly string[]) => [daemon(names.map((name, id) => app(name, id)))];
const signalled = pm2Log([
  logLine(now - hour, 'pm2 has been killed by signal, dumping process list before exit...', {
    kind: 'daemon-signalled',
  }),
]);
const files = (dump: DumpFile | null, dumpBackup: DumpFile | null = null) => [pm2Home({ dump, dumpBackup })];

describe('dump-incomplete', () => {
  it('finds a list cut while the daemon was being ended, though the live list is as short', () => {
    const [finding] = run(audit, {
      daemons: live(['web']),
      pm2Files: files(dumpOf(['web'], {}, 'stopping'), backupOf(five)),
    });
    expect(finding).toMatchObject({
      priority: 'P1',
      confidence: 'certain',
      args: { kind: 'cut', apps: five.slice(1) },
    });
    expect(finding?.fix).toMatchObject({
      run: [
        expect.anything(),
        expect.stringContaining('dump.pm2.bak'),
        expect.stringContaining('resurrect'),
        expect.stringContaining('save'),
      ],
    });
    const bySignal = run(audit, {
      daemons: live(['web']),
      pm2Files: files(dumpOf(['web']), backupOf(five)),
      pm2Log: [signalled],
    });
    expect(bySignal[0]).toMatchObject({
      confidence: 'likely',
      args: { kind: 'cut' },
      because: [{ text: signalled.events[0]?.text }, {}, {}],
    });
  });

  it('finds running apps that a reboot would not bring back', () => {
    const [finding] = run(audit, { daemons: live(['web', 'api']), pm2Files: files(dumpOf(['web'])) });
    expect(finding).toMatchObject({ priority: 'P1', args: { kind: 'unsaved', apps: ['api'] } });
    expect(headline(audit, finding)).toContain('api is not in the saved list');
  });

  it('counts instances, not names', () => {
    const [finding] = run(audit, { daemons: live(['web', 'web']), pm2Files: files(dumpOf(['web'])) });
    expect(finding).toMatchObject({ args: { kind: 'unsaved', apps: ['web'], saved: 1, live: 2 } });
  });

  it('finds a list that was never saved, but not in a container or under a service of its own', () => {
    expect(run(audit, { pm2Files: files(null) })[0]).toMatchObject({
      priority: 'P1',
      args: { kind: 'none' },
    });
    const startup = { systemd: false, systemdVersion: null, units: [], holders: [], others: [] };
    const inside = { startup, host: host({ container: c('docker') }) };
    expect(run(audit, { pm2Files: files(null), ...inside })).toEqual([]);
    // Whoever saves in a container means it.
    expect(run(audit, { daemons: live(['web', 'api']), ...inside })).toHaveLength(1);
  });

  it('calls a much shorter list possible, a slightly shorter one only without a log', () => {
    const short = (kept: number) => ({
      daemons: live(five.slice(0, kept)),
      pm2Files: files(dumpOf(five.slice(0, kept)), backupOf(five)),
    });
    expect(run(audit, short(2))[0]).toMatchObject({ priority: 'P1', confidence: 'possible' });
    expect(run(audit, short(3))[0]).toMatchObject({ priority: 'P2', confidence: 'possible' });
    expect(run(audit, short(4))).toEqual([]);
    expect(run(audit, { ...short(4), pm2Log: [pm2Log([], { coversFrom: now })] })[0]).toMatchObject({
      priority: 'P2',
    });
  });

  it('is silent about apps that somebody stopped before the save', () => {
    const stop = (name: string) =>
      logLine(now - 2 * hour, `Stopping app:${name} id:1`, {
        kind: 'stopping',
        name: c(name),
        pmId: 1,
        old: false,
      });
    const kept = { daemons: live(['web']), pm2Files: files(dumpOf(['web']), backupOf(five)) };
    expect(run(audit, { ...kept, pm2Log: [pm2Log(five.slice(1).map(stop))] })).toEqual([]);
    expect(run(audit, { ...kept, pm2Log: [pm2Log(five.slice(3).map(stop))] })).toMatchObject([
      { args: { kind: 'shrunk', apps: ['api', 'mail'] } },
    ]);
  });

  it('is silent about a complete list, apps stopped by hand, and a dump it cannot read', () => {
    expect(run(audit)).toEqual([]);
    const stopped = [daemon([app('web', 0), app('old', 1, { status: 'stopped' })])];
    expect(run(audit, { daemons: stopped })).toEqual([]);
    expect(run(audit, { pm2Files: files({ ...dumpOf([]), apps: null }, backupOf(five)) })).toEqual([]);
    const longAgo = pm2Log([{ ...signalled.events[0]!, at: now - 3 * day }]);
    expect(
      run(audit, {
        daemons: live(five.slice(0, 4)),
        pm2Files: files(dumpOf(five.slice(0, 4)), backupOf(five)),
        pm2Log: [longAgo],
      }),
    ).toEqual([]);
  });
});
