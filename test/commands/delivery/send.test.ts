/** The whole way, as a user goes it: a real daemon with a crash loop, the built command line, a real mail server. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { audits } from '../../../src/audits/index.ts';
import { cells } from '../../../src/report/cells.ts';
import { type PrivatePm2, startPrivatePm2, waitFor } from '../../lab/private-pm2.ts';
import {
  closeServers,
  conversation,
  rawServer,
  realServer,
  reply,
} from '../../outputs/email/mail-servers.ts';
import { isOneClearSentence, runCli, unfolded } from '../run-cli.ts';

let folder = '';
let pm2: PrivatePm2;
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'pm2-audit-test-')));
  pm2 = await startPrivatePm2();
  writeFileSync(
    join(pm2.work, 'crash.js'),
    "setTimeout(() => { throw new Error('database is locked'); }, 300);",
  );
  const app = { name: 'crashing', script: join(pm2.work, 'crash.js'), min_uptime: 100 };
  writeFileSync(join(pm2.work, 'ecosystem.json'), JSON.stringify({ apps: [app] }));
  await pm2.pm2(['start', join(pm2.work, 'ecosystem.json')]);
  await waitFor(async () => {
    const list: { pm2_env: { restart_time: number } }[] = JSON.parse(await pm2.pm2(['jlist']));
    return (list[0]?.pm2_env.restart_time ?? 0) >= 4 ? true : null;
  });
});
afterEach(closeServers);
afterAll(async () => {
  await pm2?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Lists at the end of a process the files of the build that it loaded: by `require`, or as bin.cjs does with its code caches. */
let hook = '';
beforeAll(() => {
  hook = join(folder, 'hook.cjs');
  writeFileSync(
    hook,
    `const Module = require('node:module'); const fs = require('node:fs'); const seen = new Set();
    const own = (path) => { if (/[\\\\/]dist[\\\\/][^\\\\/]+\\.cjs$/.test(String(path))) seen.add(String(path)); };
    const find = Module._resolveFilename;
    Module._resolveFilename = function (...args) { const path = find.apply(this, args); own(path); return path; };
    const read = fs.readFileSync;
    fs.readFileSync = function (path, ...args) { own(path); return read.call(this, path, ...args); };
    process.on('exit', () => { if (process.env.LOADED) fs.writeFileSync(process.env.LOADED, [...seen].join('\\n')); });`,
  );
});

const othersAudits = audits.map(({ id }) => id).filter((id) => id !== 'restart-loop');

let stories = 0;
/** A user of their own: working folder, state folder, reports. */
function user(config: object = {}) {
  stories += 1;
  const home = join(folder, `user-${stories}`);
  const place = join(home, 'work');
  const run = (
    args: readonly string[],
    env: { readonly [key: string]: string } = {},
    onStart: (pid: number) => void = () => {},
  ) => runCli(args, { cwd: place, env: { HOME: home, ...env }, onStart });
  const audit = (...[args, ...rest]: Parameters<typeof run>) =>
    run(['--home', pm2.home, '--observe', '0', '--fail-on', 'never', ...args], ...rest);
  mkdirSync(place, { recursive: true });
  // What else goes on on the machine of the test is not the story.
  const ignore = othersAudits.map((audit) => ({ audit, reason: 'not of this story' }));
  writeFileSync(join(place, 'pm2-audit.config.json'), JSON.stringify({ ...config, ignore }));
  return {
    place,
    db: join(home, '.local', 'state', 'pm2-audit', 'history.db'),
    audit,
    send: (args: readonly string[], env?: { readonly [key: string]: string }) => run(['send', ...args], env),
  };
}
const quick = (port: number) => ({
  PM2_AUDIT_SMTP_URL: `smtp://ops%40example.com:canary-P4ssw0rd@127.0.0.1:${port}?security=none`,
  PM2_AUDIT_MAIL_TO: 'oncall@example.com',
});

