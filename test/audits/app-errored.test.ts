import { describe, expect, it } from 'vitest';
import audit from '../../src/audits/app-errored.ts';
import { app, c, daemon, logLine, now, pm2Log } from '../factories.ts';
import { noLines } from '../story-factory.ts';
import { headline, run } from './words-of.ts';

const errored = app('api', 3, { status: 'errored', pid: null, exitCode: 1 });
const overlimit = logLine(
  now,
  'Script /srv/api/server.js had too many unstable restarts (16). Stopped. "errored"',
  {
    kind: 'overlimit',
    script: c('/srv/api/server.js'),
    times: 16,
  },
);

describe('app-errored', () => {
  it('says which app PM2 gave up on, and quotes why', () => {
    const [finding] = run(audit, {
      daemons: [daemon([app('web', 0), errored])],
      pm2Log: [pm2Log([overlimit])],
      appLogs: [
        {
          app: errored.ref,
          stream: 'err',
          path: c('/home/deploy/.pm2/logs/api-error.log'),
          sizeBytes: 10,
          readBytes: 10,
          modifiedAt: now,
          texts: [],
          ...noLines,
          lastException: { at: null, headline: c("Error: Cannot find module 'pg'"), lines: [], repeats: 16 },
        },
      ],
    });
    expect(finding?.priority).toBe('P0');
    expect(headline(audit, finding)).toBe('api is down: PM2 gave up');
    expect(finding?.because.map((quote) => quote.text)).toEqual([
      overlimit.text,
      "Error: Cannot find module 'pg'",
    ]);
    expect(finding?.fix).toMatchObject({
      run: [expect.anything(), 'PM2_HOME=/home/deploy/.pm2 pm2 restart api'],
    });
  });

  it('says how many of the instances are down', () => {
    const apps = [app('web', 0), app('web', 1, { status: 'errored', pid: null })];
    expect(headline(audit, run(audit, { daemons: [daemon(apps)] })[0])).toBe(
      '1 instance of web (of 2) is down: PM2 gave up',
    );
  });

  it('is silent about running, stopped and waiting apps', () => {
    const apps = [
      app('a', 0),
      app('b', 1, { status: 'stopped' }),
      app('c', 2, { status: 'waiting restart' }),
    ];
    expect(run(audit, { daemons: [daemon(apps)] })).toEqual([]);
  });

  it('lists the rest in one finding when many are down', () => {
    const apps = Array.from({ length: 30 }, (_, id) =>
      app(`app-${id}`, id, { status: 'errored', pid: null }),
    );
    const findings = run(audit, { daemons: [daemon(apps)], pm2Log: null, appLogs: null });
    expect(findings).toHaveLength(10);
    expect(findings.at(-1)?.subject).toMatchObject({ kind: 'apps' });
  });
});
