import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCron } from '../../../src/commands/schedule/cron-expression.ts';
import {
  isPassing,
  type Job,
  makeJob,
  stableNode,
  versionManager,
} from '../../../src/commands/schedule/job.ts';
import { jobCommand } from '../../../src/commands/schedule/job-line.ts';
import { ownUnits, unitFiles, unitPlace, writeUnits } from '../../../src/commands/schedule/systemd.ts';
import { makeUnits } from '../../../src/commands/schedule/units.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { hasSystemd, systemdAnalyze } from './tools.ts';

const folder = temporaryFolder('pm2-audit-units');
const cron = parseCron('*/15 8-18 * * mon-fri', '--cron');
const wishes = {
  homes: [],
  out: null,
  reports: './reports',
  config: null,
  lang: null,
  failOn: null,
  db: null,
  email: null,
  sends: false,
  envFile: null,
  jitterMs: 120_000,
};
const installer = {
  execPath: process.execPath,
  script: '/usr/lib/node_modules/pm2-audit/dist/bin.cjs',
  folder: '/srv/app',
  env: { PATH: '/usr/bin', HOME: '/home/deploy' },
  passwdHome: '/home/deploy',
};
const job = (more: Partial<typeof wishes> & { email?: string; out?: string } = {}, from = installer): Job =>
  makeJob({ ...wishes, ...more }, from);

