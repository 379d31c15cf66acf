import { describe, expect, it } from 'vitest';
import { analyze } from '../../src/analyze/run.ts';
import { reportToJson } from '../../src/report/json.ts';
import { makeIso } from '../../src/report/json-values.ts';
import { restartsJson, storyJson } from '../../src/report/restarts-json.ts';
import { app, c, daemon, evidence, hour, logLine, now, pm2Log } from '../factories.ts';
import { storyOf } from '../story-factory.ts';
import { wordsOf } from '../words.ts';

const who = (name: string, pmId: number) => ({ name: c(name), pmId, old: false });
const crash = (name: string, pmId: number, at: number) => [
  logLine(at, `App [${name}:${pmId}] exited with code [1] via signal [SIGINT]`, {
    kind: 'exited',
    ...who(name, pmId),
    code: 1,
    signal: c('SIGINT'),
  }),
  logLine(at, `App [${name}:${pmId}] starting in -fork mode-`, { kind: 'starting', ...who(name, pmId) }),
];
const report = (crashes: number) => {
  const loop = Array.from({ length: crashes }, (_, index) =>
    crash('api', 0, now - (crashes - index) * 2_000),
  ).flat();
  const first = crash('web', 1, now - crashes * 2_000 - hour);
  const apps = [
    app('api', 0, { restartCounter: crashes, startedAt: now - 2_000 }),
    app('web', 1, { restartCounter: 1, startedAt: now - crashes * 2_000 - hour }),
  ];
  return analyze(evidence({ daemons: [daemon(apps)], pm2Log: [pm2Log([...first, ...loop])] }), []);
};

describe('restarts as JSON', () => {
  it('keeps a loop of 40,000 restarts below 1 MB, and says how many it lists', () => {
    const text = reportToJson(report(40_000), 'en', wordsOf([]));
    expect(text.length).toBeLessThan(1024 * 1024);
    const json = JSON.parse(text);
    expect(json.restartsTotal).toBe(40_001);
    expect(json.restartsShown).toBe(json.restarts.length);
    expect(json.restarts.length).toBe(501);
    // One app's loop does not push out the others.
    expect(json.restarts[0].app.name).toBe('web');
    const api = json.processes.find((row: { app: { name: string } }) => row.app.name === 'api');
    expect(api.restarts.inWindow).toBe(40_000);
  });

  it('says what PM2 did next, and has null where nothing is known', () => {
    const json = JSON.parse(reportToJson(report(2), 'en', wordsOf([])));
    expect(json.restarts.at(-1)).toMatchObject({
      cause: 'crash',
      next: 'restarted',
      nextAt: json.restarts.at(-1).at,
      daemonEnd: null,
    });
    expect(json.processes[0].restarts).toMatchObject({
      unexplainedWhy: null,
      stops: [],
      stopsTotal: 0,
      starts: [],
      startsTotal: 0,
      lastWords: null,
    });
    const none = storyJson(null, makeIso(0));
    expect(none).toEqual({
      stops: null,
      stopsTotal: null,
      starts: null,
      startsTotal: null,
      crashes: null,
      lastWords: null,
    });
  });

  it('writes stops, starts, crashes and last words with their times', () => {
    const base = storyOf(app('api', 0), { crash: 1 });
    const [ending] = base.restarts;
    const line = { source: c('pm2.log'), at: now, text: c('App [api:0] starting in -fork mode-') };
    const group = {
      message: c('Error: boom'),
      frame: null,
      times: 2,
      first: null,
      last: now,
      confidence: 'likely' as const,
      lines: [c('Error: boom')],
      source: c('/l/e.log'),
    };
    const story = {
      ...base,
      stops: ending ? [{ ...ending, next: 'gave-up' as const }] : [],
      starts: [{ at: now, because: line }],
      crashes: [group],
      lastWords: { source: c('/l/e.log'), lines: [c('bye')] },
    };
    const iso = makeIso(480);
    const json = storyJson(story, iso);
    expect(json).toMatchObject({
      stops: [{ next: 'gave-up', nextAt: null, cause: 'crash' }],
      starts: [{ at: iso(now), because: { text: line.text } }],
      crashes: [{ message: 'Error: boom', frame: null, first: null, last: iso(now), lines: ['Error: boom'] }],
      lastWords: { source: '/l/e.log', lines: ['bye'] },
    });
    expect(restartsJson(report(0), iso)).toMatchObject({ restartsTotal: 1, restartsShown: 1 });
  });
});
