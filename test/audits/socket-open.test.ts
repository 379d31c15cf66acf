import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/socket-open.ts';
import { file, home, pm2Home } from '../factories.ts';
import { headline, run } from './words-of.ts';

const rpc = (mode: number, gid = 1000) => file(`${home}/rpc.sock`, { mode, gid });

describe('socket-open', () => {
  it('finds sockets everyone may write to', () => {
    const [finding] = run(audit, { pm2Files: [pm2Home({ rpcSocket: rpc(0o777) })] });
    expect(finding?.priority).toBe('P1');
    expect(headline(audit, finding)).toContain('Every user of this host can command');
    expect(finding?.fix).toMatchObject({
      run: ['chmod o-rwx /home/deploy/.pm2', 'chmod o-w /home/deploy/.pm2/rpc.sock'],
      undo: ['chmod 0755 /home/deploy/.pm2', 'chmod 0777 /home/deploy/.pm2/rpc.sock'],
    });
  });

  it('notes a shared group, which may be meant', () => {
    const [finding] = run(audit, { pm2Files: [pm2Home({ rpcSocket: rpc(0o775, 33), homeMode: 0o750 })] });
    expect(finding).toMatchObject({ priority: 'P2', confidence: 'possible', args: { gid: 33 } });
  });

  it("is silent about PM2's own mode in a private group, and behind a closed home", () => {
    expect(run(audit, { pm2Files: [pm2Home({ rpcSocket: rpc(0o775), pubSocket: rpc(0o775) })] })).toEqual([]);
    expect(run(audit, { pm2Files: [pm2Home({ rpcSocket: rpc(0o777), homeMode: 0o700 })] })).toEqual([]);
    expect(run(audit, { pm2Files: [pm2Home({ rpcSocket: null, pubSocket: null })] })).toEqual([]);
  });

  it('does not take an unknown mode of the home for a closed one', () => {
    expect(run(audit, { pm2Files: [pm2Home({ rpcSocket: rpc(0o777), homeMode: null })] })).toHaveLength(1);
  });
});