describe('the job', () => {
  it('is the same schedule for the same homes and report folder, whatever else it is told', () => {
    expect(job({ email: 'ops@example.com' } as never).id).toBe(job().id);
    expect(job({ reports: '/srv/app/reports' }).id).toBe(job().id);
    expect(job({ reports: './other' }).id).not.toBe(job().id);
    const two = (homes: string[]) => job({ homes: homes as never[] }).id;
    expect(two(['/a', '/b'])).toBe(two(['/b', '/a']));
    expect(two(['/a'])).not.toBe(two(['/a', '/b']));
  });

  it('names everything by its whole path, and holds no variable but those it lacks', () => {
    const line = jobCommand(
      job(
        {
          homes: ['home'] as never[],
          out: 'out' as never,
          envFile: '.env' as never,
          email: 'a@b.c' as never,
        },
        {
          ...installer,
          env: {
            PATH: '/usr/bin',
            HOME: '/home/deploy',
            LANG: 'zh_CN.UTF-8',
            TZ: 'Asia/Shanghai',
            PM2_AUDIT_SMTP_URL: 'smtps://user:canary@host',
            SECRET: 'canary',
          } as never,
        },
      ),
    );
    expect(line).toMatch(/^cd \/srv\/app && PATH=[^ ]+ LANG=zh_CN\.UTF-8 TZ=Asia\/Shanghai \//);
    expect(line).toContain('--home /srv/app/home');
    expect(line).toContain('--out /srv/app/out');
    expect(line).toContain('--secrets /srv/app/.env');
    expect(line).toContain('--email=a@b.c');
    expect(line).not.toContain('canary');
    expect(line).not.toContain('HOME=');
    const moved = { ...installer, passwdHome: '/root' };
    expect(jobCommand(job({}, moved))).toContain(' HOME=/home/deploy ');
  });

  it('refuses what no crontab can hold', () => {
    expect(() => job({}, { ...installer, folder: '/srv/a\n* * * * * rm -rf /' })).toThrow(/line break/);
  });

  it.each([
    ['/root/.nvm/versions/node/v20.20.2/bin/node', true, 'nvm'],
    ['/root/.local/share/fnm/node-versions/v20.20.2/installation/bin/node', true, 'fnm'],
    ['/run/user/0/fnm_multishells/123_456/bin/node', true, 'fnm'],
    ['/root/.volta/tools/image/node/20.20.2/bin/node', true, 'volta'],
    ['/root/.asdf/installs/nodejs/20.20.2/bin/node', true, 'asdf'],
    ['/root/.local/share/mise/installs/node/20.20.2/bin/node', true, 'mise'],
    ['/opt/homebrew/Cellar/node/25.1.0/bin/node', true, 'Homebrew'],
    ['/opt/node-v20.20.2-linux-x64/bin/node', true, null],
    ['/root/.npm/_npx/0a1b2c/node_modules/pm2-audit/dist/bin.cjs', true, 'npx'],
    ['/usr/lib/node_modules/.pnpm/pm2-audit@0.1.0/node_modules/pm2-audit/dist/bin.cjs', true, null],
    ['/usr/bin/node', false, null],
    ['/usr/local/bin/node', false, null],
    ['/usr/lib/node_modules/pm2-audit/dist/bin.cjs', false, null],
    ['/snap/node/9876/bin/node', false, null],
  ])('%s: will it go with an upgrade? %s (%s)', (path, isGoing, manager) => {
    expect([isPassing(path), versionManager(path)]).toEqual([isGoing, manager]);
  });

  it('prefers a lasting name of the same Node', () => {
    expect(stableNode('/usr/bin/node', '/x')).toBe('/usr/bin/node');
    // Our folder is a temporary one, hence passing, and so is no answer.
    expect(stableNode('/opt/node-v1.2.3/bin/node', `${folder}:relative`)).toBe('/opt/node-v1.2.3/bin/node');
  });
});

describe('the units', () => {
  it('belong to root or to the user', () => {
    expect(unitPlace(0, '/root', {})).toEqual({ folder: '/etc/systemd/system', isSystem: true });
    expect(unitPlace(7, '/h', {})).toEqual({ folder: '/h/.config/systemd/user', isSystem: false });
    expect(unitPlace(7, '/h', { XDG_CONFIG_HOME: '/c' }).folder).toBe('/c/systemd/user');
    expect(unitPlace(7, '/h', { XDG_CONFIG_HOME: 'c' }).folder).toBe('/h/.config/systemd/user');
  });

  it('are found by their first line alone, and a file of somebody else is left alone', () => {
    const place = { folder: join(folder, 'mine'), isSystem: true };
    const units = makeUnits(job(), cron, true, 120_000, '/srv/app/reports');
    writeUnits(place, unitFiles(place, units));
    expect(ownUnits(place)).toEqual([
      {
        id: job().id,
        cron: cron.text,
        paths: [`${join(place.folder, units.name)}.service`, `${join(place.folder, units.name)}.timer`],
      },
    ]);
    writeFileSync(join(place.folder, `${units.name}.timer`), '[Timer]\nOnCalendar=daily\n');
    expect(() => unitFiles(place, units)).toThrow(/is not a file of pm2-audit schedule/);
    expect(ownUnits(place)[0]?.paths).toHaveLength(1);
  });

  it('leave a report folder below /usr writable, and refuse a folder no unit can name', () => {
    expect(makeUnits(job(), cron, true, 0, '/usr/share/www/reports').service).not.toContain('ProtectSystem');
    expect(makeUnits(job(), cron, true, 0, '/srv').service).toContain('ProtectSystem=full');
    expect(makeUnits(job(), cron, false, 0, '/srv').service).not.toContain('Protect');
    expect(makeUnits(job(), cron, true, 0, '/srv').timer).not.toContain('RandomizedDelay');
    expect(() => makeUnits(job({}, { ...installer, folder: '/srv/a\\' }), cron, true, 0, '/srv')).toThrow(
      /backslash/,
    );
  });

  describe.runIf(hasSystemd).each(['system', 'user'])('of a %s', (kind) => {
    it.each([
      ['plain', 'plain', 'ops@example.com'],
      ['hostile', `100% "quoted" 'and' $HOME \\ 中文; true`, 'ops@example.com'],
    ])('are taken by systemd-analyze verify: %s names', (name, hostile, email) => {
      const place = { folder: join(folder, `${kind}-${name}`), isSystem: kind === 'system' };
      const work = join(folder, `${kind} ${hostile} work`);
      mkdirSync(work, { recursive: true });
      const script = join(work, 'bin.cjs');
      writeFileSync(script, '');
      chmodSync(script, 0o755);
      const from = {
        ...installer,
        folder: work,
        script,
        env: { ...installer.env, TZ: 'UTC', PM2_HOME: work },
      };
      const made = makeUnits(job({ email } as never, from as never), cron, place.isSystem, 120_000, work);
      writeUnits(place, unitFiles(place, made));
      const paths = ['service', 'timer'].map((end) => join(place.folder, `${made.name}.${end}`));
      const verify = (files: readonly string[]) =>
        spawnSync(systemdAnalyze, [`--${kind}`, '--man=no', 'verify', ...files], {
          encoding: 'utf8',
          env: { PATH: '/usr/bin:/bin', HOME: folder, XDG_RUNTIME_DIR: folder, LC_ALL: 'C' },
        });
      const about = (said: string) => said.split('\n').filter((line) => line.includes(made.name));
      const good = verify(paths);
      expect(about(`${good.stdout}${good.stderr}`), good.stderr).toEqual([]);
      // It does look: a word too many is told.
      const bad = join(place.folder, `${made.name}.service`);
      writeFileSync(bad, readFileSync(bad, 'utf8').replace('Nice=10', 'Nice=often'));
      expect(about(verify([bad]).stderr).join()).toMatch(/Nice|niceness|often/i);
    });
  });
});