describe('audit --email', () => {
  it('mails a crash loop once in 12 runs, and remembers across processes', async () => {
    const server = await realServer();
    const { audit, db } = user();
    const first = await audit(['--email'], quick(server.port));
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/\nmail to oncall@example\.com: sent \(the first report\)\nExit 0/);
    for (let n = 1; n < 12; n += 1) {
      const { code, stdout } = await audit(['--email', '--quiet'], quick(server.port));
      expect([code, stdout]).toEqual([0, '']);
    }
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toMatchObject({ to: ['oncall@example.com'] });
    expect(server.received[0]?.mime).toMatch(/crashing is in a restart loop/);
    expect(statSync(db).mode & 0o777).toBe(0o600);
    expect(readFileSync(db).includes('canary-P4ssw0rd')).toBe(false);
  });

  it('keeps a refused mail and delivers it exactly once at the next run', async () => {
    let refuses = true;
    const server = await realServer({
      onMailFrom: (_address, _session, done) => done(refuses ? reply(421, '4.3.2 try later') : null),
    });
    const { audit, db, place } = user();
    const first = await audit(['--email'], quick(server.port));
    expect(first.code).toBe(3);
    expect(first.stderr).toMatch(
      /^pm2-audit: mail to oncall@example\.com: not sent: [^\n]+ Kept for the next run\.\n$/,
    );
    expect(first.stderr).not.toMatch(/canary/);
    expect(first.stdout).toMatch(/Exit 3: the report is made, a delivery failed/);
    expect(existsSync(join(place, 'reports', 'latest.html'))).toBe(true);
    expect(readFileSync(db).includes('canary-P4ssw0rd')).toBe(false);
    refuses = false;
    const second = await audit(['--email'], quick(server.port));
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/sent one message kept since \d\d:\d\d\n/);
    await audit(['--email'], quick(server.port));
    expect(server.received).toHaveLength(1);
  });

  it('that is interrupted while it sends has lost nothing: the same mail goes out with the next run, once', async () => {
    let pid = 0;
    const hanging = await rawServer(
      conversation({
        '.': () => {
          process.kill(pid, 'SIGINT');
        },
      }),
    );
    const { audit } = user();
    const cut = await audit(['--email'], quick(hanging.port), (started) => {
      pid = started;
    });
    // By the signal itself: 130 in a shell.
    expect(cut.code).toBeNull();
    const idOf = (text: string): string | undefined => /^Message-ID: (\S+)$/im.exec(text)?.[1];
    const id = idOf(hanging.lines.join('\n'));
    expect(id).toMatch(/^<pm2-audit\./);
    const server = await realServer();
    const next = await audit(['--email'], quick(server.port));
    expect(next).toMatchObject({ code: 0, stderr: '' });
    expect(next.stdout).toMatch(/sent one message kept since/);
    await audit(['--email'], quick(server.port));
    expect(server.received.map(({ mime }) => idOf(mime.replaceAll('\r', '')))).toEqual([id]);
  });

  it('mails once when two runs meet', async () => {
    const server = await realServer();
    const { audit } = user();
    const runs = await Promise.all([1, 2, 3].map(() => audit(['--email'], quick(server.port))));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(server.received).toHaveLength(1);
  });

  it('tells a dead-man switch of the run, with its exit code and what it said', async () => {
    const pings: [string, string][] = [];
    const monitor = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        pings.push([request.url ?? '', Buffer.concat(chunks).toString()]);
        response.end('OK');
      });
    });
    await new Promise<void>((ready) => monitor.listen(0, '127.0.0.1', ready));
    const address = monitor.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { audit } = user({ ping: { url: `http://127.0.0.1:${port}/canary-uuid` } });
    const down = { ...quick(9), PM2_AUDIT_MAIL_TO: 'oncall@example.com' };
    expect((await audit(['--send'], down)).code).toBe(3);
    expect(pings.map(([path]) => path)).toEqual(['/canary-uuid/start', '/canary-uuid/3']);
    expect(pings[1]?.[1]).toMatch(/not sent/);
    expect((await audit(['--send'], { ...down, PM2_AUDIT_PINGED: '1' })).code).toBe(3);
    expect((await audit([], down)).code).toBe(0);
    expect(pings).toHaveLength(2);
    await new Promise((done) => monitor.close(done));
  });

  it('finds the settings at fault before it audits, and says which', async () => {
    const { audit } = user();
    for (const [args, env, words] of [
      [['--email'], {}, /--email: no mail is configured\. Set PM2_AUDIT_SMTP_URL=/],
      [['--send'], {}, /--send: nothing is configured\./],
      [['--email', 'smtps://me:canary-P4ssw0rd@mail.example.com'], {}, /--email: takes the addresses/],
      [['--email', 'nobody'], quick(25), /--email: "nobody" is not a mail address/],
      [['--send-on', 'P9'], {}, /--send-on P9/],
    ] as const) {
      const { code, stdout, stderr } = await audit(args, env);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(unfolded(stderr)).toMatch(words);
      expect(stderr).not.toMatch(/canary/);
    }
  });

  it('sends nothing without the flag, and makes no store', async () => {
    const server = await realServer();
    const { audit, db, place } = user();
    expect((await audit([], quick(server.port))).code).toBe(0);
    expect(server.received).toHaveLength(0);
    expect(existsSync(db)).toBe(false);
    expect(statSync(join(place, 'reports', '.latest.facts.json')).mode & 0o777).toBe(0o640);
  });

  it('loads nothing of it without the flag: no mail, no chat, no cron, no writing of the store', async () => {
    const server = await realServer();
    const { audit, place } = user({ webhooks: [{ kind: 'json', url: 'http://127.0.0.1:9/' }] });
    const loads = async (args: readonly string[]): Promise<readonly string[]> => {
      const list = join(place, 'loaded');
      const env = { ...quick(server.port), NODE_OPTIONS: `--require ${hook}`, LOADED: list };
      await audit(args, env);
      return readFileSync(list, 'utf8').split('\n');
    };
    const markOf = {
      mail: /RCPT TO/,
      chat: /api\.telegram\.org|hooks\.slack/,
      cron: /CronPattern/,
      store: /INTO told|PRAGMA journal_mode/,
    };
    const found = (files: readonly string[]): readonly string[] => {
      const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
      return Object.entries(markOf).flatMap(([name, mark]) => (mark.test(text) ? [name] : []));
    };
    const plain = await loads([]);
    expect(plain.map((file) => basename(file))).toEqual(expect.arrayContaining(['audit.cjs', 'deliver.cjs']));
    expect(found(plain)).toEqual([]);
    const others = /mail|smtp|webhook|telegram|post|send|schedule|after-audit|keep-report|watch|module/;
    expect(plain.map((file) => basename(file)).filter((name) => others.test(name))).toEqual([]);
    // The marks are right: with the flag they are there. Cron is of `schedule` alone.
    const sending = await loads(['--send']);
    expect(found(sending)).toEqual(['mail', 'chat', 'store']);
    expect(sending.length).toBeGreaterThan(plain.length);
  });
});

