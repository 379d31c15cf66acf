/** Real kills by this kernel, in a memory cgroup of 24 MB, of processes with names a kernel allows. Needs root. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCleaner, ownWords } from '../../../src/gather/clean.ts';
import { clockOf } from '../../../src/gather/oom/findings.ts';
import { type OomParse, parseOomText } from '../../../src/gather/oom/parse.ts';
import { realHost } from '../../../src/host/real.ts';

const limitBytes = 24 * 1024 * 1024;
const own = readFileSync('/proc/self/cgroup', 'utf8');
const v1 = /^\d+:memory:(.*)$/m.exec(own)?.[1];
const v2 = /^0::(.*)$/m.exec(own)?.[1];
const isV1 = v1 !== undefined && existsSync('/sys/fs/cgroup/memory');
const parent = isV1 ? join('/sys/fs/cgroup/memory', v1 ?? '') : join('/sys/fs/cgroup', v2 ?? '');
const name = `pm2-audit-test-${process.pid}`;
/** A folder name is a path in the log, and may hold what the line is made of. */
const groups = [name, `${name}, task=y)`];

function makeGroup(group: string): boolean {
  try {
    mkdirSync(join(parent, group));
    writeFileSync(join(parent, group, isV1 ? 'memory.limit_in_bytes' : 'memory.max'), String(limitBytes));
    if (!isV1) writeFileSync(join(parent, group, 'memory.swap.max'), '0');
    return true;
  } catch {
    return false;
  }
}
const canKill = process.getuid?.() === 0 && groups.every(makeGroup);
if (!canKill)
  console.warn(
    '\n*** No memory cgroup can be made here (root is needed): REAL OOM KILLS ARE NOT TESTED. ***\n',
  );

const names = [
  'node',
  'node /srv/shop/',
  '(sd-pam)',
  'a) total-vm:1kB',
  'x,pid=1,uid=0',
  '[ 7]',
  'a\nb',
  'tab\there',
  'back\\x0a',
  '"; rm -rf',
  '\u001b[31mred',
  'naïve 😀',
].map((text) => Buffer.from(text));
const hostile: readonly Buffer[] = [...names, Buffer.from([0x74, 0xf0, 0x9f, 0x98])];

/** Perl sets its own name with prctl(PR_SET_NAME), then eats memory until it is killed. */
const eater = '$0 = pack("H*", $ENV{NAME}); my @held; push @held, "x" x 1000000 while 1;';

async function killOne(comm: Buffer, group: string): Promise<number> {
  const child = spawn('sh', ['-c', 'echo $$ > "$PROCS" && exec perl -e "$EATER"'], {
    env: {
      ...process.env,
      PROCS: join(parent, group, 'cgroup.procs'),
      NAME: comm.toString('hex'),
      EATER: eater,
    },
    stdio: 'ignore',
  });
  const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  expect(signal).toBe('SIGKILL');
  return child.pid ?? -1;
}

describe.runIf(canKill)('real kills', () => {
  const host = realHost();
  const victims: { pid: number; comm: string; group: string }[] = [];
  const expectAll = (parse: OomParse): void => {
    let withDump = 0;
    for (const victim of victims) {
      const kills = parse.kills.filter(
        ({ pid, comm }) => pid === victim.pid && comm === makeCleaner().text(victim.comm),
      );
      const kill = kills.at(-1);
      expect(kill, `${victim.pid} ${victim.comm}`).toMatchObject({
        constraint: 'memcg',
        uid: 0,
        repeats: 1,
        evidence: 'kill-line',
      });
      expect(kill?.anonRssKb).toBeGreaterThan(1000);
      // The kernel prints at most ten dumps in five seconds; a kill beyond that has its own line only.
      if (kill?.oomMemcg == null) continue;
      withDump += 1;
      expect(kill).toMatchObject({
        limitKb: limitBytes / 1024,
        invokedBy: { pid: victim.pid, comm: kill.comm },
      });
      expect(kill.oomMemcg.endsWith(makeCleaner().text(`/${victim.group}`)), kill.oomMemcg).toBe(true);
      expect(kill.tasks.some(({ pid }) => pid === victim.pid)).toBe(true);
    }
    expect(withDump).toBeGreaterThan(4);
  };
  const run = (...args: string[]): Buffer =>
    execFileSync('dmesg', args, { env: { ...process.env, LC_ALL: 'C.UTF-8' }, maxBuffer: 64 * 1024 * 1024 });
  const parse = (text: Buffer): OomParse =>
    parseOomText(text, ownWords('live'), makeCleaner(), clockOf(host));

  beforeAll(async () => {
    for (const comm of hostile)
      victims.push({ pid: await killOne(comm, groups[0]!), comm: comm.toString('utf8'), group: groups[0]! });
    victims.push({
      pid: await killOne(Buffer.from('in odd group'), groups[1]!),
      comm: 'in odd group',
      group: groups[1]!,
    });
  }, 60_000);

  afterAll(() => {
    for (const group of groups) {
      try {
        rmdirSync(join(parent, group));
      } catch {
        // The kernel may still be tidying up behind the last victim; the group is empty and harmless.
      }
    }
    host.close();
  });

  it('/dev/kmsg', () => {
    const messages = host.kernelMessages(64 * 1024 * 1024);
    expect(messages.ok).toBe(true);
    if (!messages.ok) return;
    const found = parse(messages.value.text);
    expectAll(found);
    const now = host.now();
    for (const { at } of found.kills.filter(({ pid }) => victims.some((victim) => victim.pid === pid))) {
      expect(at).toBeGreaterThan(now - 120_000);
      expect(at).toBeLessThanOrEqual(now + 1000);
    }
  });

  it.each([
    [['-r']],
    [['-x']],
    [['-T']],
    [['-d']],
    [['-e']],
    [['-t']],
    [['-J']],
    [['--time-format=iso']],
    [[]],
  ])('dmesg %j', (args) => {
    expectAll(parse(run(...args)));
  });
});
