import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitAdvice } from '../../src/derive/limit-advice.ts';
import { appKey } from '../../src/derive/process-tree.ts';
import type { App } from '../../src/model/pm2.ts';
import { app, c, cgroup, daemon, host, MB, process, ref } from '../factories.ts';

const bare = (name: string, pmId: number, rssMb: number, over: Parameters<typeof app>[2] = {}) =>
  app(name, pmId, {
    pm2RssBytes: rssMb * MB,
    ...over,
    settings: { maxMemoryRestartBytes: null, ...over.settings },
  });
const room = (totalMb: number) =>
  host({
    memory: {
      totalBytes: totalMb * MB,
      freeBytes: totalMb * MB,
      availableBytes: totalMb * MB,
      cachedBytes: 0,
      slabBytes: 0,
    },
  });
const advise = (apps: readonly App[], totalMb = 8192) => {
  const advice = limitAdvice([daemon(apps, { rssBytes: 60 * MB })], null, room(totalMb), null);
  return (name: string, pmId = 0) => advice.get(appKey(ref(name, pmId)))!;
};

describe('limitAdvice', () => {
  it('gives half as much again, rounded up, and three quarters of it to V8', () => {
    expect(advise([bare('web', 0, 410)])('web')).toMatchObject({
      maxMemoryRestart: '650M',
      maxMemoryRestartBytes: 650 * MB,
      maxOldSpaceMb: 485,
    });
    expect(advise([bare('web', 0, 40)])('web').maxMemoryRestart).toBe('150M');
    expect(advise([bare('web', 0, 900)])('web').maxMemoryRestart).toBe('1400M');
  });

  it('leaves a limit that has room, replaces one that has none', () => {
    expect(
      advise([bare('web', 0, 100, { settings: { maxMemoryRestartBytes: 120 * MB } })])('web')
        .maxMemoryRestart,
    ).toBe('120M');
    expect(
      advise([bare('web', 0, 101, { settings: { maxMemoryRestartBytes: 120 * MB } })])('web')
        .maxMemoryRestart,
    ).toBe('200M');
    expect(
      advise([bare('web', 0, 60, { settings: { maxMemoryRestartBytes: 5 } })])('web').maxMemoryRestart,
    ).toBe('150M');
  });

  it('gives all instances of a name one value', () => {
    const of = advise([bare('web', 0, 100), bare('web', 1, 300)]);
    expect([of('web', 0).maxMemoryRestart, of('web', 1).maxMemoryRestart]).toEqual(['450M', '450M']);
  });

  it('gives no heap to Python, no limit where the use is not known, nothing without a host', () => {
    expect(advise([bare('flask', 0, 100, { interpreter: c('/usr/bin/python3') })])('flask')).toMatchObject({
      maxMemoryRestart: '150M',
      maxOldSpaceMb: null,
    });
    expect(advise([bare('zeroed', 0, 0)])('zeroed').maxMemoryRestart).toBeNull();
    expect(
      [...limitAdvice([daemon([bare('web', 0, 100)])], null, null, null).values()][0]?.maxMemoryRestart,
    ).toBeNull();
  });

  it('gives none where the children hold the memory', () => {
    const processes = {
      processes: [
        process(1000, 900, { rssBytes: 50 * MB, pssBytes: 20 * MB }),
        process(1, 1000, { rssBytes: 500 * MB, pssBytes: 400 * MB }),
      ],
      partial: false,
    };
    expect(
      [...limitAdvice([daemon([bare('api', 0, 50)])], processes, host(), null).values()][0],
    ).toMatchObject({ maxMemoryRestart: null, maxOldSpaceMb: null });
  });

  it('keeps the sum within 85 % of the host, and lets the one go that cannot fit', () => {
    const of = advise([bare('a', 0, 300), bare('b', 1, 300)], 1100);
    expect(of('a').maxMemoryRestartBytes! + of('b', 1).maxMemoryRestartBytes!).toBeLessThanOrEqual(
      0.85 * 1100 * MB - 60 * MB,
    );
    expect(of('a').maxMemoryRestartBytes).toBeGreaterThanOrEqual(360 * MB);
    const full = advise([bare('huge', 0, 900), bare('small', 1, 50)], 1400);
    expect([full('huge').maxMemoryRestart, full('small', 1).maxMemoryRestart]).toEqual([null, '150M']);
  });

  it('keeps each daemon within its cgroup', () => {
    const advice = limitAdvice([daemon([bare('a', 0, 200)])], null, host(), [
      cgroup({ limitBytes: 400 * MB }),
    ]);
    expect([...advice.values()][0]?.maxMemoryRestartBytes).toBe(270 * MB);
  });

  it('always fits, and never falls below 1.2 times the use', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 8 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 256, max: 16_384 }), (use, totalMb) => {
        const apps = use.map((mb, index) => bare(`app${index}`, index, mb));
        const advice = [
          ...limitAdvice([daemon(apps, { rssBytes: 60 * MB })], null, room(totalMb), null).values(),
        ];
        let sum = 60 * MB;
        for (const [index, value] of advice.entries()) {
          sum += value.maxMemoryRestartBytes ?? use[index]! * MB;
          if (value.maxMemoryRestartBytes === null) continue;
          expect(value.maxMemoryRestartBytes).toBeGreaterThanOrEqual(use[index]! * MB * 1.2);
          expect(value.maxMemoryRestart).toMatch(/^\d+[GMK]?$/);
        }
        if (advice.some((value) => value.maxMemoryRestartBytes !== null))
          expect(sum).toBeLessThanOrEqual(totalMb * MB * 0.85);
      }),
    );
  });
});
