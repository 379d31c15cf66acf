import type { AttributedKill } from '../../model/oom.ts';
import { oomTimeline, type TimelineKill } from '../chart/oom-timeline.ts';
import type { TimeAxis } from '../chart/time-axis.ts';
import type { Prose } from './atoms.ts';
import { chartTicks } from './chart-frame.ts';
import type { Context } from './context.ts';
import type { KillRow, OomView } from './incidents.ts';
import { biggerOther, heldBytes, killsInWindow, killsSeenFrom, lostKills } from './kills.ts';
import { sure } from './marks.ts';
import { quoteView } from './quotes.ts';
import { type OomWords, oomWords } from './words/oom.ts';

/** Rows of the table; the rest of a kill storm is counted and stands in the JSON. */
const shownKills = 30;
const shownUnconfirmed = 8;
/** A chart name of a long-named app. */
const chartName = (name: string): string =>
  [...name].length > 26 ? `${[...name].slice(0, 25).join('')}…` : name;

/** Kills of the window: time line, table with victim against cause and how sure, then what is lost or only announced. */
export function oomView(context: Context): OomView {
  const { report, fmt } = context;
  const say = oomWords[context.locale](fmt);
  const kills = killsInWindow(report);
  const shown = kills.slice(-shownKills);
  const first = kills.length - shown.length + 1;
  const from = killsSeenFrom(report);
  const since = from !== null && from > report.window.from ? fmt.time(from) : null;
  const windowMs = report.window.to - report.window.from;
  const by = (constraint: string): number =>
    kills.filter(({ kill }) => kill.constraint === constraint).length;
  const lost = lostKills(report);
  const shownAnnounced = report.unconfirmedKills.slice(0, shownUnconfirmed);
  return {
    lead:
      report.oomKills === null
        ? say.unseen
        : kills.length === 0
          ? say.none(from === null ? null : fmt.time(from), windowMs)
          : say.lead({
              kills: kills.length,
              since,
              windowMs,
              group: by('memcg'),
              host: by('global'),
              other: kills.length - by('memcg') - by('global'),
            }),
    chart: chart(context, say, shown, first),
    kills: shown.map((kill, index) => killRow(context, say, kill, first + index)),
    notes: notes(context, say, kills, shown, first),
    lost: report.oomKills !== null && lost !== null && lost > 0 ? say.lost(lost) : null,
    unconfirmedLead:
      report.unconfirmedKills.length === 0 ? null : say.unconfirmed(report.unconfirmedKills.length),
    unconfirmed: shownAnnounced.map((item) => ({
      what: say.announced(say.process(item.comm, item.pid), item.why),
      quote: quoteView(context, item.quote),
    })),
  };
}

/** What the victim is called: its app, else the name of the process. */
function victimName({ fmt }: Context, say: OomWords, kill: AttributedKill): Prose {
  return say.who(kill.role, kill.app === null ? null : fmt.name(kill.app.name), kill.confidence);
}

function killRow(context: Context, say: OomWords, kill: AttributedKill, number: number): KillRow {
  const { fmt, report } = context;
  const { kill: facts } = kill;
  const held = heldBytes(kill);
  const other = biggerOther(kill);
  const limit = facts.limitKb === null ? null : facts.limitKb * 1024;
  const ranOutBytes =
    facts.constraint === 'memcg'
      ? limit
      : facts.constraint === 'global'
        ? (report.host?.memory.totalBytes ?? null)
        : null;
  const isMost = held !== null && ranOutBytes !== null && held >= ranOutBytes * 0.4;
  const isVictim = other?.isSure === true && held !== null && other.rssBytes >= held * 2;
  const name = kill.app === null ? '' : fmt.name(kill.app.name);
  const firstQuote = facts.quotes[0] ?? kill.because[0];
  const why = [
    say.why(kill.reason, name, facts.killer === 'earlyoom' || facts.killer === 'nohang', facts.taskMemcg),
    kill.candidates.length > 0 ? say.candidates(kill.candidates.map((app) => fmt.name(app.name))) : null,
    say.evidence(facts.evidence),
    facts.repeats > 1 ? say.repeats(facts.repeats) : null,
  ].filter((part) => part !== null);
  return {
    number,
    when: facts.at === null ? (facts.timestamp ?? say.noTime) : exactWhen(context, facts.at),
    ranOut: say.ranOut(
      facts.constraint,
      facts.killer,
      limit === null ? null : fmt.bytes(limit),
      report.host === null ? null : fmt.bytes(report.host.memory.totalBytes),
    ),
    held: held === null ? null : fmt.bytes(held),
    who: victimName(context, say, kill),
    process: say.process(facts.comm, facts.pid),
    biggest:
      other !== null
        ? `${say.those(fmt.name(other.app?.name ?? other.name), other.processes)} ${fmt.bytes(other.rssBytes)}`
        : kill.biggest.length === 0 || held === null
          ? say.biggerUnknown
          : say.itself,
    biggestNote:
      other !== null
        ? isVictim
          ? say.victim
          : say.bigger
        : kill.biggest.length === 0 || held === null
          ? null
          : isMost
            ? say.itselfNote
            : say.itselfBiggest,
    isVictim,
    sure: sure(context, kill.confidence),
    why: why.join(context.locale === 'en' ? '; ' : '；'),
    quote: firstQuote === undefined ? null : quoteView(context, firstQuote),
  };
}

