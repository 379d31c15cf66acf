import { heldBytes } from '../../derive/kills/kill-summary.ts';
import type { AppText, AttributedKill, OomKill, UnconfirmedKill } from '../../model/oom.ts';
import type { EpochMs, Locale, Quote } from '../../model/text.ts';
import { cells, makeFmt, pad, type ReportFmt, truncate } from '../../report/format.ts';
import { oomWords } from './words.ts';

export interface OomResult {
  readonly kills: readonly AttributedKill[];
  readonly unconfirmed: readonly UnconfirmedKill[];
  readonly appEvidence: readonly AppText[];
  readonly unitLines: readonly Quote[];
  readonly files: readonly OomFile[];
}

/** One log that was read, or was not. */
export interface OomFile {
  readonly path: string;
  readonly kills: number;
  readonly coversFrom: EpochMs | null;
  readonly coversTo: EpochMs | null;
  /** One sentence; null = read whole. */
  readonly problem: string | null;
}

const width = 80;
const columns = [15, 17, 8, 10] as const;
const gapCells = 1;
/** Longer lists stay in the JSON. */
const maxKills = 200;
const maxLines = 20;

const kb = 1024;

/** Terminal text, at most 80 cells a line; quoted text is clean already and cut to fit. */
export function oomText(
  result: OomResult,
  locale: Locale,
  utcOffsetMinutes: number,
  style: { readonly color: boolean; readonly verbose: boolean },
): string {
  const words = oomWords[locale];
  const fmt = makeFmt(locale, utcOffsetMinutes);
  const bold = (text: string): string => (style.color ? `\u001b[1m${text}\u001b[0m` : text);
  const dim = (text: string): string => (style.color ? `\u001b[2m${text}\u001b[0m` : text);
  const red = (text: string): string => (style.color ? `\u001b[31m${text}\u001b[0m` : text);
  const title = (text: string): string =>
    `\n${bold(text)} ${dim('-'.repeat(Math.max(3, width - cells(text) - 1)))}`;
  const lines: string[] = [];

  const verdict = wrap(verdictOf(result, locale, fmt), 0);
  lines.push(...verdict.map((line) => (result.kills.length > 0 ? red(bold(line)) : bold(line))));

  if (result.kills.length > 0) {
    lines.push(title(words.killedTitle), dim(row(words.columns.slice(0, 4), words.columns[4])));
    for (const attributed of result.kills.slice(0, maxKills)) {
      lines.push(killRow(attributed.kill, locale, fmt));
      for (const detail of details(attributed, locale, fmt)) lines.push(...wrap(detail, 2).map(dim));
    }
    if (result.kills.length > maxKills) lines.push(words.more(result.kills.length - maxKills));
  }
  if (result.unconfirmed.length > 0) {
    lines.push(title(words.unconfirmedTitle));
    for (const entry of result.unconfirmed.slice(0, maxLines)) {
      const time = entry.at === null ? (entry.timestamp ?? words.unknown) : fmt.exact(entry.at);
      lines.push(
        row(
          [time, entry.comm ?? words.unknown, entry.pid === null ? words.noPid : String(entry.pid)],
          words.why(entry.why),
        ),
      );
    }
    if (result.unconfirmed.length > maxLines) lines.push(words.more(result.unconfirmed.length - maxLines));
  }
  if (result.appEvidence.length > 0) {
    lines.push(title(words.appTitle));
    for (const text of result.appEvidence.slice(0, maxLines)) {
      const name = text.app ?? text.who;
      const who = [
        text.kind,
        name,
        text.pid === null ? null : `pid ${text.pid}`,
        words.verdict[text.verdict],
      ].filter((part) => part !== null);
      lines.push(truncate(who.join('  '), width), dim(`  ${truncate(text.quote.text, width - 2)}`));
    }
    if (result.appEvidence.length > maxLines) lines.push(words.more(result.appEvidence.length - maxLines));
  }
  if (result.unitLines.length > 0) {
    lines.push(title(words.unitTitle));
    for (const quote of result.unitLines.slice(0, maxLines)) lines.push(truncate(quote.text, width));
  }
  const readable = result.files.filter(({ problem }) => problem === null);
  if (style.verbose || readable.length > 1) {
    lines.push('');
    for (const file of readable) lines.push(...wrap(coversOf(file, locale, fmt), 0).map(dim));
  }
  return `${lines.join('\n')}\n`;
}

function day(at: EpochMs, fmt: ReportFmt): string {
  return `${fmt.isoDate(at)} ${fmt.clock(at)}`;
}

function coversOf(file: OomFile, locale: Locale, fmt: ReportFmt): string {
  const words = oomWords[locale];
  const from = file.coversFrom === null ? words.noTimes : day(file.coversFrom, fmt);
  const to = file.coversTo === null ? words.noTimes : day(file.coversTo, fmt);
  return words.covers(file.path, from, to);
}

