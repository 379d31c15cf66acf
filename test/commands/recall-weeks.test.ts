import { expect, it } from 'vitest';
import { recallFrom } from '../../src/commands/recall.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import { app, c, daemon, day, hour, minute, now, ref } from '../factories.ts';
import { appSample, collector, MB, processSample, run, tempPath } from '../history/factory.ts';

/** Ten minutes a sample for `days`: an app that is restarted, and PM2's daemon, another one in the last two days. */
async function recall(days: number, restartsAt: readonly number[]) {
  const path = tempPath();
  const begin = now - days * day;
  const into = collector(path, { now: begin, everyMs: 10 * minute });
  const home = ref('web', 0).home;
  run(
    into,
    begin,
    now,
    (at) => ({
      apps: [
        appSample({
          app: ref('web', 0),
          restartCounter: 5 + restartsAt.filter((before) => at >= now - before).length,
        }),
      ],
      processes: [
        processSample({
          role: 'daemon',
          app: null,
          home,
          pid: at < now - 2 * day ? 40 : 41,
          rssBytes: 60 * MB,
        }),
      ],
    }),
    10 * minute,
  );
  into.end();
  into.close();
  const known: Partial<EvidenceMap> = {
    daemons: [daemon([app('web', 0)], { home: c(home), startedAt: now - 2 * day })],
  };
  const recalled = await recallFrom(path, {
    now,
    window: { from: now - 7 * day, to: now },
    seen: (key) => known[key] ?? null,
  });
  if (!recalled.ok) throw new Error(recalled.message);
  return recalled.value;
}

it('counts the restarts of this week and of the week before', async () => {
  const { apps } = await recall(15, [10 * day, 9 * day, 3 * day, 2 * day, day, 5 * hour]);
  expect(apps[0]?.restarts).toEqual({ thisWeek: 4, weekBefore: 2 });
});

it('does not compare with a week that was not watched', async () => {
  expect((await recall(9, [3 * day, day])).apps[0]?.restarts).toEqual({ thisWeek: 2, weekBefore: null });
  expect((await recall(3, [day])).apps[0]?.restarts).toBeNull();
});

it('hands out the memory of PM2’s own daemon, and where another one began', async () => {
  const { daemons } = await recall(3, []);
  expect(daemons).toHaveLength(1);
  expect(daemons?.[0]?.starts).toEqual([now - 2 * day]);
  expect(daemons?.[0]?.rss).toMatchObject({ stepMs: hour });
  expect(daemons?.[0]?.rss?.values.at(-1)).toBe((60 * MB) / (64 * 1024));
});
