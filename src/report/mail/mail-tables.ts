import type { Prose } from '../view/atoms.ts';
import type { SystemRow } from '../view/model.ts';
import type { View } from '../view/view.ts';
import { barColors, mailMeter, mailState } from './mail-atoms.ts';
import type { MailView } from './mail-model.ts';
import type { MailWords } from './mail-words.ts';
import { type Room, within } from './room.ts';

const stateColors = {
  ok: barColors.grey,
  note: barColors.grey,
  watch: barColors.orange,
  warn: barColors.red,
  unknown: barColors.grey,
} as const;

/** What is not fine is never cut before what is; what is fine needs no judgement beside its word. */
export function systemPart({ system, words }: View, say: MailWords, room: Room): MailView['system'] {
  const isFine = ({ state }: SystemRow): boolean => state.kind === 'ok';
  const kept = new Set(
    [...system.rows.filter((row) => !isFine(row)), ...system.rows.filter(isFine)].slice(0, room.system),
  );
  const shown = system.rows.filter((row) => kept.has(row));
  const left = system.rows.length - shown.length;
  const { what, used, judgement } = words.systemTable;
  return {
    title: words.heading.system,
    lead: system.plainLead,
    head: { what, used, judgement },
    rows: shown.map((row) => ({
      name: within(row.name, room.text),
      value: within(row.value, room.text),
      share: row.share,
      meter: row.meter === null ? null : mailMeter(row.meter.percent, stateColors[row.state.kind]),
      state: mailState(row.state),
      judgement: isFine(row) ? null : within(row.plain, room.text),
    })),
    rest: left > 0 ? say.moreRows(left) : null,
  };
}

export function appsPart({ processes, annex, words }: View, say: MailWords, room: Room): MailView['apps'] {
  const rows = processes.memory.slice(0, room.apps);
  const used = rows.flatMap(({ causes }) => causes.map(({ mark }) => mark));
  const marks = processes.keys.filter(({ cause }) => used.some((mark) => mark.cause === cause));
  const unknown = words.unknown;
  return {
    title: say.apps,
    empty: processes.empty,
    caption: say.appsNote(annex.rows.length <= rows.length),
    head: { app: words.memoryTable.app, memory: say.memory, restarts: say.restarts },
    rows: rows.map((row) => ({
      name: within(row.app.name, 120),
      status: row.app.statusTone === 'green' ? null : row.app.status,
      isTrouble: row.app.statusTone === 'red',
      pm2: row.pm2 ?? unknown,
      pm2Bar: row.pm2Bar === null ? null : mailMeter(row.pm2Bar, barColors.pale),
      tree: row.tree ?? unknown,
      treeBar:
        row.treeBar === null ? null : mailMeter(row.treeBar, row.isHidden ? barColors.red : barColors.dark),
      isHidden: row.isHidden,
      restarts: row.restarts,
      causes: row.causes.map(({ mark, shown }) => ({ symbol: mark.symbol, shown })),
    })),
    marks: marks.map(({ symbol, word }) => ({ symbol, word })),
  };
}

export function killsPart({ oom, words }: View, say: MailWords, room: Room): MailView['kills'] {
  // Newest last, as in the report; the newest are shown.
  const rows = oom.kills.slice(-room.kills);
  const left = (rows[0]?.number ?? 1) - 1;
  const { killed, held } = words.oomTable;
  return {
    title: words.heading.oom,
    lead: within(oom.lead, room.text),
    head: { when: say.when, killed, held, sure: say.sure },
    rows: rows.map((row) => ({
      when: row.when,
      who: row.who,
      note: row.isVictim ? `${row.biggestNote ?? ''}${say.colon}${row.biggest}` : row.process,
      isVictim: row.isVictim,
      held: row.held ?? words.unknown,
      sure: row.sure.word,
    })),
    notes: [oom.lost, oom.unconfirmedLead].filter((note) => note !== null),
    rest: left > 0 ? say.earlierKills(left) : null,
  };
}

export function blindPart({ blind, words }: View, say: MailWords, room: Room): MailView['blind'] {
  const shown = blind.rows.slice(0, room.blind);
  const left = blind.rows.length - shown.length;
  return {
    title: words.heading.blind,
    lead: within(blind.lead, room.text),
    rows: shown.map(({ what, why }) => ({
      what: within(what, room.text),
      why: why === '' ? null : within(why, room.text),
    })),
    muted: mutedPart(blind.muted, words.muted, say, room),
    rest:
      left > 0 || blind.more !== null
        ? [left > 0 ? say.moreRows(left) : '', blind.more ?? ''].join(say.space).trim()
        : null,
  };
}

/** What the configuration keeps quiet is not nothing. */
function mutedPart(
  muted: readonly Prose[],
  title: string,
  say: MailWords,
  room: Room,
): NonNullable<MailView['blind']>['muted'] {
  if (muted.length === 0) return null;
  const left = muted.length - room.changes;
  return {
    title,
    rows: muted.slice(0, room.changes).map((row) => within(row, room.text)),
    rest: left > 0 ? say.moreRows(left) : null,
  };
}