describe('audit --send', () => {
  it('reaches the channel that is up when the other is down, and writes the metrics for everybody', async () => {
    const server = await realServer();
    const { audit, place } = user({
      email: {
        to: 'oncall@example.com',
        smtp: { host: '127.0.0.1', port: server.port, security: 'none' },
        from: 'pm2@example.com',
      },
      webhooks: [{ kind: 'json', name: 'down', url: 'http://127.0.0.1:9/canary-hook' }],
      prom: { file: 'pm2.prom' },
    });
    const { code, stdout, stderr } = await audit(['--send']);
    expect(code).toBe(3);
    expect(server.received).toHaveLength(1);
    expect(stdout).toMatch(/mail to oncall@example\.com: sent/);
    expect(stderr).toMatch(/^pm2-audit: down \(json\): not sent: [^\n]+\n$/);
    expect(stderr).not.toMatch(/canary-hook/);
    expect(statSync(join(place, 'pm2.prom')).mode & 0o777).toBe(0o644);
    expect(readFileSync(join(place, 'pm2.prom'), 'utf8')).toMatch(/crashing/);
  });

  it('uses a store of the name it is given, and makes it', async () => {
    const server = await realServer();
    const { audit, place } = user();
    const db = join(place, 'own', 'state.db');
    expect(await audit(['--send', '--db', db], quick(server.port))).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(db)).toBe(true);
    const again = await audit(['--send', '--db', db], quick(server.port));
    expect(again.stdout).toMatch(/silent: (nothing new since|told at)/);
    expect(again.stdout).not.toMatch(/no sample so far|start-collector/);
  });
});

