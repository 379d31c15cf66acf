import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.ts';
import { channelOf, delivery, limits, outcome, settings, unpacked } from './mail-case.ts';

const folder = temporaryFolder('pm2-audit-mta');
let made = 0;
/** A program in the place of the MTA: a real one, started as one would be. */
function program(code: string): string {
  made += 1;
  const path = join(folder, `sendmail-${made}`);
  writeFileSync(path, `#!${process.execPath}\n${code}\n`);
  chmodSync(path, 0o755);
  return path;
}
const seen = join(folder, 'seen.json');
const keeps = `const fs = require('node:fs');
fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args: process.argv.slice(2), mail: fs.readFileSync(0, 'latin1') }));`;

const over = { from: 'Audit <audit@example.com>', to: ['Team <team@example.com>', 'root'] };
const channelAt = (path: string) => channelOf(settings({ kind: 'sendmail', path }, over));

it('the program gets the mail on stdin and the envelope as arguments, without a shell', async () => {
  const channel = await channelAt(program(keeps));
  const parcel = channel.compose(delivery());
  expect(await channel.send(parcel)).toEqual({ ok: true, to: 'team@example.com, root' });
  const { args, mail } = JSON.parse(readFileSync(seen, 'utf8')) as { args: string[]; mail: string };
  expect(args).toEqual(['-i', '-f', 'audit@example.com', '--', 'team@example.com', 'root']);
  expect(mail).toBe(unpacked(parcel).mime.replaceAll('\r\n', '\n'));
  const read = await PostalMime.parse(mail);
  expect(read.messageId).toBe(parcel.id);
  expect(read.text!.length).toBeGreaterThan(500);
});

it('the program gets the whole mail as a file, none of our variables, and no file stays', async () => {
  vi.stubEnv('PM2_AUDIT_SMTP_PASSWORD', 'canary-P4ssw0rd');
  vi.stubEnv('TMPDIR', temporaryFolder('pm2-audit-tmp'));
  const looks = `const fs = require('node:fs');
fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ isFile: fs.fstatSync(0).isFile(), env: process.env }));`;
  const channel = await channelAt(program(looks));
  expect((await channel.send(channel.compose(delivery()))).ok).toBe(true);
  expect(readFileSync(seen, 'utf8')).not.toMatch(/canary|PM2_AUDIT/);
  expect(JSON.parse(readFileSync(seen, 'utf8')).isFile).toBe(true);
  expect(readdirSync(process.env['TMPDIR'] ?? '')).toEqual([]);
  // No room for a file: by a pipe.
  vi.stubEnv('TMPDIR', '/proc');
  const piped = await channelAt(program(keeps));
  expect((await piped.send(piped.compose(delivery()))).ok).toBe(true);
  expect(JSON.parse(readFileSync(seen, 'utf8')).mail.length).toBeGreaterThan(500);
  vi.unstubAllEnvs();
});

it.each([
  ['that is not there', () => join(folder, 'absent'), 'sendmail', /could not be started/],
  [
    'that may not be run',
    () => {
      const path = program('');
      chmodSync(path, 0o644);
      return path;
    },
    'sendmail',
    /could not be started/,
  ],
  ['that fails', () => program(`${keeps} process.exit(1)`), 'sendmail', /ended with 1/],
  ['that fails without reading', () => program('process.exit(78)'), 'sendmail', /ended with 78/],
  [
    'that says later',
    () => program(`${keeps} process.exit(75)`),
    'later',
    /could not take the mail just now/,
  ],
  ['that knows no such user', () => program(`${keeps} process.exit(67)`), 'recipient', /email\.to/],
  ['that is killed', () => program('process.kill(process.pid, "SIGKILL")'), 'sendmail', /SIGKILL/],
  ['that hangs', () => program('setInterval(() => {}, 1000)'), 'timed-out', /did not end in time/],
] as const)('a program %s: the mail is kept, in time', async (_name, path, code, words) => {
  const channel = await channelAt(path());
  const parcel = channel.compose(delivery());
  const from = performance.now();
  const told = outcome(await channel.send(parcel), parcel);
  expect(told).toMatchObject({ code, rest: 'all' });
  expect(told.words).toMatch(words);
  expect(performance.now() - from).toBeLessThan(limits.totalMs + 5000);
});
