import { evidenceNames, gapAudit } from '../../derive/gap-words.ts';
import { priorities } from '../../model/finding.ts';
import type { Daemon } from '../../model/pm2.ts';
import { zone } from '../format.ts';
import type { Prose } from './atoms.ts';
import type { Context } from './context.ts';
import { heldBytes, killsInWindow, killsSeenFrom, ownerOf } from './kills.ts';
import { fixAnchor, isSerious, pill } from './marks.ts';
import type { HeaderView } from './model.ts';
import { type HeaderWords, headerWords } from './words/header.ts';

/** Names of the sibling files, where they are written beside the page. */
export interface SiblingFiles {
  readonly json: string | null;
  readonly markdown: string | null;
}

/** Verdict, one sentence of fact, what to do first, score, counts and facts. */
export function headerView(context: Context, files: SiblingFiles): HeaderView {
  const { report, fmt, words } = context;
  const say = headerWords[context.locale](fmt);
  return {
    kind: report.verdict,
    word: words.verdict[report.verdict],
    host: report.host?.name ?? words.hostUnknown,
    takenAt: say.takenAt(
      fmt.fullDate(report.takenAt),
      fmt.clock(report.takenAt),
      zone(report.utcOffsetMinutes),
    ),
    takenAtIso: fmt.iso(report.takenAt),
    stamp: fmt.stamp(report.takenAt),
    say: factSentence(context, say),
    first: firstFixes(context, say),
    score: report.score === null ? null : String(report.score),
    grade: report.grade,
    scoreNotes: scoreNotes(context, say),
    counts: priorities.map((priority) => ({
      pill: pill(context, priority),
      count: report.counts[priority],
      href: report.fixes.some((fix) => fix.priority === priority) ? `#${priority.toLowerCase()}` : '#fixes',
    })),
    facts: facts(context, say),
    files: [
      ...(files.json === null ? [] : [{ href: encodeURI(files.json), text: say.json }]),
      ...(files.markdown === null ? [] : [{ href: encodeURI(files.markdown), text: say.markdown }]),
    ],
  };
}

export function pageTitle(context: Context): string {
  const { report, fmt, words } = context;
  return headerWords[context.locale](fmt).title(
    report.host?.name ?? words.hostUnknown,
    words.verdict[report.verdict],
    report.counts.P0,
    fmt.isoDate(report.takenAt),
  );
}

/** Answers: what is the matter, in one sentence that only says what was seen? */
export function factSentence(context: Context, say: HeaderWords): Prose {
  const { report, says, locale } = context;
  const serious = report.findings.filter(isSerious);
  const worst = serious[0];
  if (worst !== undefined && !(worst.audit === gapAudit && report.verdict === 'unknown')) {
    const kills = killsInWindow(report);
    const isKill = worst.audit === 'oom-killed' || worst.audit === 'oom-worker-killed';
    return isKill && kills.length > 1
      ? killSentence(context, say)
      : say.headline(says.headline(worst), serious.length - 1);
  }
  const silent = report.daemons.find((daemon) => daemon.state !== 'online');
  const daemonsSeen = report.evidence.find((row) => row.key === 'daemons')?.seen === true;
  if (daemonsSeen && report.daemons.length === 0) return say.noDaemon;
  if (
    report.daemons.every((daemon) => daemon.state !== 'online') &&
    silent !== undefined &&
    silent.state !== 'online'
  )
    return say.daemonState[silent.state](context.fmt.code(silent.home));
  if (report.verdict === 'unknown') {
    const unseen = report.evidence.filter((row) => !row.seen).map((row) => evidenceNames[locale][row.key]);
    return say.unknown(unseen.length > 0 ? unseen : [evidenceNames[locale].daemons]);
  }
  const online = report.processes.filter(({ app }) => app.status === 'online').length;
  return say.healthy(online, report.processes.length, killClause(context, say), report.findings.length);
}

function killClause(context: Context, say: HeaderWords): Prose {
  const { report, fmt } = context;
  if (report.oomKills === null) return say.killsUnseen;
  const kills = killsInWindow(report).length;
  if (kills > 0) return say.killsSome(kills);
  const from = killsSeenFrom(report);
  return from === null ? say.noneEver : say.noneSince(fmt.time(from));
}

