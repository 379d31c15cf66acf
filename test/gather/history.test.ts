import { describe, expect, it } from 'vitest';
import { history } from '../../src/gather/history.ts';
import type { Host } from '../../src/host/host.ts';
import { hour, now, remembered } from '../factories.ts';
import { gatherContext } from '../gather-context.ts';

const host = { now: () => now } as Host;
const gather = (recall: Parameters<typeof gatherContext>[1] = {}) =>
  history.gather(host, gatherContext({}, recall));
const found = (over = {}) => ({
  recall: async () => ({ ok: true, path: '/state/history.db', value: remembered(over) }) as const,
});

describe('the history as evidence', () => {
  it('is switched off without a collector', async () => {
    expect(await gather()).toMatchObject({ seen: false, gaps: [{ why: 'switched-off' }] });
  });

  it('is switched off where only a delivery made the store', async () => {
    expect(await gather(found({ from: null, to: null, everyMs: 0 }))).toMatchObject({
      seen: false,
      gaps: [{ why: 'switched-off' }],
    });
  });

  it('says where it comes from and which time it speaks for', async () => {
    expect(await gather(found())).toMatchObject({
      seen: true,
      source: '/state/history.db',
      covers: { to: now },
      gaps: [],
    });
  });

  it('says when the collector has stopped, and how to start it', async () => {
    const stopped = await gather(found({ to: now - 5 * hour }));
    expect(stopped).toMatchObject({
      seen: true,
      gaps: [
        { why: 'not-found', subject: 'last sample 2026-11-20T14:12:44.000Z', remedy: 'start-collector' },
      ],
    });
    expect(await gather(found({ to: null }))).toMatchObject({ gaps: [{ subject: 'no sample so far' }] });
    expect((await gather(found({ to: now - 9 * 60_000 }))).gaps).toEqual([]);
  });

  it('hands on the one sentence about a store that is broken', async () => {
    const message = 'history /state/history.db: it is no database; the collector moves it aside';
    const recall = async () => ({ ok: false, path: '/state/history.db', why: 'malformed', message }) as const;
    expect(await gather({ recall })).toMatchObject({
      seen: false,
      gaps: [{ why: 'malformed', tried: [{ detail: message }] }],
    });
  });
});
