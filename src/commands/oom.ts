import { attemptText } from '../derive/gap-details.ts';
import { type Cleaner, makeCleaner } from '../gather/clean.ts';
import { clockOf } from '../gather/oom/findings.ts';
import { mergeKills, mergeUnconfirmed } from '../gather/oom/merge.ts';
import { oomLog } from '../gather/oom-log.ts';
import type { Host } from '../host/host.ts';
import type { AttributedKill, OomKill } from '../model/oom.ts';
import type { EpochMs, Locale } from '../model/text.ts';
import { type Iso, makeIso, quoteJson } from '../report/json-values.ts';
import { killJson, unconfirmedJson } from '../report/oom-json.ts';
import { readOne } from './oom/read-logs.ts';
import type { OomFile, OomResult } from './oom/text.ts';
import { oomWords } from './oom/words.ts';

export interface OomOptions {
  readonly json: boolean;
  /** Kills before it are left out; those without a date stay. null = all. */
  readonly since: EpochMs | null;
  readonly color: boolean;
  readonly lang: Locale;
  readonly verbose: boolean;
}

/** Ties kills of this host to apps; from files alone nothing is known of them. */
export type Attribute = (kills: readonly OomKill[]) => readonly AttributedKill[];

interface Read {
  readonly result: OomResult;
  /** Sentences for stderr. */
  readonly problems: readonly string[];
}

const week = 7 * 24 * 3_600_000;

/**
 * Every OOM kill in the named logs, or in this host's own kernel log. Exit code 0: all could be read, whether or not
 * there are kills; 2: some could not, the others are reported.
 */
export async function runOom(
  host: Host,
  files: readonly string[],
  options: OomOptions,
  out: { stdout(text: string): void; stderr(text: string): void },
  attribute: Attribute | null = null,
): Promise<number> {
  const clean = makeCleaner();
  const read =
    files.length > 0
      ? await readFiles(host, files, clean, options)
      : await readHost(host, clean, options, attribute);
  const offset = host.utcOffsetMinutes(host.now());
  const isAnything =
    read.result.files.some(({ problem }) => problem === null) || read.result.kills.length > 0;
  if (options.json) out.stdout(`${jsonOf(read.result, makeIso(offset))}\n`);
  else if (isAnything) {
    const { oomText } = await import('./oom/text.ts');
    out.stdout(oomText(read.result, options.lang, offset, options));
  }
  for (const problem of read.problems) out.stderr(`pm2-audit oom: ${problem}\n`);
  return read.result.files.some(({ problem }) => problem !== null) ? 2 : 0;
}

/** A kill of which nothing but its own lines is known. */
function untied(kill: OomKill): AttributedKill {
  return {
    kill,
    app: null,
    candidates: [],
    role: null,
    confidence: 'none',
    because: kill.quotes,
    reason: 'no-tie',
    biggest: kill.tasks.slice(0, 5).map(({ comm, rssBytes }) => ({ name: comm, app: null, rssBytes })),
  };
}

async function readFiles(
  host: Host,
  paths: readonly string[],
  clean: Cleaner,
  options: OomOptions,
): Promise<Read> {
  const words = oomWords[options.lang];
  // A file may come from another machine: its uptimes say nothing about our clock.
  const clock = { ...clockOf(host), bootedAtMs: null };
  const read = [];
  for (const path of [...new Set(paths)]) read.push(await readOne(host, path, clean, clock));
  const parses = read.flatMap(({ parse }) => (parse === null ? [] : [parse]));
  const kills = mergeKills(parses.map((parse) => parse.kills)).filter((kill) =>
    isSince(kill.at, options.since),
  );
  const problems = read.flatMap(({ name, problem, isEmpty }) =>
    problem === null ? (isEmpty ? [words.empty(name)] : []) : [words.problem(problem, name)],
  );
  return {
    result: {
      kills: kills.map(untied),
      unconfirmed: mergeUnconfirmed(
        parses.map((parse) => parse.unconfirmed),
        kills,
      ).filter(({ at }) => isSince(at, options.since)),
      appEvidence: parses
        .flatMap((parse) => parse.appEvidence)
        .filter(({ at }) => isSince(at, options.since)),
      unitLines: parses.flatMap((parse) => parse.unitLines),
      files: read.map(
        ({ name, parse, problem }): OomFile => ({
          path: name,
          kills: parse?.kills.length ?? 0,
          coversFrom: parse?.coversFrom ?? null,
          coversTo: parse?.coversTo ?? null,
          problem: problem === null ? null : words.problem(problem, name),
        }),
      ),
    },
    problems,
  };
}

function isSince(at: EpochMs | null, since: EpochMs | null): boolean {
  return since === null || at === null || at >= since;
}

async function readHost(
  host: Host,
  clean: Cleaner,
  options: OomOptions,
  attribute: Attribute | null,
): Promise<Read> {
  const words = oomWords[options.lang];
  const now = host.now();
  const window = { from: options.since ?? now - week, to: now };
  const item = await oomLog.gather(host, {
    options: { homes: [], window, observeMs: 0, kernelLogs: [], storageBudget: { ms: 0, files: 0 } },
    clean,
    seen: () => null,
  });
  if (!item.seen) {
    const tried = item.gaps[0].tried
      .map(({ source, detail }) => attemptText(options.lang, source, detail))
      .join(options.lang === 'en' ? ', ' : '、');
    const problem = words.blind(tried);
    const file = { path: 'kernel log', kills: 0, coversFrom: null, coversTo: null, problem };
    return {
      result: { kills: [], unconfirmed: [], appEvidence: [], unitLines: [], files: [file] },
      problems: [problem],
    };
  }
  const { kills, unconfirmed, unitLines } = item.value;
  const wanted = kills.filter((kill) => isSince(kill.at, options.since));
  const iso = makeIso(host.utcOffsetMinutes(now));
  const isShort = item.covers.from === null || item.covers.from > window.from + 60_000;
  return {
    result: {
      kills: attribute === null ? wanted.map(untied) : attribute(wanted),
      unconfirmed,
      appEvidence: [],
      unitLines,
      files: [
        {
          path: item.source,
          kills: wanted.length,
          coversFrom: item.covers.from,
          coversTo: item.covers.to,
          problem: null,
        },
      ],
    },
    problems: isShort && item.covers.from !== null ? [words.short(iso(item.covers.from) ?? '')] : [],
  };
}

/** Contract section 2: `pm2-audit.oom/1`. */
function jsonOf(result: OomResult, iso: Iso): string {
  return JSON.stringify(
    {
      schema: 'pm2-audit.oom/1',
      kills: result.kills.map((kill) => killJson(kill, iso)),
      unconfirmed: result.unconfirmed.map((item) => unconfirmedJson(item, iso)),
      appEvidence: result.appEvidence.map((text) => ({
        kind: text.kind,
        at: iso(text.at),
        pid: text.pid,
        signal: text.signal,
        exitCode: text.exitCode,
        app: text.app,
        pm2Id: text.pm2Id,
        who: text.who,
        verdict: text.verdict,
        quote: quoteJson(text.quote, iso),
      })),
      unitLines: result.unitLines.map((quote) => quoteJson(quote, iso)),
      files: result.files.map((file) => ({
        ...file,
        coversFrom: iso(file.coversFrom),
        coversTo: iso(file.coversTo),
      })),
    },
    null,
    2,
  );
}
