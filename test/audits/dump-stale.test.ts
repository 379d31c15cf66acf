import { describe, expect, it } from 'vitest';
import incomplete from '../../src/audits/dump-incomplete.ts';
import audit from '../../src/audits/dump-stale.ts';
import { app, c, daemon, file, home, logLine, minute, now, pm2Home, pm2Log } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const saved = (...names: readonly string[]) => [
  pm2Home({
    dump: { ...file(`${home}/dump.pm2`), apps: names.map((name) => ({ name: c(name), status: 'online' })) },
  }),
];
const banner = logLine(now - minute, 'New PM2 Daemon started', {
  kind: 'daemon-started',
  pm2Version: c('7.0.4'),
  nodeVersion: null,
  pid: 900,
});

describe('dump-stale', () => {
  it('finds removed apps that a reboot would bring back', () => {
    const [finding] = run(audit, { pm2Files: saved('web', 'old') });
    expect(finding).toMatchObject({ priority: 'P2', fix: { run: ['PM2_HOME=/home/deploy/.pm2 pm2 save'] } });
    expect(headline(audit, finding)).toContain('still holds old, which PM2 no longer has');
  });

  it('finds a daemon that runs without its saved apps; certain when its log shows it never had them', () => {
    const empty = { daemons: [daemon([])], pm2Files: saved('web', 'api') };
    expect(run(audit, empty)[0]).toMatchObject({ priority: 'P1', confidence: 'likely' });
    const [finding] = run(audit, { ...empty, pm2Log: [pm2Log([banner])] });
    expect(finding).toMatchObject({
      priority: 'P0',
      confidence: 'certain',
      because: [{ text: banner.text }, {}],
    });
    expect(effect(audit, finding)).toContain('The saved apps are down');
    const deleted = logLine(now, 'Deleting process 0', { kind: 'deleting', pmId: 0 });
    expect(run(audit, { ...empty, pm2Log: [pm2Log([banner, deleted])] })[0]).toMatchObject({
      priority: 'P1',
    });
  });

  it('comes before a backup that holds more', () => {
    const [home1] = saved('web');
    const backup = saved('web', 'api')[0]?.dump ?? null;
    const both = { daemons: [daemon([])], pm2Files: [{ ...home1!, dumpBackup: backup }] };
    expect(run(audit, both)).toMatchObject([{ args: { kind: 'empty' } }]);
    expect(run(incomplete, both)).toEqual([]);
  });

  it('never says what dump-incomplete says', () => {
    const renamed = { daemons: [daemon([app('new', 0)])], pm2Files: saved('old') };
    expect(run(audit, renamed)).toEqual([]);
    expect(run(incomplete, renamed)).toHaveLength(1);
  });

  it('is silent when they agree, when nothing was saved, and when the daemon did not answer', () => {
    expect(run(audit)).toEqual([]);
    expect(run(audit, { pm2Files: [pm2Home({ dump: null })] })).toEqual([]);
    expect(run(audit, { daemons: [daemon([], { state: 'denied' })], pm2Files: saved('web') })).toEqual([]);
  });
});
