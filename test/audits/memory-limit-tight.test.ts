import { describe, expect, it } from 'vitest';
import memoryLimitTight from '../../src/audits/memory-limit-tight.ts';
import { learnedPeak } from '../../src/derive/past/learned-peak.ts';
import type { Track } from '../../src/model/remembered.ts';
import { app, daemon, day, hour, MB, now, pm2Log, ref, remembered } from '../factories.ts';
import { effect, fixWords, found, runAudit } from '../run-audit.ts';
import { memoryLimit } from '../stories/pm2-lines.ts';

const api = (peakMb: number | null, over: Parameters<typeof app>[2] = {}) => ({
  ...app('api', 0, { pm2RssBytes: 120 * MB, settings: { maxMemoryRestartBytes: 300 * MB }, ...over }),
  ...(peakMb === null ? {} : { learnedPeakBytes: peakMb * MB }),
});
const judge = (one: ReturnType<typeof api>, over = {}) =>
  runAudit(memoryLimitTight, { daemons: [daemon([one])], history: remembered(), ...over });

describe('memory-limit-tight', () => {
  it('finds a limit that leaves no fifth above the peak, and raises it', () => {
    const [draft] = judge(api(280));
    expect(draft).toMatchObject({ priority: 'P2', confidence: 'likely' });
    expect(found(memoryLimitTight, draft!)).toBe(
      'api reaches 280 MB in ordinary work, and its limit is 300 MB',
    );
    expect(found(memoryLimitTight, draft!, 'zh-CN')).toBe('api 平时会达到 280 MB，而上限为 300 MB');
    expect(effect(memoryLimitTight, draft!)).toContain('Now it holds 120 MB');
    // 1.5 times the peak, in steps of 50 MB: the one value that every audit names.
    expect(draft!.fix).toMatchObject({
      kind: 'ecosystem-patch',
      patches: [{ set: [{ setting: 'max_memory_restart', value: '450M', previous: '300M' }] }],
    });
    expect(fixWords(memoryLimitTight, draft!).title).toContain('450M');
  });

  it('leaves a limit alone that has just enough room', () => {
    expect(judge(api(250))).toEqual([]);
    expect(judge(api(251))).toHaveLength(1);
  });

  it('is silent without a learned peak, without a limit, and where another audit tells it', () => {
    expect(judge(api(null))).toEqual([]);
    expect(judge(api(280, { settings: { maxMemoryRestartBytes: null } }))).toEqual([]);
    expect(judge(api(280, { pid: null }))).toEqual([]);
    // Near its limit right now.
    expect(judge(api(280, { pm2RssBytes: 250 * MB }))).toEqual([]);
    // The limit has cut the peak off already.
    const one = api(280, { restartCounter: 1 });
    const log = pm2Log(memoryLimit(one, now - day, 310 * MB, 300 * MB), { coversFrom: now - 2 * day });
    expect(judge(one, { pm2Log: [log] })).toEqual([]);
  });
});

describe('the learned peak', () => {
  const past = (values: readonly (number | null)[]) => {
    const pm2Week: Track = { from: now - values.length * hour, stepMs: hour, unit: MB, values };
    return { app: ref('api', 0), starts: [], tree: null, pm2: null, week: null, pm2Week };
  };

  it('is what it reaches again and again, not what stands out', () => {
    const quiet = new Array<number>(168).fill(100);
    expect(learnedPeak(past(quiet))).toBe(100 * MB);
    expect(learnedPeak(past(quiet.map((mb, at) => (at === 50 ? 900 : mb))))).toBe(100 * MB);
    expect(learnedPeak(past(quiet.map((mb, at) => (at % 24 === 12 ? 280 : mb))))).toBe(280 * MB);
  });

  it('needs a day', () => {
    expect(learnedPeak(past(new Array<number>(23).fill(100)))).toBeNull();
    expect(learnedPeak(past([...new Array<number>(23).fill(100), null]))).toBeNull();
    expect(learnedPeak(past(new Array<number>(24).fill(100)))).toBe(100 * MB);
  });
});
