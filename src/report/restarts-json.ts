import type { Report } from '../model/report.ts';
import type { CrashGroup, Ending, RestartStory, Start } from '../model/restart.ts';
import type { Json } from '../model/text.ts';
import { appJson, type Iso, integer, quoteJson } from './json-values.ts';

type JsonObject = { readonly [key: string]: Json };

/** A loop of 40,000 restarts would be a file of 30 MB. The counts are of all of them; only the lists are cut. */
const listedRestarts = 500;
/** One app's loop does not push out the others. */
const listedOfEach = 10;
const listedEndings = 100;

/**
 * The restarts of the window, oldest first; apps in the order of the table where two fall on the same moment. Of very many
 * the newest are listed, and the newest of each app: `restartsTotal` says how many there are, `restartsShown` how many of them stand here.
 */
export function restartsJson(report: Report, iso: Iso): JsonObject {
  const byApp = [...report.processes, ...report.modules].map((row) => row.story?.restarts ?? []);
  const all = byApp.flat().toSorted((a, b) => a.at - b.at);
  const listed = new Set([
    ...all.slice(-listedRestarts),
    ...byApp.flatMap((own) => own.slice(-listedOfEach)),
  ]);
  const shown = all.filter((restart) => listed.has(restart));
  return {
    restarts: shown.map((restart) => endingJson(restart, iso)),
    restartsTotal: all.length,
    restartsShown: shown.length,
  };
}

/** What a process's own `restarts` says beside its counts; null = no story could be told. */
export function storyJson(story: RestartStory | null, iso: Iso): JsonObject {
  return {
    stops: story?.stops.slice(-listedEndings).map((stop) => endingJson(stop, iso)) ?? null,
    stopsTotal: story?.stops.length ?? null,
    starts: story?.starts.slice(-listedEndings).map((start) => startJson(start, iso)) ?? null,
    startsTotal: story?.starts.length ?? null,
    crashes: story?.crashes.map((group) => crashJson(group, iso)) ?? null,
    lastWords:
      story?.lastWords == null ? null : { source: story.lastWords.source, lines: [...story.lastWords.lines] },
  };
}

function endingJson(ending: Ending, iso: Iso): JsonObject {
  return {
    app: appJson(ending.app),
    at: iso(ending.at),
    cause: ending.cause,
    exitCode: ending.exitCode,
    signal: ending.signal,
    confidence: ending.confidence,
    uptimeMs: integer(ending.uptimeMs),
    next: ending.next,
    nextAt: iso(ending.nextAt),
    daemonEnd: ending.daemonEnd,
    because: ending.because.map((quote) => quoteJson(quote, iso)),
  };
}

function startJson(start: Start, iso: Iso): JsonObject {
  return { at: iso(start.at), because: quoteJson(start.because, iso) };
}

function crashJson(group: CrashGroup, iso: Iso): JsonObject {
  return {
    message: group.message,
    frame: group.frame,
    times: group.times,
    first: iso(group.first),
    last: iso(group.last),
    confidence: group.confidence,
    source: group.source,
    lines: [...group.lines],
  };
}
