/** The verb as a user types it, with the real crontab program, in a namespace of its own. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isOneClearSentence, unfolded } from '../run-cli.ts';
import { PrivateCron } from './private-cron.ts';
import { hasPrivateCron } from './tools.ts';

/** With a line end of Windows, and with what Debian's `crontab -l` shows in its place. */
const foreign = 'MAILTO=ops\r\n# 中文 \\r \\b\n0 1 * * * date "+\\%F" >> /tmp/x\n';
const asBytes = (text: string): string => Buffer.from(text).toString('latin1');
const ours = (crontab: string): readonly string[] =>
  crontab.split('\n').filter((line) => line.includes('# pm2-audit:schedule '));

describe.runIf(hasPrivateCron)('pm2-audit schedule', () => {
  let cron: PrivateCron;
  beforeEach(async () => {
    cron = new PrivateCron();
    await cron.setCrontab(Buffer.from(foreign));
  });
  const schedule = (...args: readonly string[]) => cron.cli(['schedule', ...args]);

  it('shows the exact line and writes nothing without a yes', async () => {
    const { code, stdout, stderr } = await schedule('--daily', '08:00');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^pm2-audit: nothing was changed: there is no terminal to ask on\..*--yes\.\n$/);
    expect(cron.crontab).toBe(asBytes(foreign));
    const [shown] = ours(stdout);
    expect((await schedule('--daily', '08:00', '--yes')).code).toBe(0);
    expect(cron.crontab).toBe(asBytes(`${foreign}${shown?.trim()}\n`));
  });

  it('asks on a terminal, and takes only a yes for one', async () => {
    expect((await cron.cli(['schedule', '--daily', '8'], { input: 'y\n' })).code).toBe(2);
    const words = `'${process.execPath}' '${join(import.meta.dirname, '../../../dist/bin.cjs')}' schedule --daily 8`;
    const typed = (answer: string) => cron.run(['script', '-qec', words, '/dev/null'], { input: answer });
    const no = await typed('n\n');
    expect([no.code, ours(cron.crontab)]).toEqual([2, []]);
    expect(no.stdout).toMatch(/Do it\? \[y\/N\]/);
    const yes = await typed('y\n');
    expect(yes.code, yes.stdout).toBe(0);
    expect(ours(cron.crontab)).toHaveLength(1);
  });

  it('holds a schedule once, replaces it, and takes it away without a trace', async () => {
    await schedule('--daily', '08:00', '--yes');
    const first = cron.crontab;
    const again = await schedule('--daily', '08:00');
    expect([again.code, cron.crontab]).toEqual([0, first]);
    expect(again.stdout).toMatch(/installed so already/);
    const other = await schedule('--every', '6h', '--yes');
    expect(other.stdout).toMatch(/It replaces:\n\n {2}0 8 \* \* \* cd /);
    expect(ours(cron.crontab)).toHaveLength(1);
    expect(cron.crontab).toContain('\n0 */6 * * * cd ');
    expect((await schedule('--daily', '09:00', '--out', 'else', '--yes')).code).toBe(0);
    expect(ours(cron.crontab)).toHaveLength(2);
    const one = await schedule('--remove', '--out', 'else', '--yes');
    expect([one.code, ours(cron.crontab).length]).toEqual([0, 1]);
    expect(one.stdout).toMatch(/^This line leaves the crontab of root:\n\n {2}0 9 \* \* \* cd /);
    expect((await schedule('--remove')).code).toBe(2);
    expect((await schedule('--remove', '--yes')).code).toBe(0);
    expect(cron.crontab).toBe(asBytes(foreign));
    expect(await schedule('--remove', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/no schedule/),
    });
    expect(readdirSync(join(cron.home, '.local/state/pm2-audit/schedules'))).toEqual([]);
  });

  it('begins a crontab where there is none, and leaves none behind', async () => {
    await cron.setCrontab(Buffer.alloc(0));
    await schedule('--daily', '08:00', '--yes');
    expect(cron.crontab.split('\n')).toHaveLength(2);
    await schedule('--remove', '--yes');
    expect(cron.crontab).toBe('');
  });

  it('moves between cron and systemd; the line stays until the timer works', async () => {
    await schedule('--daily', '08:00', '--yes');
    const units = await schedule('--daily', '08:00', '--systemd', '--yes');
    expect(units.stdout).toMatch(
      /This file is written: \/etc\/systemd\/system\/pm2-audit-[0-9a-f]{8}\.timer/,
    );
    const names = readdirSync(cron.units).sort();
    expect(names).toEqual([
      expect.stringMatching(/^pm2-audit-[0-9a-f]{8}\.service$/),
      expect.stringMatching(/\.timer$/),
    ]);
    if (!existsSync('/run/systemd/system')) {
      expect(units.code).toBe(2);
      expect(units.stderr).toMatch(
        /did not take them .*Type: systemctl daemon-reload && systemctl enable --now pm2-audit-/,
      );
      expect(ours(cron.crontab)).toHaveLength(1);
    }
    expect((await schedule('--daily', '08:00', '--yes')).code).toBe(0);
    expect(readdirSync(cron.units)).toEqual([]);
    expect(ours(cron.crontab)).toHaveLength(1);
    writeFileSync(join(cron.units, names[1] ?? ''), '[Timer]\n');
    const refused = await schedule('--daily', '08:00', '--systemd', '--yes');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/is not a file of pm2-audit schedule/);
  });

  it('writes no secret, and refuses a mail that the run could not send', async () => {
    const canary = 'hunter2-canary';
    const env = { PM2_AUDIT_SMTP_URL: `smtps://me:${canary}@mail.example.com:465` };
    const blind = await cron.cli(['schedule', '--daily', '8', '--email', 'ops@example.com', '--yes'], {
      env,
    });
    expect(blind.code).toBe(2);
    expect(blind.stderr).toMatch(/PM2_AUDIT_SMTP_URL comes from the environment.*--secrets/);
    const file = join(cron.home, 'env');
    writeFileSync(file, `PM2_AUDIT_SMTP_URL=${env.PM2_AUDIT_SMTP_URL}\n`, { mode: 0o644 });
    const open = await schedule('--daily', '8', '--email', 'ops@example.com', '--secrets', file, '--yes');
    expect(open.stderr).toMatch(/others may read or change it \(mode 0644\).*chmod 600/);
    writeFileSync(join(cron.home, 'own'), readFileSync(file), { mode: 0o600 });
    const good = await cron.cli(
      [
        'schedule',
        '--daily',
        '8',
        '--email',
        'ops@example.com',
        '--secrets',
        join(cron.home, 'own'),
        '--yes',
      ],
      { env },
    );
    expect(good.code, good.stderr).toBe(0);
    expect(good.stdout).not.toMatch(/comes from the environment/);
    expect(ours(cron.crontab)[0]).toContain('--email=ops@example.com');
    // Node itself must not take the option for its own: a file that is gone is told by us.
    const gone = await schedule('--daily', '8', '--secrets', join(cron.home, 'gone'), '--yes');
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringMatching(/^pm2-audit: --secrets .*ENOENT/)]);
    for (const text of [blind, open, good].flatMap(({ stdout, stderr }) => [stdout, stderr, cron.crontab]))
      expect(text).not.toContain(canary);
    // A variable of the crontab itself reaches its jobs.
    await cron.setCrontab(Buffer.from(`PM2_AUDIT_SMTP_URL=${env.PM2_AUDIT_SMTP_URL}\n`));
    expect((await schedule('--daily', '8', '--email', 'ops@example.com', '--yes')).code).toBe(0);
    await cron.setCrontab(Buffer.alloc(0));
    expect((await schedule('--daily', '8', '--send', '--yes')).stderr).toMatch(
      /--send: the settings name no channel/,
    );
  });

  it.each([
    [['--daily', '25:00'], /--daily 25:00: not a time of day/],
    [['--cron', '0 8 31 2 *'], /never comes/],
    [['--daily', '8', '--every', '6h'], /--daily and --every: both name a time/],
    [['--daily', '8', '--remove'], /--daily and --remove: cannot go together/],
    [['--email', 'a@b.c'], /--email: needs a time/],
    [['--daily', '8', '--jitter', '2d'], /--jitter 2d: not a duration/],
    [['--cron', '* * * * *', '--jitter', '60s'], /as long as the time between/],
    [['--daily', '8', '--out', '-'], /--out: a scheduled run needs a folder/],
    [['--daily', '8', '--config', 'none.json'], /none\.json: could not be read/],
    [['--daily', '8', '--fail-on', 'P9'], /--fail-on P9/],
    [['--daily', '8', '--email', 'nobody', '--yes'], /--email.*not a mail address|no mail server/],
    [['--daily', '8', '--home', 'a\nb', '--yes'], /line break/],
  ] as const)('refuses %j in one sentence', async (args, message) => {
    const { code, stdout, stderr } = await schedule(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(isOneClearSentence(unfolded(stderr)), stderr).toBe(true);
    expect(cron.crontab).toBe(asBytes(foreign));
  });

  it('says what to do where the crontab program is absent, forbidden or refuses', async () => {
    const node = join(cron.folder, 'node');
    writeFileSync(node, '');
    const before = `mount --bind ${process.execPath} ${node}; mount -t tmpfs none "$(dirname "$(command -v crontab)")"`;
    const words = [
      node,
      join(import.meta.dirname, '../../../dist/bin.cjs'),
      'schedule',
      '--daily',
      '8',
      '--yes',
    ];
    const absent = await cron.run(words, { before });
    expect(absent).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no such program.*apt-get install cron.*--systemd/),
    });
    const tools = join(cron.folder, 'tools');
    mkdirSync(tools);
    const answer = async (says: string) => {
      writeFileSync(join(tools, 'crontab'), `#!/bin/sh\necho '${says}' >&2\nexit 1\n`, { mode: 0o755 });
      return cron.cli(['schedule', '--daily', '8', '--yes'], { env: { PATH: `${tools}:/usr/bin:/bin` } });
    };
    expect((await answer('You (root) are not allowed to use this program (crontab)')).stderr).toMatch(
      /cron\.allow/,
    );
    expect((await answer('disk on \u001b[31mfire')).stderr).toMatch(/refused \(disk on \[31mfire\)/);
    const long = await schedule('--daily', '8', '--out', `${'x'.repeat(200)}/`.repeat(5), '--yes');
    expect(long.stderr).toMatch(/longer than this cron takes/);
    expect(cron.crontab).toBe(asBytes(foreign));
  });

  it('tells what in the crontab itself may trouble the job', async () => {
    await cron.setCrontab(Buffer.from('CRON_TZ=Asia/Shanghai\nSHELL=/usr/bin/env\n'));
    const { stdout } = await schedule('--daily', '8');
    expect(stdout).toMatch(/Note +your crontab sets CRON_TZ=Asia\/Shanghai/);
    expect(stdout).toMatch(/Note +your crontab sets SHELL=\/usr\/bin\/env/);
  });

  it('speaks Chinese, and has the run speak it', async () => {
    const { stdout } = await cron.cli(['schedule', '--daily', '8', '--yes'], {
      env: { LANG: 'zh_CN.UTF-8' },
    });
    expect(stdout).toMatch(/^将写入 root 的 crontab：/);
    expect(stdout).toMatch(/下次运行 +\d+ 月 \d+ 日（周.）08:00/);
    expect(ours(cron.crontab)[0]).toContain(' LANG=zh_CN.UTF-8 ');
    const status = await cron.cli(['schedule', '--status', '--lang', 'zh-CN']);
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/上次运行 +尚未运行/) });
  });

  describe('--status', () => {
    const records = (): string => join(cron.home, '.local/state/pm2-audit/schedules');
    const id = (): string => /schedule ([0-9a-f]{8})/.exec(cron.crontab)?.[1] ?? '';
    const change = (
      edit: (record: { setup: { [key: string]: unknown }; runs: unknown[]; log: string }) => void,
    ): void => {
      const path = join(records(), `${id()}.json`);
      const record = JSON.parse(readFileSync(path, 'utf8'));
      edit(record);
      writeFileSync(path, JSON.stringify(record));
    };
    const hour = 3_600_000;

    it('says how the last run went, and when cron did not run it', async () => {
      expect(await schedule('--status')).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/has no schedule/),
      });
      await schedule('--cron', '* * * * *', '--jitter', '0', '--yes');
      expect(await schedule()).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Last run +never yet/),
      });
      const startedAt = Date.now() - 30_000;
      const run = { startedAt, endedAt: startedAt + 3200, exitCode: 1, end: 'ended', delivers: true };
      change((record) => {
        record.runs = [run, { ...run, exitCode: 0 }];
        record.log = 'the summary\n';
      });
      const well = await schedule('--status');
      expect(well.stdout).toMatch(/took 3\.2 s, exit 1: the audit was made and has findings, delivered/);
      expect(well.stdout).toMatch(/Before +the last 2 runs: 1 × exit 0, 1 × exit 1/);
      expect(well.stdout).toMatch(/It said\n {2}the summary/);
      expect(well.code, well.stdout).toBe(0);
      change((record) => {
        record.setup['installedAt'] = Date.now() - 5 * hour;
        record.runs = [{ ...run, startedAt: Date.now() - 2 * hour, endedAt: Date.now() - 2 * hour }];
      });
      const missed = await schedule('--status');
      expect(missed.code).toBe(1);
      expect(missed.stdout).toMatch(/Attention +cron did not run it on \w+ \d+ \w+ \d\d:\d\d\./);
      change((record) => {
        record.runs = [{ ...run, exitCode: 3 }];
        record.setup['installedAt'] = Date.now();
        record.log = 'pm2-audit: mail.example.com refused the login\n';
      });
      const undelivered = await schedule('--status');
      expect(undelivered.code).toBe(1);
      expect(undelivered.stdout).toMatch(/exit 3: .*not delivered/);
      expect(undelivered.stdout).toMatch(/Attention +pm2-audit: mail\.example\.com refused the login/);
    });

    it('says that Node is gone, that the line is switched off, and that its time is not one we read', async () => {
      await schedule('--daily', '8', '--yes');
      change((record) => {
        record.setup['node'] = '/root/.nvm/versions/node/v1.2.3/bin/node';
      });
      const gone = await schedule('--status');
      expect(gone).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/Attention +\/root\/\.nvm.*is gone/),
      });
      await cron.setCrontab(Buffer.from(cron.crontab.replace('\n0 8 * * * cd', '\n#0 8 * * * cd'), 'latin1'));
      expect((await schedule('--status')).stdout).toMatch(/crontab of root, switched off by the #/);
      await cron.setCrontab(Buffer.from(cron.crontab.replace('#0 8 * * * cd', '@reboot cd'), 'latin1'));
      expect((await schedule('--status')).stdout).toMatch(/When +@reboot \(this time is not one we read\)/);
    });
  });
});
