import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/secrets-readable.ts';
import { app, c, daemon, file, home, pm2Home } from '../factories.ts';
import { effect, headline, run } from './words-of.ts';

const open = (mode = 0o644, gid = 1000) => ({ ...file(`${home}/dump.pm2`, { mode, gid }), apps: [] });
const withKeys = (...keys: readonly string[]) => [daemon([app('web', 0, { envKeys: keys.map(c) })])];

describe('secrets-readable', () => {
  it('names the files and the keys that look secret, never more', () => {
    const [finding] = run(audit, {
      daemons: withKeys('NODE_ENV', 'DB_PASSWORD', 'SSH_AUTH_SOCK', 'AUTHOR'),
      pm2Files: [pm2Home({ dump: open(), moduleConf: file(`${home}/module_conf.json`, { mode: 0o644 }) })],
    });
    expect(finding).toMatchObject({ priority: 'P1', args: { keys: ['DB_PASSWORD'] } });
    expect(headline(audit, finding)).toBe(
      'Every user of this host can read dump.pm2, module_conf.json in /home/deploy/.pm2',
    );
    expect(finding?.fix).toMatchObject({
      run: ['chmod 600 /home/deploy/.pm2/dump.pm2 /home/deploy/.pm2/module_conf.json'],
      undo: ['chmod 0644 /home/deploy/.pm2/dump.pm2', 'chmod 0644 /home/deploy/.pm2/module_conf.json'],
    });
  });

  it('is less urgent where no name looks secret', () => {
    const [finding] = run(audit, { pm2Files: [pm2Home({ dump: open() })] });
    expect(finding?.priority).toBe('P2');
    expect(effect(audit, finding)).toContain('None of the names');
  });

  it('counts the group only where it is shared and may enter', () => {
    const grouped = (gid: number, homeMode: number) =>
      run(audit, { pm2Files: [pm2Home({ dump: open(0o640, gid), homeMode })] });
    expect(grouped(33, 0o750)).toHaveLength(1);
    expect(grouped(1000, 0o750)).toEqual([]);
    expect(grouped(33, 0o700)).toEqual([]);
  });

  it('is silent about private files, and about open files in a closed home', () => {
    expect(run(audit)).toEqual([]);
    expect(run(audit, { pm2Files: [pm2Home({ dump: open(), homeMode: 0o700 })] })).toEqual([]);
    expect(
      run(audit, { pm2Files: [pm2Home({ dump: open(0o600), homeMode: 0o755 })], daemons: null }),
    ).toEqual([]);
  });
});
