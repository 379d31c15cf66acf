import type { Host } from '../../host/host.ts';
import { ownWords } from '../clean.ts';
import type { GatherContext } from '../gatherer.ts';
import { journalSpan } from '../systemd/journal-span.ts';
import { clockOf, commandMs, type Findings, fail, failureOf, gap, maxBytes, oldest } from './findings.ts';
import { parseOomText } from './parse.ts';

/** systemd-oomd, earlyoom and nohang run as units; only then their lines are worth a look into the journal. */
export function hasUserspaceKiller(host: Host): boolean {
  return ['/sys/fs/cgroup/system.slice', '/sys/fs/cgroup/systemd/system.slice'].some((folder) => {
    const names = host.list(folder);
    return (
      names.ok &&
      names.value.some((name) => /^(?:systemd-oomd|earlyoom|nohang(?:-desktop)?)\.service$/.test(name))
    );
  });
}

const userspaceMatches = [
  'SYSLOG_IDENTIFIER=systemd-oomd',
  '+',
  'SYSLOG_IDENTIFIER=earlyoom',
  '+',
  'SYSLOG_IDENTIFIER=nohang',
  '+',
  // sd-messages.h: a unit hit by systemd-oomd, by the kernel's OOM killer.
  '_PID=1',
  'MESSAGE_ID=d989611b15e44c9dbf31e3c81256e4ed',
  '+',
  '_PID=1',
  'MESSAGE_ID=fe6faa94e7774663a0da52717891d8ef',
];
const wantedFields =
  'MESSAGE,_TRANSPORT,SYSLOG_FACILITY,SYSLOG_IDENTIFIER,PRIORITY,_SOURCE_MONOTONIC_TIMESTAMP';
/** Lines of a dump that tell something; the rest (registers, zones) stays in the journal. Needs systemd 237 with PCRE2. */
const wantedLines =
  '[Kk]ill|oom|OOM|Task|memory: usage|stats for|PID: |Pid: |SIGTERM|SIGKILL|badness|dryrun|^\\[ *(pid|[0-9]+) *\\]';

/** All boots: matches by field, unlike `-k`, do not stop at this boot. */
export async function readJournal(
  host: Host,
  context: GatherContext,
  found: Findings,
  withKernel: boolean,
): Promise<void> {
  const { folders, from: journalFrom } = journalSpan(host);
  const source = ownWords('systemd journal');
  if (folders.length === 0) {
    fail(context, found, 'journalctl -k', 'not-found', 'no journal is kept');
    return;
  }
  const known = oldest(found);
  const isOlder = withKernel && (journalFrom === null || known === null || journalFrom < known);
  const matches = [...(isOlder ? ['_TRANSPORT=kernel', '+'] : []), ...userspaceMatches];
  const base = [
    '--no-pager',
    '-q',
    '-o',
    'json',
    '--since',
    `@${Math.floor(context.options.window.from / 1000)}`,
  ];
  const limits = { timeoutMs: commandMs, maxBytes };
  let result = await host.run(
    'journalctl',
    [...base, `--output-fields=${wantedFields}`, `--grep=${wantedLines}`, ...matches],
    limits,
  );
  if (result.ok && /unrecognized option|invalid option|pattern matching/i.test(result.value.stderr))
    result = await host.run('journalctl', [...base, ...matches], limits);
  // Nothing found ends with code 1 and no words.
  const isEmpty = result.ok && result.value.stdout.length === 0 && result.value.stderr.trim() === '';
  const failure = isEmpty ? null : failureOf(result);
  if (!result.ok || failure !== null) {
    fail(context, found, 'journalctl -k', failure?.why ?? 'malformed', failure?.detail ?? '');
    return;
  }
  const parse = parseOomText(result.value.stdout, source, context.clean, clockOf(host));
  const { window } = context.options;
  const from = isOlder ? Math.max(window.from, journalFrom ?? parse.coversFrom ?? window.to) : null;
  found.read.push({ source, parse, from });
  if (result.value.truncated)
    found.gaps.push(gap(context, found, 'truncated', `the first ${maxBytes} bytes were read`));
}