/** Absence is bounded: none in these files, from then to then. */
function verdictOf(result: OomResult, locale: Locale, fmt: ReportFmt): string {
  const words = oomWords[locale];
  const more = result.unconfirmed.length === 0 ? '' : words.unconfirmed(result.unconfirmed.length);
  if (result.kills.length === 0) {
    const read = result.files.filter(({ problem }) => problem === null);
    const starts = read.flatMap(({ coversFrom }) => (coversFrom === null ? [] : [coversFrom]));
    const ends = read.flatMap(({ coversTo }) => (coversTo === null ? [] : [coversTo]));
    const isBounded = read.length > 0 && starts.length === read.length && ends.length === read.length;
    const span = isBounded ? words.between(day(Math.min(...starts), fmt), day(Math.max(...ends), fmt)) : '';
    return `${words.noKill(
      fmt.list(
        read.map(({ path }) => path),
        3,
      ),
    )}${span}${more}${words.stop}`;
  }
  const times = result.kills.flatMap(({ kill }) => (kill.at === null ? [] : [kill.at]));
  const count = result.kills.length;
  if (times.length < count) return `${words.killsUndated(count, count - times.length)}${more}${words.stop}`;
  const first = times.reduce((a, b) => Math.min(a, b));
  const last = times.reduce((a, b) => Math.max(a, b));
  return `${words.kills(count, day(first, fmt), day(last, fmt))}${more}${words.stop}`;
}

function row(columnTexts: readonly string[], last: string): string {
  const left = columnTexts
    .map((text, index) => pad(text, columns[index] ?? 10, index >= 2 ? 'right' : 'left'))
    .join(' '.repeat(gapCells));
  const space = width - cells(left) - 2;
  return `${left}  ${truncate(last, space)}`.trimEnd();
}

function killRow(kill: OomKill, locale: Locale, fmt: ReportFmt): string {
  const words = oomWords[locale];
  const held = heldBytes(kill);
  const time = kill.at === null ? (kill.timestamp ?? words.unknown) : fmt.exact(kill.at);
  const name = kill.comm ?? kill.unit ?? kill.taskMemcg ?? words.unknown;
  const reason =
    kill.constraint === 'userspace' || kill.killer !== 'kernel'
      ? kill.killer
      : words.constraint[kill.constraint];
  return row(
    [
      time,
      name,
      kill.pid === null ? words.noPid : String(kill.pid),
      held === null ? words.unknown : fmt.bytes(held),
    ],
    reason,
  );
}

function details({ kill, app, biggest }: AttributedKill, locale: Locale, fmt: ReportFmt): string[] {
  const words = oomWords[locale];
  const out: string[] = [];
  const separator = locale === 'en' ? '; ' : '；';
  const limit =
    kill.oomMemcg === null
      ? null
      : words.limit(kill.oomMemcg, kill.limitKb === null ? null : fmt.bytes(kill.limitKb * kb));
  const where =
    kill.taskMemcg === null || kill.taskMemcg === kill.oomMemcg ? null : words.cgroup(kill.taskMemcg);
  const facts = [
    app === null ? null : words.app(app.name),
    words.evidence[kill.evidence],
    limit,
    where,
    kill.swapKb ? words.swapped(fmt.bytes(kill.swapKb * kb)) : null,
    kill.signal,
    kill.processes === null ? null : words.processes(kill.processes),
    kill.sysrq ? words.sysrq : null,
    kill.repeats > 1 ? words.repeats(kill.repeats) : null,
  ].filter((fact) => fact !== null);
  if (facts.length > 0) out.push(facts.join(separator));
  const others = [
    kill.invokedBy && (kill.invokedBy.comm !== kill.comm || kill.invokedBy.pid !== kill.pid) && !kill.sysrq
      ? words.askedBy(kill.invokedBy.comm)
      : null,
    biggest.length > 0
      ? words.biggest(
          biggest
            .slice(0, 3)
            .map(({ name, rssBytes }) => `${name} ${fmt.bytes(rssBytes)}`)
            .join(locale === 'en' ? ', ' : '、'),
        )
      : null,
  ].filter((fact) => fact !== null);
  if (others.length > 0) out.push(others.join(separator));
  return out;
}

/** Breaks at spaces; what has none, such as a path, at the edge. */
function wrap(text: string, indent: number): string[] {
  const space = ' '.repeat(indent);
  const out: string[] = [];
  let line = '';
  for (const word of text.split(/(?<=[ ；，、])/)) {
    let rest = word;
    if (cells(line + rest.trimEnd()) > width - indent && line !== '') {
      out.push(space + line.trimEnd());
      line = '';
    }
    while (cells(rest.trimEnd()) > width - indent) {
      let cut = '';
      for (const character of rest) {
        if (cells(cut + character) > width - indent) break;
        cut += character;
      }
      if (cut === '') break;
      out.push(space + cut);
      rest = rest.slice(cut.length);
    }
    line += rest;
  }
  if (line.trim() !== '') out.push(space + line.trimEnd());
  return out;
}