describe('send', () => {
  it('sends the newest report when asked, each time, with what was kept', async () => {
    const server = await realServer();
    const { audit, send } = user();
    await audit([]);
    expect(await send(['--email', 'me@example.com'], quick(server.port))).toEqual({
      code: 0,
      stdout: 'mail to me@example.com: sent (as asked)\n',
      stderr: '',
    });
    expect((await send(['--lang', 'zh-CN'], quick(server.port))).stdout).toBe(
      '邮件 oncall@example.com：已发送（按要求发送）\n',
    );
    expect(server.received.map(({ to }) => to)).toEqual([['me@example.com'], ['oncall@example.com']]);
    const silent = await audit(['--email'], quick(server.port));
    expect(silent.stdout).toMatch(/silent: (nothing new since|told at)/);
  });

  it('says in one sentence what is missing', async () => {
    const server = await realServer();
    const { audit, send, place } = user();
    const none = await send([]);
    expect(none.code).toBe(2);
    expect(unfolded(none.stderr)).toMatch(/send: nothing is configured\. Set PM2_AUDIT_SMTP_URL=/);
    const chinese = await send([], { LANG: 'zh_CN.UTF-8' });
    expect(chinese.stderr).toMatch(/^pm2-audit: send：尚未配置任何通知渠道。/);
    for (const line of `${none.stderr}${chinese.stderr}`.split('\n'))
      expect(cells(line), line).toBeLessThanOrEqual(80);
    const { PM2_AUDIT_SMTP_URL } = quick(server.port);
    const nobody = await send([], { PM2_AUDIT_SMTP_URL });
    expect(nobody.stderr).toMatch(/^pm2-audit: send: no recipient: set PM2_AUDIT_MAIL_TO, or --email TO\./);
    const noReport = await send([], quick(server.port));
    expect(noReport).toMatchObject({ code: 2, stdout: '' });
    expect(isOneClearSentence(unfolded(noReport.stderr))).toBe(true);
    await audit([]);
    const noName = await send(['--to', 'ops'], quick(server.port));
    expect(unfolded(noName.stderr)).toMatch(/--to ops: no channel has that name\. Configured are email\./);
    const facts = join(place, 'reports', '.latest.facts.json');
    const whole = readFileSync(facts, 'utf8');
    for (const [text, words] of [
      ['{"schema"', /is damaged/],
      [whole.replace(/"version":"[^"]+"/, '"version":"9.9.9"'), /was made by pm2-audit 9\.9\.9/],
      [whole.replace(/"host":\{"name":"[^"]+"/, '"host":{"name":"other-host"'), /is a report of other-host/],
    ] as const) {
      writeFileSync(facts, text);
      const { code, stderr } = await send([], quick(server.port));
      expect(code).toBe(2);
      expect(unfolded(stderr)).toMatch(words);
      expect(isOneClearSentence(unfolded(stderr))).toBe(true);
    }
    writeFileSync(facts, whole.replace('"verdicts":[{', '"verdicts":[null,{'));
    expect(unfolded((await send([], quick(server.port))).stderr)).toMatch(/is damaged/);
    writeFileSync(facts, whole.replace('"because":[', '"because":[null,'));
    const broken = await send([], quick(server.port));
    expect(broken.code).toBe(3);
    expect(broken.stderr).toMatch(/could not be made/);
    expect(server.received).toHaveLength(0);
  });

  it('--test tries the way and sends no report', async () => {
    const server = await realServer();
    const { send } = user();
    const good = await send(['--test'], quick(server.port));
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/^email\nok {2}/);
    const wrong = await send(['--test'], {
      ...quick(server.port),
      PM2_AUDIT_SMTP_URL: `smtp://ops%40example.com:canary-wrong@127.0.0.1:${server.port}?security=none`,
    });
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toMatch(/FAIL/);
    expect(wrong.stdout + wrong.stderr).not.toMatch(/canary/);
  });
});
