/** One incident, one finding: real journals, kernel lines and pm2.logs of one host, through all audits that could tell it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import daemonDied from '../../src/audits/daemon-died.ts';
import hog from '../../src/audits/host-process-hog.ts';
import killed from '../../src/audits/oom-killed.ts';
import tookAll from '../../src/audits/oom-took-all.ts';
import workerKilled from '../../src/audits/oom-worker-killed.ts';
import { makeCleaner, ownWords } from '../../src/gather/clean.ts';
import { parseOomText } from '../../src/gather/oom/parse.ts';
import { parseJournalLine } from '../../src/gather/systemd/journal-line.ts';
import type { EvidenceMap } from '../../src/model/evidence.ts';
import type { UnitJournal } from '../../src/model/systemd.ts';
import { logOf, logText } from '../derive/pm2-log-fixture.ts';
import { app, c, daemon, healthy, home, minute, quote, unit } from '../factories.ts';
import { plainFmt } from '../plain-fmt.ts';

const folder = join(import.meta.dirname, '../fixtures/incidents');
const clean = makeCleaner();
const names = ['web', 'leaky', 'prefork', 'clus'];

function journals(name: string): readonly UnitJournal[] {
  const lines = readFileSync(join(folder, `${name}.journal.ndjson`), 'utf8')
    .split('\n')
    .flatMap((line) => parseJournalLine(line) ?? []);
  return [...new Set(lines.map((line) => line.unit))].map((one) => ({
    unit: c(one),
    events: lines
      .filter((line) => line.unit === one)
      .map((line) => ({
        at: line.at,
        kind: line.kind,
        result: line.result === null ? null : c(line.result),
        restarts: line.restarts,
        quote: quote(line.message, 'systemd journal', line.at),
      })),
  }));
}

/** The host as it would be seen some minutes after the incident. */
function incident(name: string) {
  const unitJournal = journals(name);
  const now = Math.max(...unitJournal.flatMap(({ events }) => events.map(({ at }) => at))) + 10 * minute;
  const { kills } = parseOomText(
    readFileSync(join(folder, `${name}.kernel.log`)),
    ownWords('journalctl -k'),
    clean,
    { bootedAtMs: null, utcOffsetMinutes: 0, now },
  );
  const pm2 = unit({ name: c('pm2-root.service'), oomPolicy: { value: 'stop', source: 'default' } });
  const values: Partial<EvidenceMap> = {
    unitJournal,
    oomLog: { kills, unconfirmed: [], unitLines: [] },
    pm2Log: [logOf(logText(`systemd-${name}`))],
    processes: { processes: [], partial: false },
    daemons: [
      daemon(
        names.map((one, id) =>
          app(one, id, { scriptPath: c(`/srv/apps/${one}.js`), startedAt: now - 9 * minute, pid: 600 + id }),
        ),
        { uid: 0, startedAt: now - 9 * minute, pid: 599 },
      ),
    ],
    startup: {
      ...healthy().startup,
      units: [pm2],
      holders: [
        {
          home,
          daemonPid: 599,
          unit: pm2,
          cgroupPath: c('/system.slice/pm2-root.service'),
        },
      ],
    },
  };
  return { values, now };
}

// biome-ignore lint/suspicious/noExplicitAny: arguments of several audits
type Told = { readonly audit: string; readonly priority: string; readonly args: any; readonly text: string };

function tell(name: string): readonly Told[] {
  const { values, now } = incident(name);
  const map = { ...healthy(), ...values };
  return [killed, workerKilled, tookAll, hog, daemonDied].flatMap((audit) => {
    const seen = Object.fromEntries([...audit.needs, ...(audit.wants ?? [])].map((key) => [key, map[key]]));
    const limits = Object.fromEntries(
      Object.entries(audit.limits).map(([key, limit]) => [key, (limit as { value: number }).value]),
    );
    const context = { now, window: { from: now - 600 * minute, to: now }, covers: {}, limits };
    // biome-ignore lint/suspicious/noExplicitAny: as the runner does
    const drafts = (audit as any).check(seen, context) as readonly { priority: string; args: any }[];
    return drafts.map(({ priority, args }) => {
      // biome-ignore lint/suspicious/noExplicitAny: as the runner does
      const say = (audit as any).words.en;
      return {
        audit: audit.id,
        priority,
        args,
        text: `${say.found(args, plainFmt)}. ${say.effect(args, plainFmt)}`,
      };
    });
  });
}

const story = (name: string) => tell(name).map(({ audit, priority }) => `${audit} ${priority}`);
const only = (name: string) => tell(name)[0]!;

describe('an OOM kill that took PM2 down', () => {
  it.each([
    ['app-limit-app-default'],
    ['app-limit-child-default'],
    ['app-global-app-default'],
    ['daemon-global-default'],
    ['daemon-global-continue'],
    ['app-limit-app-kill'],
    ['oomd'],
    ['dumpcut-stop20'],
  ])('is one finding: %s', (name) => {
    expect(story(name)).toEqual(['oom-took-all P0']);
  });

  it('is told in its order: the kill, the stop, the apps that were down, the way back', () => {
    const { args, text } = only('app-limit-app-default');
    expect(args).toMatchObject({
      victims: [{ name: 'leaky', role: 'app', sure: 'likely' }],
      apps: ['web', 'leaky', 'prefork', 'clus'],
      missing: [],
      backMs: 15_000,
      looksAsked: true,
      group: false,
    });
    expect(text).toMatch(
      /The kernel killed leaky \(448\.2 MB\)\. The limit of pm2-root\.service \(512 MB\) was full\. systemd then stopped .* all 4 apps \(web, leaky, prefork, clus\) were down, .* online 15 s after the kill; all restart counters began at 0, and pm2\.log has it as an ordinary stop/,
    );
  });

  it('names a child it cannot tie by its name, and blames no app', () => {
    expect(only('app-limit-child-default').text).toContain('The kernel killed a process called node');
  });

  it('says that the daemon was the victim, and who was bigger', () => {
    const { args, text } = only('daemon-global-continue');
    expect(args).toMatchObject({ victims: [{ role: 'daemon', sure: 'certain' }], looksAsked: false });
    expect(text).toContain('The kernel killed the PM2 daemon itself');
    expect(text).toContain('It was the victim, not the biggest: python3, not run by PM2, held 355.4 MB');
  });

  it('takes no victim of a group kill for the culprit of another', () => {
    const { args, text } = only('app-limit-app-kill');
    expect(args).toMatchObject({ group: true, killed: { culprit: null }, apps: names });
    expect(text).toContain('systemd had all processes of pm2-root.service killed: at once all 4 apps');
  });

  it('knows systemd-oomd, which leaves no kernel line', () => {
    const { args } = only('oomd');
    expect(args).toMatchObject({ by: 'systemd-oomd', victims: [], apps: names, looksAsked: false });
  });

  it('names the apps that a cut-off dump lost', () => {
    const { args, text } = only('dumpcut-stop20');
    expect(args.missing).toEqual(names);
    expect(text).toContain('web, leaky, prefork, clus did not come back: look for them in dump.pm2.bak');
  });
});

describe('an OOM kill the unit survived', () => {
  it('is that of the app alone', () => {
    expect(story('app-limit-app-continue')).toEqual(['oom-killed P0']);
    expect(only('app-limit-app-continue').text).toMatch(/^leaky was killed for memory/);
  });

  it('of a child that nothing names is of PM2, and of no app', () => {
    expect(only('app-limit-child-continue').text).toMatch(
      /^A process of PM2’s was killed.*not known which\..*its app lived on/,
    );
  });
});
