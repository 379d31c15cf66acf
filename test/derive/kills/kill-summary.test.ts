import { describe, expect, it } from 'vitest';
import {
  biggerThanVictim,
  heldBytes,
  killQuotes,
  residentBytes,
} from '../../../src/derive/kills/kill-summary.ts';
import { attributed, c, kill, MB, now, quote, ref } from '../../factories.ts';

const sizes = { anonRssKb: null, fileRssKb: null, shmemRssKb: null, rssKb: null };

describe('what a victim held', () => {
  it('is its anonymous and shared memory: pages of files are the kernel’s to take back', () => {
    const one = kill({ anonRssKb: 118_320, fileRssKb: 54_800, shmemRssKb: 100 });
    expect(heldBytes(one)).toBe(118_420 * 1024);
    expect(residentBytes(one)).toBe(173_220 * 1024);
  });

  it('is the one figure where the killer prints one only, and unknown where none', () => {
    expect(heldBytes(kill({ ...sizes, rssKb: 512 * 1024 }))).toBe(512 * MB);
    expect(heldBytes(kill(sizes))).toBeNull();
    expect(heldBytes(kill({ ...sizes, fileRssKb: 54_800 }))).toBeNull();
    expect(residentBytes(kill(sizes))).toBeNull();
  });

  it('is held against the task table with all its pages: that counts files too', () => {
    const table = (rssBytes: number) =>
      attributed({
        kill: kill({ anonRssKb: 100 * 1024, fileRssKb: 50 * 1024, shmemRssKb: 0 }),
        biggest: [{ name: c('other'), app: ref('other', 9), rssBytes }],
      });
    expect(biggerThanVictim(table(140 * MB))).toBeNull();
    // As big within a tenth is as big.
    expect(biggerThanVictim(table(165 * MB))).toBeNull();
    expect(biggerThanVictim(table(170 * MB))?.name).toBe('other');
  });
});

describe('the quotes of several kills', () => {
  it('begin with the kill line of the newest, whatever else it quotes', () => {
    const killed = quote(
      'Memory cgroup out of memory: Killed process 4711 (node) total-vm:1kB',
      'kernel log',
      now,
    );
    const summary = quote('oom-kill:constraint=CONSTRAINT_MEMCG,task=node,pid=4711,uid=0', 'kernel log', now);
    for (const quotes of [
      [summary, killed],
      [killed, summary],
    ])
      expect(killQuotes([attributed({ kill: kill({ quotes }), because: [] })])[0]).toBe(killed);
  });
});
