import type { CommandResult, Host, Outcome } from '../host/host.ts';
import type { Gap, Why } from '../model/gap.ts';
import type { StartupFacts, UnitJournal } from '../model/systemd.ts';
import { ownWords } from './clean.ts';
import { type GatherContext, type Gatherer, unseen } from './gatherer.ts';
import { type JournalLine, parseJournalLine } from './systemd/journal-line.ts';
import { journalSpan } from './systemd/journal-span.ts';

const maxBytes = 4 * 1024 * 1024;
const fields = 'MESSAGE,MESSAGE_ID,UNIT,USER_UNIT,UNIT_RESULT,N_RESTARTS';

/**
 * What systemd wrote about the units and scopes that start or hold PM2, in the window. Only this tells an OOM stop of a whole
 * unit from `pm2 kill`: PM2's own log looks the same. Unit names are those of the system's manager, and of users' own.
 */
export const unitJournal: Gatherer<'unitJournal'> = {
  key: 'unitJournal',
  sources: ['journalctl -o json _PID=1 UNIT=…'],
  privilege: 'root, or a member of the group systemd-journal or adm.',
  remedy: 'run-as-root',
  after: ['startup'],
  budgetMs: 6000,
  async gather(host, context) {
    const facts = context.seen('startup');
    const names = facts === null ? [] : unitNames(facts);
    if (facts === null) return blind(context, 'not-supported', 'startup', 'start-up is not known', 'none');
    // Where systemd does not run there is no unit that could have ended: that is known, not hidden.
    if (!facts.systemd) return whole(context, host, [], [], null, 'no systemd here: process 1 is another');
    if (names.length === 0) return whole(context, host, [], [], null);
    const { folders, from } = journalSpan(host);
    if (folders.length === 0)
      return blind(context, 'not-found', '/var/log/journal', 'no journal is kept', 'persistent-journal');

    const result = await ask(host, names, context.options.window.from);
    if (!result.ok) return blind(context, result.why, 'journalctl', result.detail, 'run-as-root');
    const { code, stdout, stderr, truncated } = result.value;
    const text = stdout.toString('utf8');
    const isEmpty = text.trim() === '';
    if (isEmpty && /No journal files were found/.test(stderr))
      return blind(context, 'not-found', 'journalctl', stderr, 'persistent-journal');
    // It prints what the user may see, and a hint that this is not all.
    const isPartial = /not seeing messages from|insufficient permissions|Permission denied/i.test(stderr);
    if (isPartial && isEmpty) return blind(context, 'permission-denied', 'journalctl', stderr, 'run-as-root');
    // journalctl ends with 1 when nothing matches.
    if (code !== 0 && code !== 1 && isEmpty)
      return blind(context, 'malformed', 'journalctl', stderr, 'run-as-root');
    const lines = text.split('\n').flatMap((line) => parseJournalLine(line) ?? []);
    const gaps: Gap[] = [];
    if (truncated)
      gaps.push(gap(context, 'truncated', 'journalctl', `the first ${maxBytes} bytes were read`, 'none'));
    if (isPartial) gaps.push(gap(context, 'permission-denied', 'journalctl', stderr, 'run-as-root'));
    return whole(context, host, byUnit(context, names, lines), gaps, from);
  },
};

function unitNames(facts: StartupFacts): readonly string[] {
  const held = facts.holders.flatMap((holder) => (holder.unit === null ? [] : [holder.unit.name]));
  return [...new Set([...facts.units.map((unit) => unit.name), ...held])];
}

async function ask(host: Host, names: readonly string[], from: number): Promise<Outcome<CommandResult>> {
  const matches = [
    '_PID=1',
    ...names.map((name) => `UNIT=${name}`),
    '+',
    ...names.map((name) => `USER_UNIT=${name}`),
  ];
  const since = ['--since', `@${Math.floor(from / 1000)}`];
  const limits = { timeoutMs: 4000, maxBytes };
  const base = ['--no-pager', '-o', 'json', ...since];
  const result = await host.run('journalctl', [...base, `--output-fields=${fields}`, ...matches], limits);
  // --output-fields came with systemd 236.
  if (!result.ok || !/unrecognized option|invalid option/.test(result.value.stderr)) return result;
  return host.run('journalctl', [...base, ...matches], limits);
}

function byUnit(
  context: GatherContext,
  names: readonly string[],
  lines: readonly JournalLine[],
): readonly UnitJournal[] {
  const source = ownWords('systemd journal');
  return names.map((name) => ({
    unit: context.clean.text(name),
    events: lines
      .filter((line) => line.unit === name)
      .sort((a, b) => a.at - b.at)
      .map((line) => ({
        at: Math.round(line.at),
        kind: line.kind,
        result: line.result === null ? null : context.clean.text(line.result, 80),
        restarts: line.restarts,
        quote: { source, at: Math.round(line.at), text: context.clean.text(line.message, 500) },
      })),
  }));
}

function whole(
  context: GatherContext,
  host: Host,
  value: readonly UnitJournal[],
  gaps: readonly Gap[],
  journalFrom: number | null,
  source = 'systemd journal',
) {
  const { from } = context.options.window;
  return {
    seen: true,
    value,
    source: ownWords(source),
    covers: { from: journalFrom === null ? null : Math.max(from, journalFrom), to: host.now() },
    gaps,
  } as const;
}

function gap(context: GatherContext, why: Why, source: string, detail: string, remedy: Gap['remedy']): Gap {
  const tried = [{ source, why, detail: context.clean.text(detail.trim() || 'no output', 300) }];
  return { key: 'unitJournal', subject: ownWords('journal of the units'), why, tried, remedy };
}

function blind(context: GatherContext, why: Why, source: string, detail: string, remedy: Gap['remedy']) {
  return unseen(gap(context, why, source, detail, remedy));
}
