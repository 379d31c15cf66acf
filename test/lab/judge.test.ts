/** The judge itself: what it must not let pass. */
import { describe, expect, it } from 'vitest';
import { judge, type Said, type SaidRestart } from './judge.ts';
import type { AppTruth, KillTruth } from './scenarios/scenario.ts';

const at = '2026-11-20T10:00:10+00:00';
const second = Date.parse(at);
const app = { pmId: 0, name: 'shop' };
const restart = (over: Partial<SaidRestart> = {}): SaidRestart => ({
  app,
  at,
  cause: 'crash',
  confidence: 'certain',
  exitCode: 3,
  signal: null,
  uptimeMs: 10_000,
  next: 'restarted',
  ...over,
});
const kill = { pid: 41, app: { name: 'shop' }, role: 'app', confidence: 'likely' };

function wrong(
  truth: Partial<AppTruth>,
  restarts: readonly SaidRestart[],
  more: Partial<Said> = {},
  kills: KillTruth[] = [],
) {
  const said: Said = {
    processes: [
      {
        app,
        restarts: {
          counter: 1,
          inWindow: 1,
          unexplained: 0,
          crashes: [{ message: 'Error: it broke', times: 1 }],
        },
        flags: [],
      },
    ],
    findings: [],
    restarts,
    oomKills: [kill],
    ...more,
  };
  const notes = [second - 10_000, second + 100].map((start, n) => ({ pid: 40 + n, at: start }));
  return judge({
    truths: [{ apps: [{ name: 'shop', restarts: { crash: 1 }, ...truth }], kills }],
    said,
    notes: new Map([['shop', notes]]),
    errors: new Map([['shop', 'Error: it broke\n    at x\n']]),
  }).wrong;
}

describe('the judge', () => {
  it('lets the truth pass', () => {
    const truth = {
      facts: { crash: { exitCode: 3, signal: null, next: 'restarted' } },
      crashes: [{ message: 'it broke', times: 1 }],
    } as const;
    expect(wrong(truth, [restart()])).toEqual([]);
  });

  it.each([
    ['a wrong cause', {}, [restart({ cause: 'signal', confidence: 'likely' })]],
    ['a cause of nothing', { restarts: {} }, [restart()]],
    ['a restart that is not told', {}, []],
    ['a weak answer that no row allows', {}, [restart({ confidence: 'possible' })]],
    ['unknown where no row allows it', {}, [restart({ cause: 'unknown', confidence: 'none' })]],
    [
      'a sure wrong cause even where a row allows less',
      { untold: { crash: 'code-zero' } },
      [restart({ cause: 'signal', confidence: 'likely' })],
    ],
    ['a wrong exit code', { facts: { crash: { exitCode: 4 } } }, [restart()]],
    ['a wrong signal', { facts: { crash: { signal: 'SIGKILL' } } }, [restart()]],
    ['a wrong next step', { facts: { crash: { next: 'left-down' } } }, [restart()]],
    ['a wrong uptime', {}, [restart({ uptimeMs: 19_000 })]],
    ['a wrong time', {}, [restart({ at: '2026-11-20T10:00:20+00:00' })]],
    ['a group that nothing made', { crashes: [{ message: 'it broke', times: 0 }] }, [restart()]],
    [
      'a wrong order',
      { restarts: { crash: 1, manual: 1 }, inOrder: ['manual', 'crash'] },
      [restart(), restart({ cause: 'manual' })],
    ],
  ] as const)('stops %s', (_, truth, restarts) => {
    expect(wrong(truth, restarts)).not.toEqual([]);
  });

  it('lets a weak answer pass where a row allows it', () => {
    const untold = { crash: 'code-zero' } as const;
    expect(wrong({ untold }, [restart({ confidence: 'possible' })])).toEqual([]);
    expect(wrong({ untold }, [restart({ cause: 'unknown', confidence: 'none' })])).toEqual([]);
    expect(wrong({ untold }, [restart({ cause: 'signal', confidence: 'possible' })])).toEqual([]);
  });

  it.each([
    ['another app', { pid: 41, app: 'blog', role: 'app', atLeast: 'possible' }],
    ['another role', { pid: 41, app: 'shop', role: 'child', atLeast: 'possible' }],
    ['a stranger', { pid: 41, app: null, role: 'other', atLeast: 'none' }],
    ['too little', { pid: 41, app: 'shop', role: 'app', atLeast: 'certain' }],
    ['a kill that was not found', { pid: 42, app: 'shop', role: 'app', atLeast: 'none' }],
  ] as const)('stops a kill of %s', (_, truth) => {
    expect(wrong({}, [restart()], {}, [truth])).not.toEqual([]);
  });

  it('lets the right kill pass', () => {
    expect(wrong({}, [restart()], {}, [{ pid: 41, app: 'shop', role: 'app', atLeast: 'likely' }])).toEqual(
      [],
    );
  });
});
