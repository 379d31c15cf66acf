import { groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import { askedCauses, countOf, failureCauses } from '../derive/restarts/cause-words.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { Fix, Priority } from '../model/finding.ts';
import type { App } from '../model/pm2.ts';
import type { Restart, RestartStory } from '../model/restart.ts';
import {
  type CountKind,
  type HighCount,
  type RestartCountArgs,
  restartCountWords,
} from './words/restart-count-high.ts';

interface High {
  readonly app: App;
  readonly story: RestartStory | null;
  readonly facts: HighCount;
  readonly priority: Priority;
}

/**
 * Many restarts in PM2's lifetime counter that no other finding tells: requests, history, and what could not be seen.
 * Failures in the window have findings of their own, so they are not counted twice.
 */
export default defineAudit<
  RestartCountArgs,
  'daemons',
  'pm2Log' | (typeof restartWants)[number],
  'watch' | 'warn'
>({
  id: 'restart-count-high',
  topic: 'restarts',
  needs: ['daemons'],
  wants: ['pm2Log', ...restartWants],
  limits: {
    watch: { value: 30, unit: 'count', source: 'operating practice of small PM2 hosts; more than' },
    warn: { value: 50, unit: 'count', source: 'operating practice of small PM2 hosts; more than' },
  },
  references: [
    'PM2 7.0.4 lib/God.js and lib/God/ActionMethods.js: restart_time is raised by crashes, restarts, reloads, cron, watch and memory limit alike',
  ],
  words: restartCountWords,
  check(seen, { now, window, limits, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const high = groupApps(seen.daemons)
      .flatMap((group): readonly High[] => {
        // Instances count apart: the one that restarted most speaks for the app.
        const app = group.apps.toSorted((a, b) => b.restartCounter - a.restartCounter)[0];
        if (!app || app.restartCounter <= limits.watch) return [];
        const story = stories.get(appKey(app.ref)) ?? null;
        const facts = factsOf(app, story, window.from);
        if (app.restartCounter - facts.failed - facts.unknown <= limits.watch) return [];
        return [{ app, story, facts, priority: priorityOf(facts, limits.warn) }];
      })
      .toSorted((a, b) => b.facts.counter - a.facts.counter);
    const draft = (items: readonly High[], priority: Priority): Draft<RestartCountArgs> => {
      const { remedy, fix } = remedyFor(items);
      return {
        subject: subjectOfApps(items.map((item) => item.app.ref)),
        priority,
        confidence: items.some((item) => item.facts.kind === 'unclear') ? 'possible' : 'certain',
        args: {
          apps: items.map((item) => item.facts),
          limit: limits.watch,
          windowMs: window.to - window.from,
          remedy,
        },
        because: items.flatMap((item) => tellingQuotes(item.story)).slice(0, 4),
        ...(fix ? { fix } : {}),
      };
    };
    const remedyFor = (
      items: readonly High[],
    ): { readonly remedy: RestartCountArgs['remedy']; readonly fix: Fix | null } => {
      const asked = items.filter((item) => item.facts.kind === 'asked');
      // A timer is meant to restart: only what people and scripts do can be done less often.
      const byHand = asked.some(
        ({ facts }) => countOf(facts.counts, ['manual', 'reload']) * 2 >= facts.asked,
      );
      if (asked.length > 0) return { remedy: 'deploy', fix: byHand ? { kind: 'manual' } : null };
      const unclear = items.filter((item) => item.facts.kind === 'unclear');
      const [first] = unclear;
      return {
        remedy: 'log',
        // History needs no cure.
        fix: first
          ? {
              kind: 'command',
              asRoot: false,
              user: seen.daemons.find((daemon) => daemon.home === first.app.ref.home)?.user ?? null,
              run: unclear.map((item) => pm2Command(item.app.ref.home, `reset ${pm2Target([item.app.ref])}`)),
              undo: [],
            }
          : null,
      };
    };
    const of = (priority: Priority) => high.filter((item) => item.priority === priority);
    return [
      ...(of('P2').length > 0 ? [draft(of('P2'), 'P2')] : []),
      ...(of('P3').length > 0 ? [draft(of('P3'), 'P3')] : []),
    ];
  },
});

function factsOf(app: App, story: RestartStory | null, windowFrom: number): HighCount {
  const counts = story?.byCause ?? {};
  const inWindow = story?.restarts.length ?? 0;
  const asked = countOf(counts, askedCauses);
  const failed = countOf(counts, failureCauses);
  return {
    name: app.ref.name,
    kind: kindOf(app, story, { inWindow, asked }, windowFrom),
    why: story?.unexplainedWhy ?? null,
    coversFrom: story?.coversFrom ?? null,
    counter: app.restartCounter,
    inWindow,
    asked,
    failed,
    unknown: Math.max(0, inWindow - asked - failed),
    counts: { ...counts },
    isFork: app.execMode === 'fork',
  };
}

/** What most of the counter is, the failures of the window left out. */
function kindOf(
  app: App,
  story: RestartStory | null,
  { inWindow, asked }: { readonly inWindow: number; readonly asked: number },
  windowFrom: number,
): CountKind {
  if (asked >= app.restartCounter - inWindow) return 'asked';
  // The process that runs is older than the window: nothing restarted it since.
  const runsSince = app.pid !== null && app.startedAt !== null && app.startedAt < windowFrom;
  const wasWatched = story !== null && story.coversFrom !== null && story.coversFrom <= windowFrom;
  const isLost = story?.unexplainedWhy === 'emptied' || story?.unexplainedWhy === 'no-times';
  return runsSince || (wasWatched && !isLost) ? 'history' : 'unclear';
}

function priorityOf({ kind, counter }: HighCount, warn: number): Priority {
  return kind === 'unclear' && counter > warn ? 'P2' : 'P3';
}

/** One line of the newest failure, and one of the newest restart on request. */
function tellingQuotes(story: RestartStory | null) {
  const pick = (isWanted: (restart: Restart) => boolean) =>
    story?.restarts.findLast(isWanted)?.because.slice(0, 1) ?? [];
  return [
    ...pick((restart) => failureCauses.includes(restart.cause)),
    ...pick((restart) => askedCauses.includes(restart.cause)),
  ];
}
