import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restartStories } from '../../src/derive/restarts/restart-story.ts';
import { gather } from '../../src/gather/run.ts';
import { realHost } from '../../src/host/real.ts';
import type { RestartStory } from '../../src/model/restart.ts';
import { hasPm2, type PrivatePm2, startPrivatePm2, waitFor } from './private-pm2.ts';

/** Says a line, waits, and breaks: at the third and fifth start at another place than at the others. Then it lives on. */
const nodeApp = `
const fs = require('fs');
const mark = process.argv[2];
fs.appendFileSync(mark, '.');
const start = fs.readFileSync(mark, 'utf8').length;
console.error('handling order ' + start);
function first() { throw new TypeError('no price for order ' + start); }
function second() { throw new RangeError('too many orders: ' + start); }
setTimeout(() => { if (start > 5) return; if (start === 3 || start === 5) second(); first(); }, 1100);
setInterval(() => {}, 60000);
`;
/** It stays a moment after its last words: of one that is gone at once, a busy PM2 loses some of them. */
const pythonApp = `
import sys, time
def last_words(*error):
    sys.__excepthook__(*error)
    sys.stderr.flush()
    time.sleep(0.5)
sys.excepthook = last_words
with open(sys.argv[1], 'a') as mark: mark.write('.')
start = len(open(sys.argv[1]).read())
def price(order):
    return {}[order]
print('handling order %d' % start, file=sys.stderr, flush=True)
time.sleep(1.1)
if start <= 3:
    try:
        price('order-%d' % start)
    except KeyError as error:
        raise ValueError('no price for order %d' % start) from error
time.sleep(3600)
`;

const apps = {
  plain: {},
  timed: { time: true },
  json: { log_type: 'json' },
  bare: { pmx: false },
  workers: { exec_mode: 'cluster', instances: 1, time: true },
  python: { interpreter: 'python3', script: 'app.py' },
} as const;
type Name = keyof typeof apps;

describe.skipIf(!hasPm2(7))('crashes of real apps', () => {
  let pm2: PrivatePm2;
  let stories: ReadonlyMap<string, RestartStory>;
  const story = (name: Name) => stories.get(name);

  beforeAll(async () => {
    pm2 = await startPrivatePm2();
    await writeFile(join(pm2.work, 'app.js'), nodeApp);
    await writeFile(join(pm2.work, 'app.py'), pythonApp);
    const settings = Object.entries(apps).map(([name, app]) => ({
      name,
      script: 'app.js',
      args: [join(pm2.work, `${name}.starts`)],
      ...app,
    }));
    await writeFile(
      join(pm2.work, 'apps.config.js'),
      `module.exports = ${JSON.stringify({ apps: settings })}`,
    );
    await pm2.pm2(['start', 'apps.config.js']);
    const starts = async (name: string): Promise<number> =>
      (await readFile(join(pm2.work, `${name}.starts`), 'utf8').catch(() => '')).length;
    for (const name of Object.keys(apps))
      await waitFor(async () => ((await starts(name)) >= (name === 'python' ? 4 : 6) ? true : null), 60_000);
    const now = Date.now();
    const evidence = await gather(
      realHost(),
      {
        homes: [pm2.home],
        window: { from: now - 3_600_000, to: now },
        observeMs: 0,
        kernelLogs: [],
        storageBudget: { ms: 100, files: 10 },
      },
      { name: 'pm2-audit', version: '0' },
    );
    const { daemons, pm2Log, appLogs } = evidence.items;
    const told = restartStories({
      daemons: daemons.seen ? daemons.value : [],
      pm2Log: pm2Log.seen ? pm2Log.value : null,
      bus: null,
      kills: [],
      killsFrom: 0,
      appLogs: appLogs.seen ? appLogs.value : null,
      unitJournal: null,
      window: evidence.window,
      now: evidence.takenAt,
    });
    stories = new Map(told.map((each) => [each.app.name, each]));
  }, 120_000);
  afterAll(() => pm2.stop(), 60_000);

  const groups = (name: Name) =>
    story(name)?.crashes.map(({ message, frame, times }) => [message, frame?.split('/').at(-1), times]);
  const twoPlaces = [
    ['TypeError: no price for order 4', 'app.js:7:26', 3],
    ['RangeError: too many orders: 5', 'app.js:8:27', 2],
  ];

  it.each(['plain', 'timed', 'json', 'bare', 'workers'] as const)(
    '%s: both places, each with its number',
    (name) => {
      expect(groups(name)).toEqual(twoPlaces);
      expect(story(name)?.restarts.map(({ cause }) => cause)).toEqual(Array(5).fill('crash'));
    },
  );

  it('says how sure it is', () => {
    const sure = (name: Name) => story(name)?.crashes.map(({ confidence }) => confidence);
    expect(sure('timed')).toEqual(['certain', 'certain']);
    expect(sure('json')).toEqual(['certain', 'certain']);
    expect(sure('plain')).toEqual(['likely', 'likely']);
    expect(sure('bare')).toEqual(['likely', 'likely']);
    expect(sure('workers')).toEqual(['likely', 'likely']);
    // A worker that PM2 reports with code 0.
    expect(story('workers')?.restarts.map(({ confidence }) => confidence)).toEqual(Array(5).fill('likely'));
  });

  it('quotes the exception with each crash that has its time', () => {
    expect(
      story('timed')?.restarts.map(({ because }) =>
        because.some(({ text }) => /no price|too many/.test(text)),
      ),
    ).toEqual(Array(5).fill(true));
  });

  it('a Python chain is named by its last error', () => {
    expect(groups('python')).toEqual([['ValueError: no price for order 3', 'app.py:18', 3]]);
  });

  it.each(['plain', 'timed', 'json', 'bare', 'workers', 'python'] as const)(
    '%s: the last lines before it',
    (name) => {
      const lines = story(name)?.lastWords?.lines ?? [];
      expect(lines.at(-1)).toContain(`handling order ${name === 'python' ? 3 : 5}`);
      expect(lines.join('\n')).not.toMatch(/handling order [46]/);
    },
  );
});
