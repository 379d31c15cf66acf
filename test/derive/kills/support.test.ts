/** What ties a victim to an app beside the second of an exit, and what keeps it apart. */
import { describe, expect, it } from 'vitest';
import { app, at, c, day, exits, god, kill, MB, process, startup, task, tie, unitPath } from './scene.ts';

const flask = app('flask', 0, { interpreter: c('python3'), scriptPath: c('/srv/flask/app.py'), pid: 500 });
const running = process(500, 900, { comm: c('python3'), startedAt: at + 500 });
const session = startup('session-3.scope', '/user.slice/user-1000.slice/session-3.scope');
/** A `python3` killed in the second in which the app ended by SIGKILL. */
const beside = (over: object, more: object = {}, daemon: object = { uid: 0 }, uid = 0) =>
  tie(
    [kill({ at, pid: 77, comm: c('python3'), taskMemcg: null, uid: 0, ...over })],
    [flask],
    {
      pm2Log: exits(['flask', 0, at]),
      processes: {
        processes: [
          { ...god, uid },
          { ...running, uid },
        ],
        partial: false,
      },
      startup: null,
      ...more,
    },
    daemon,
  );

describe('a name that half the host bears', () => {
  it('is only possibly the app’s where nothing but the second ties it', () => {
    expect(beside({})).toMatchObject({ app: { name: 'flask' }, confidence: 'possible' });
  });

  it('is likely the app’s in PM2’s cgroup, of its plain user, or beside PM2’s processes in the group’s table', () => {
    expect(beside({ taskMemcg: unitPath }, { startup: startup() }).confidence).toBe('likely');
    expect(beside({ uid: 1000 }, {}, { uid: 1000 }, 1000).confidence).toBe('likely');
    const tasks = [task(77, 'python3', 900 * MB), task(900, 'PM2 v7.0.4: God', 60 * MB)];
    expect(beside({ constraint: 'memcg', tasks }).confidence).toBe('likely');
    // The table of a whole host lists everybody.
    expect(beside({ constraint: 'global', tasks }).confidence).toBe('possible');
    // Another process under the daemon's pid.
    const strange = [tasks[0]!, task(900, 'bash', 2 * MB)];
    expect(beside({ constraint: 'memcg', tasks: strange }).confidence).toBe('possible');
  });

  it('needs no more where it is a title with the app’s path', () => {
    const web = app('web', 0);
    expect(
      tie(
        [kill({ at, pid: 77, comm: c('node /srv/web/s'), taskMemcg: null, uid: null })],
        [web],
        {
          pm2Log: exits(['web', 0, at]),
          startup: null,
        },
        { uid: 0 },
      ).confidence,
    ).toBe('likely');
  });

  it('in a cgroup that PM2 shares with others counts by name only', () => {
    const tail = { comm: c('tail'), taskMemcg: session.holders[0]!.cgroupPath };
    expect(beside(tail, { startup: session }).app).toBeNull();
    // A build agent or cron that started PM2 has its own service: not all in it is PM2's.
    const cron = startup('cron.service', '/system.slice/cron.service');
    expect(
      beside({ comm: c('tail'), taskMemcg: c('/system.slice/cron.service') }, { startup: cron }).app,
    ).toBeNull();
  });
});

describe('the victim’s user', () => {
  it('rules an app out whose daemon runs as another plain user', () => {
    expect(beside({ uid: 33 }, {}, { uid: 1000 }, 1000)).toMatchObject({ app: null, confidence: 'none' });
    expect(beside({ uid: 0 }, {}, { uid: 1000 }, 1000)).toMatchObject({ app: null });
  });

  it('does not, where the app holds a process of that user (setuid), or PM2 is root', () => {
    const child = process(501, 500, { comm: c('python3'), uid: 33, startedAt: at + 600 });
    const processes = {
      processes: [{ ...god, uid: 1000 }, { ...running, uid: 1000 }, child],
      partial: false,
    };
    expect(beside({ uid: 33 }, { processes }, { uid: 1000 })).toMatchObject({
      app: { name: 'flask' },
      confidence: 'likely',
    });
    expect(beside({ uid: 33 })).toMatchObject({ app: { name: 'flask' }, confidence: 'possible' });
  });

  it('does not in PM2’s own cgroup, nor where a user namespace shifts them', () => {
    expect(
      beside({ uid: 33, taskMemcg: unitPath }, { startup: startup() }, { uid: 1000 }, 1000),
    ).toMatchObject({
      app: { name: 'flask' },
      confidence: 'likely',
    });
    expect(beside({ uid: 101_000 }, {}, { uid: 1000 }, 1000)).toMatchObject({
      app: { name: 'flask' },
      confidence: 'possible',
    });
  });

  it('leaves a pid that PM2 has on record possible', () => {
    const stale = { ...flask, pid: 77, status: 'waiting restart', startedAt: at - day } as const;
    const other = kill({ at, pid: 77, comm: c('python3'), uid: 33, taskMemcg: null });
    expect(tie([other], [stale], { startup: null }, { uid: 1000 })).toMatchObject({
      reason: 'pid-of-app',
      confidence: 'possible',
    });
    expect(tie([{ ...other, uid: 1000 }], [stale], { startup: null }, { uid: 1000 }).confidence).toBe(
      'certain',
    );
  });
});

describe('a killer that asks first', () => {
  const polite = (end: string, killer: 'earlyoom' | 'kernel' = 'earlyoom') =>
    tie([kill({ at, pid: 77, comm: c('node /srv/web/s'), killer, taskMemcg: null })], [app('web', 0)], {
      pm2Log: exits(['web', 0, at, end]),
    });
  it('leaves a clean exit, a SIGTERM or a 143: each is recognised as its work', () => {
    for (const end of [
      'code [0] via signal [SIGINT]',
      'code [0] via signal [SIGTERM]',
      'code [143] via signal [SIGINT]',
    ])
      expect(polite(end)).toMatchObject({
        app: { name: 'web' },
        confidence: 'likely',
        reason: 'sigkill-in-pm2-log',
      });
    expect(polite('code [1] via signal [SIGINT]').reason).not.toBe('sigkill-in-pm2-log');
  });
  it('is not the kernel: that one never asks', () => {
    expect(polite('code [0] via signal [SIGINT]', 'kernel').reason).not.toBe('sigkill-in-pm2-log');
  });
});
