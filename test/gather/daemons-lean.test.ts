import { expect, it } from 'vitest';
import { makeCleaner } from '../../src/gather/clean.ts';
import { daemons, gatherDaemonsLean } from '../../src/gather/daemons.ts';
import { realHost } from '../../src/host/real.ts';
import { gatherContext } from '../gather-context.ts';
import { startPrivatePm2 } from '../lab/private-pm2.ts';

it('a list read in pieces says the same of a live daemon as one read whole, and hides the same', async () => {
  const pm2 = await startPrivatePm2();
  try {
    for (const name of ['one', 'two', 'three'])
      await pm2.pm2(['start', 'sleep', '--name', name, '--interpreter', 'none', '--', '10000'], {
        MY_SECRET_TOKEN: 'canary-token-value',
        PADDING: 'x'.repeat(60_000),
      });
    const host = realHost();
    const learned: string[][] = [];
    const [whole, lean] = await Promise.all(
      [daemons.gather, gatherDaemonsLean].map(async (gather) => {
        const clean = makeCleaner();
        const found: string[] = [];
        learned.push(found);
        const seen = await gather(host, {
          ...gatherContext({}, { homes: [pm2.home] }),
          clean: {
            ...clean,
            learn(value) {
              found.push(value);
              clean.learn(value);
            },
          },
        });
        return seen;
      }),
    );
    host.close();
    if (!whole?.seen || !lean?.seen) throw new Error('not seen');
    const steady = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (key, each) => (/rssBytes|cpuPercent|uptime|startedAt/i.test(key) ? 0 : each)),
      );
    expect(steady(lean.value)).toEqual(steady(whole.value));
    expect(lean.value[0]?.apps).toHaveLength(3);
    expect(learned[1]).toEqual(learned[0]);
    expect(learned[1]).toContain('canary-token-value');
  } finally {
    await pm2.stop();
  }
});
