import type { Report } from '../../model/report.ts';
import type { DaemonEnd, Ending, RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import { type Burst, requestBursts } from './story-facts.ts';

const minuteMs = 60_000;
/** Apps of one daemon that end within this of each other went down together: systemd gives a unit 90 s to stop. */
const togetherMs = 2 * minuteMs;

/** Apps of one home that ended with their daemon at one moment. */
export interface SharedEnd {
  readonly home: string;
  readonly how: DaemonEnd;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly apps: ReadonlySet<RestartStory>;
  /** When the last of them ran again; null = not all of them did. */
  readonly backAt: EpochMs | null;
}

const found = new WeakMap<Report, readonly SharedEnd[]>();

/** Answers: when did apps go down because their daemon did, and how did it go? Oldest first; remembered for one report. */
export function sharedEnds(report: Report): readonly SharedEnd[] {
  const known = found.get(report);
  if (known !== undefined) return known;
  const ends = report.processes
    .flatMap(({ story }) =>
      story === null
        ? []
        : [...story.restarts, ...story.stops]
            .filter((end) => end.daemonEnd !== null)
            .map((end) => ({ story, end })),
    )
    .sort((a, b) => compare(a.story.app.home, b.story.app.home) || a.end.at - b.end.at);
  const groups: {
    home: string;
    how: DaemonEnd;
    from: EpochMs;
    to: EpochMs;
    ends: Ending[];
    apps: Set<RestartStory>;
  }[] = [];
  for (const { story, end } of ends) {
    if (end.daemonEnd === null) continue;
    const { home } = story.app;
    const last = groups.findLast((group) => group.home === home && group.how === end.daemonEnd);
    if (last !== undefined && end.at - last.to <= togetherMs) {
      last.to = end.at;
      last.ends.push(end);
      last.apps.add(story);
    } else
      groups.push({
        home,
        how: end.daemonEnd,
        from: end.at,
        to: end.at,
        ends: [end],
        apps: new Set([story]),
      });
  }
  const result = groups
    .map(({ home, how, from, to, ends: own, apps }) => ({
      home,
      how,
      from,
      to,
      apps,
      backAt: own.every(({ nextAt }) => nextAt !== null)
        ? own.reduce((latest, { nextAt }) => Math.max(latest, nextAt ?? latest), to)
        : null,
    }))
    .sort((a, b) => a.from - b.from);
  found.set(report, result);
  return result;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** So many apps at once are no accident; of fewer, all of the home must be in it. */
const severalApps = 3;

/** Restarts on request of several apps within minutes: what a deploy looks like. Instances of one app are one app. */
export function deploysOfMany(report: Report): readonly Burst[] {
  const namesOf = (stories: Iterable<RestartStory>): number =>
    new Set([...stories].map(({ app }) => app.name)).size;
  return requestBursts(report).filter(({ apps, home }) => {
    const names = namesOf(apps);
    if (names >= severalApps || names < 2) return names >= severalApps;
    const all = report.processes.flatMap(({ story }) => (story?.app.home === home ? [story] : []));
    return names === namesOf(all);
  });
}
