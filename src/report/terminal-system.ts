import type { Cgroup } from '../model/host.ts';
import { cells, pad, truncate } from './cells.ts';
import { proseToTerminal } from './prose.ts';
import { type Line, paragraph, piece, type Style } from './terminal-line.ts';
import { type Section, section, type TerminalContext } from './terminal-section.ts';
import { killsInWindow } from './view/kills.ts';
import type { SystemRow } from './view/model.ts';
import { systemWords } from './view/words/system.ts';

const valueCells = 15;

const tones: { readonly [S in SystemRow['state']['kind']]: Style } = {
  ok: 'green',
  note: 'plain',
  watch: 'yellow',
  warn: 'red',
  unknown: 'soft',
};

/** Memory, swap, limits, load and disks: a meter, the figures, a word. Rows that are fine and rarely asked for are left out. */
export function systemSection(context: TerminalContext): Section | null {
  const { view, say } = context;
  if (view.system.rows.length === 0) return section(say.system, paragraph(view.system.lead, 0, 2));
  const rare = rareNames(context);
  const rows = view.system.rows.filter(
    ({ name, state }) =>
      !rare.some((prefix) => name.startsWith(prefix)) || state.kind === 'warn' || state.kind === 'watch',
  );
  return section(
    say.system,
    rows.slice(0, 12).map((row) => systemLine(context, row)),
  );
}

/** Pressure and inodes: shown when they are scarce. */
function rareNames({ locale, fmt }: TerminalContext): readonly string[] {
  const words = systemWords[locale](fmt);
  return [words.pressure, words.inodes('')];
}

function systemLine(context: TerminalContext, row: SystemRow): Line {
  const { fill, empty } = bar(row);
  const tone = tones[row.state.kind];
  const word = row.state.word;
  // The state word says it once.
  const value = row.value === context.view.words.unknown ? '' : proseToTerminal(row.value);
  return [
    piece(pad(shortName(context, row), 13)),
    piece(row.meter === null ? ' '.repeat(19) : ' ['),
    ...(row.meter === null
      ? []
      : [
          piece(fill, tone === 'red' || tone === 'yellow' ? tone : 'plain'),
          piece(empty, 'soft'),
          piece(']'),
        ]),
    piece(`${pad(shortShare(row.share ?? ''), 7, 'right')}  ${pad(shortValue(value), valueCells)} `),
    piece(pad(context.locale === 'en' ? word.toLowerCase() : word, 8), tone),
    piece(` ${truncate(note(context, row), 13)}`),
  ];
}

function bar({ meter }: SystemRow): { readonly fill: string; readonly empty: string } {
  const inside = meter?.text.replace(/[[\]]/g, '') ?? '';
  const from = inside.indexOf('.');
  return from < 0 ? { fill: inside, empty: '' } : { fill: inside.slice(0, from), empty: inside.slice(from) };
}

const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const shareCells = 6;

/** `1.1 GB of 7.8 GB` says its unit once; `846 MB of 23.5 GB` is too long, so that it is said in GB. */
function shortValue(value: string): string {
  const sizes = /^([\d.,]+) (\wB|B) (of|\/) (\S+) (\wB|B)$/.exec(value);
  if (sizes === null) return value;
  const [, used = '', ofUsed = '', word, total, unit = ''] = sizes;
  if (ofUsed === unit) return `${used} ${word} ${total} ${unit}`;
  const steps = units.indexOf(unit) - units.indexOf(ofUsed);
  if (steps !== 1 || cells(value) <= valueCells) return value;
  return `${(Number(used.replace(',', '')) / 1024).toFixed(1)} ${word} ${total} ${unit}`;
}

/** A load of `297.5 %` would touch the bar: from 100 % on, the decimal tells nothing. */
const shortShare = (share: string): string =>
  cells(share) <= shareCells ? share : share.replace(/[\d,]+\.\d/, (figure) => figure.replace(/\.\d$/, ''));

const limitOf = (group: Cgroup): string =>
  (group.limitPath ?? group.path).split('/').findLast((part) => part !== '') ?? group.path;

function groupOf({ report, locale, fmt }: TerminalContext, row: SystemRow): Cgroup | undefined {
  const words = systemWords[locale](fmt);
  return report.cgroups.find((group) => row.name === words.limitOf(fmt.name(limitOf(group))));
}

function shortName(context: TerminalContext, row: SystemRow): string {
  const words = systemWords[context.locale](context.fmt);
  if (row.name === words.pressure) return context.say.pressure;
  if (row.name === words.containerLimit) return context.say.containerLimit;
  return groupOf(context, row) === undefined ? proseToTerminal(row.name) : context.say.limit;
}

/** The one fact beside the word: what filled the swap, how often a limit killed. */
function note(context: TerminalContext, row: SystemRow): string {
  const { report, say, locale, fmt } = context;
  if (row.name === systemWords[locale](fmt).swap && row.state.kind === 'note' && row.share !== null)
    return say.idle;
  const group = groupOf(context, row);
  if (group === undefined) return '';
  const path = group.limitPath ?? group.path;
  const kills = killsInWindow(report).filter(
    ({ kill }) => kill.constraint === 'memcg' && (kill.oomMemcg === path || kill.oomMemcg === group.path),
  );
  return kills.length === 0 ? '' : say.kills(kills.length);
}