function exactWhen({ fmt, locale }: Context, at: number): string {
  return locale === 'en' ? `${fmt.fullDate(at).slice(0, 3)} ${fmt.exact(at)}` : fmt.exact(at);
}

function notes(
  context: Context,
  say: OomWords,
  kills: readonly AttributedKill[],
  shown: readonly AttributedKill[],
  first: number,
): readonly Prose[] {
  const { report, fmt } = context;
  if (report.oomKills === null) return [];
  const found: Prose[] = [];
  if (kills.length > shown.length) found.push(say.cut(kills.length - shown.length));
  const earlier = report.oomKills.length - kills.length;
  if (earlier > 0) found.push(say.earlier(earlier));
  for (const [index, kill] of shown.entries()) {
    const other = biggerOther(kill);
    const adj = kill.kill.oomScoreAdj;
    if (other !== null && adj !== null && adj > 0 && found.length < 4)
      found.push(
        say.scoreAdj(
          first + index,
          adj,
          victimName(context, say, kill),
          fmt.name(other.app?.name ?? other.name),
        ),
      );
  }
  const untimed = kills.filter(({ kill }) => kill.at === null).length;
  if (untimed > 0) found.push(say.untimed(untimed));
  const lost = lostKills(report);
  if (lost !== null && lost > 0) found.push(say.lost(lost));
  else if (lost === 0 && (report.oomCounters?.sinceBoot ?? 0) > 0)
    found.push(say.counterAgrees(report.oomCounters?.sinceBoot ?? 0));
  else if (lost === null && report.oomCounters?.sinceBoot == null) found.push(say.counterUnread);
  return found;
}

function chart(
  context: Context,
  say: OomWords,
  kills: readonly AttributedKill[],
  first: number,
): OomView['chart'] {
  const { report, fmt } = context;
  const placed = kills.flatMap(
    (kill, index): readonly (TimelineKill & { readonly who: string; readonly bigger: string | null })[] => {
      const bytes = heldBytes(kill);
      if (kill.kill.at === null || bytes === null) return [];
      const other = biggerOther(kill);
      const who = chartName(kill.app?.name ?? kill.kill.comm ?? say.biggerUnknown);
      return [
        {
          number: first + index,
          at: kill.kill.at,
          bytes,
          biggestBytes: other?.rssBytes ?? null,
          label: `${who} ${fmt.bytes(bytes)}`,
          short: fmt.bytes(bytes),
          who,
          bigger: other === null ? null : chartName(other.app?.name ?? other.name),
        },
      ];
    },
  );
  if (placed.length === 0) return null;
  const axis: TimeAxis = {
    from: report.window.from,
    to: report.window.to,
    utcOffsetMinutes: report.utcOffsetMinutes,
  };
  const from = killsSeenFrom(report);
  const drawn = oomTimeline(
    axis,
    placed,
    limitLines(context, say, kills, Math.max(...placed.map((kill) => kill.bytes))),
    from,
  );
  const sentences = placed.map((kill) =>
    say.chartKill(kill.number, exactWhen(context, kill.at), kill.who, fmt.bytes(kill.bytes), kill.bigger),
  );
  return {
    ...drawn,
    id: 'oom-chart',
    title: say.chartTitle(axis.to - axis.from),
    description: [
      ...sentences,
      ...(drawn.unseen === null || from === null ? [] : [say.chartUnseen(fmt.time(from))]),
    ].join(' '),
    ticks: chartTicks(context, drawn.ticks),
    hasBiggest: placed.some((kill) => kill.biggestBytes !== null),
  };
}

/** Lines of what ran out: limits of the groups that killed, the host's memory where it was exhausted or is near. */
function limitLines(
  { report, fmt }: Context,
  say: OomWords,
  kills: readonly AttributedKill[],
  highest: number,
): readonly { readonly bytes: number; readonly label: string; readonly short: string }[] {
  const lines = new Map<number, readonly [string, string]>();
  for (const { kill } of kills) {
    if (kill.constraint !== 'memcg' || kill.limitKb === null || lines.size >= 3) continue;
    const bytes = kill.limitKb * 1024;
    const name = kill.oomMemcg?.split('/').findLast((part) => part !== '') ?? '';
    if (!lines.has(bytes) && bytes <= highest * 20)
      lines.set(bytes, say.groupLine(chartName(name), fmt.bytes(bytes)));
  }
  const total = report.host?.memory.totalBytes ?? null;
  const isHostOut = kills.some(({ kill }) => kill.constraint === 'global');
  if (total !== null && (isHostOut ? total <= highest * 20 : total <= highest * 4))
    lines.set(total, say.hostLine(fmt.bytes(total)));
  return [...lines].map(([bytes, [label, short]]) => ({ bytes, label, short }));
}