function killSentence(context: Context, say: HeaderWords): Prose {
  const { report, fmt } = context;
  const kills = killsInWindow(report);
  const victims = new Map<string, { name: string; count: number; isChild: boolean }>();
  for (const kill of kills) {
    const app = ownerOf(kill);
    if (app === null) continue;
    const isChild = kill.role === 'child';
    const key = `${app.home} ${app.pmId} ${isChild}`;
    const known = victims.get(key);
    if (known === undefined) victims.set(key, { name: fmt.name(app.name), count: 1, isChild });
    else known.count += 1;
  }
  const isForeign = (kill: (typeof kills)[number]): boolean =>
    kill.role === 'other' && kill.confidence !== 'none' && kill.confidence !== 'possible';
  const foreign = kills.filter((kill) => ownerOf(kill) === null && isForeign(kill));
  const largest = kills.reduce<{ kill: (typeof kills)[number]; bytes: number } | null>((best, kill) => {
    const bytes = heldBytes(kill);
    return bytes !== null && (best === null || bytes > best.bytes) ? { kill, bytes } : best;
  }, null);
  const comm = largest?.kill.kill.comm ?? null;
  return say.kills({
    total: kills.length,
    windowMs: report.window.to - report.window.from,
    victims: [...victims.values()].sort((a, b) => b.count - a.count),
    foreign: foreign.length,
    untied: kills.filter((kill) => ownerOf(kill) === null && !isForeign(kill)).length,
    largest:
      largest !== null && comm !== null && foreign.includes(largest.kill)
        ? { name: fmt.name(comm), bytes: largest.bytes }
        : null,
  });
}

function firstFixes(context: Context, say: HeaderWords): HeaderView['first'] {
  const { report, says, words } = context;
  const urgent = report.fixes.filter((fix) => fix.priority === 'P0' || fix.priority === 'P1').slice(0, 2);
  return urgent.map((planned, index) => {
    const fix = says.fix(planned);
    return {
      word: index === 0 ? words.first : words.then,
      id: planned.id,
      href: `#${fixAnchor(planned.id)}`,
      title: fix.title,
      time: fix.minutes > 0 ? say.minutes(fix.minutes) : '',
    };
  });
}

function scoreNotes({ report, fmt }: Context, say: HeaderWords): readonly Prose[] {
  const blind = report.verdicts.filter((verdict) => verdict.outcome === 'blind').length;
  const errors = report.verdicts.filter((verdict) => verdict.outcome === 'error').length;
  const past = report.past;
  const notes = [
    report.score === null
      ? say.scoreNone
      : past === null || past.score === null
        ? say.noEarlier
        : say.change(report.score, { at: fmt.date(past.takenAt), score: past.score, grade: past.grade }),
  ];
  if (report.score !== null && report.counts.P0 > 0) notes.push(say.cap('P0', report.counts.P0));
  else if (report.score !== null && report.counts.P1 > 0) notes.push(say.cap('P1', report.counts.P1));
  if (blind > 0) notes.push(say.blind(blind, report.verdicts.length));
  if (errors > 0) notes.push(say.errors(errors));
  return notes;
}

function facts(context: Context, say: HeaderWords): HeaderView['facts'] {
  const { report, fmt, words } = context;
  const { host } = report;
  const plain = (label: string, value: Prose): HeaderView['facts'][number] => ({ label, value, link: null });
  const gaps = report.evidence.reduce((sum, row) => sum + row.gaps.length, 0);
  const seen = report.evidence.filter((row) => row.seen).length;
  return [
    plain(words.fact.window, say.window(report.window.to - report.window.from, fmt.time(report.window.from))),
    plain(
      words.fact.system,
      host === null
        ? words.unknown
        : say.system(
            host.os,
            `${host.platform === 'linux' ? 'Linux' : host.platform} ${host.kernel}`,
            host.cpus,
          ),
    ),
    plain(
      words.fact.memory,
      host === null
        ? words.unknown
        : say.memory(
            fmt.bytes(host.memory.totalBytes),
            fmt.bytes(host.memory.totalBytes - host.memory.availableBytes),
          ),
    ),
    plain(words.fact.pm2, daemonFact(report.daemons, say, words.unknown)),
    plain(words.fact.nextCheck, fmt.time(report.nextCheckAt)),
    plain(
      words.fact.lastBoot,
      host === null || host.bootedAt === null
        ? words.unknown
        : say.ago(fmt.time(host.bootedAt), report.takenAt - host.bootedAt),
    ),
    {
      label: words.fact.evidence,
      value: say.evidence(seen, report.evidence.length),
      link: gaps > 0 ? { href: '#blind', text: say.gaps(gaps) } : null,
    },
    ...(report.onlyApp === null ? [] : [plain(words.fact.onlyApp, fmt.name(report.onlyApp))]),
    ...(host !== null && (host.container !== null || host.limit !== null)
      ? [
          plain(
            words.fact.container,
            say
              .container(host.container ?? '', host.limit === null ? null : fmt.bytes(host.limit.bytes))
              .replace(/^[,，] ?/, ''),
          ),
        ]
      : []),
  ];
}

function daemonFact(daemons: readonly Daemon[], say: HeaderWords, unknown: string): Prose {
  if (daemons.length === 0) return say.notRunning;
  const shown = daemons
    .slice(0, 2)
    .map((daemon) =>
      daemon.state === 'online'
        ? say.daemon(daemon.pm2Version, daemon.user, daemon.apps.length)
        : daemon.state === 'dead'
          ? say.notRunning
          : unknown,
    );
  return [...new Set(shown), ...(daemons.length > 2 ? [say.moreDaemons(daemons.length - 2)] : [])].join('; ');
}
