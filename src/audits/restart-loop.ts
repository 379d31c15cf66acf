import { appNames, groupApps, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { limitAdvice } from '../derive/limits/limit-advice.ts';
import { memoryLimitPatch } from '../derive/limits/memory-patch.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import { exceptionQuotes } from '../derive/restarts/app-quotes.ts';
import { backoffPatch, hasNoDelay } from '../derive/restarts/backoff-patch.ts';
import { isFault } from '../derive/restarts/cause-words.ts';
import { crashQuotes, mergedCrashes, topCrash } from '../derive/restarts/crash-words.ts';
import { type LoopFacts, loopFacts } from '../derive/restarts/loop-facts.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { Fix, Priority } from '../model/finding.ts';
import { type RestartLoopArgs, restartLoopWords } from './words/restart-loop.ts';

type Remedy = RestartLoopArgs['remedy'];

/** An app that fails, is started, and fails again. */
export default defineAudit<
  RestartLoopArgs,
  'daemons' | 'pm2Log',
  (typeof restartWants)[number] | 'cgroups',
  'watchRestarts' | 'recentMs' | 'readyMs'
>({
  id: 'restart-loop',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants, 'cgroups'],
  limits: {
    watchRestarts: {
      value: 6,
      unit: 'count',
      source: 'twice a failure loop, which is 3 within 5 minutes: a deploy touches several watched files too',
    },
    recentMs: {
      value: 24 * 3_600_000,
      unit: 'ms',
      source: 'an app that has run for a day since its last failure is stable until shown otherwise',
    },
    readyMs: {
      value: 10_000,
      unit: 'ms',
      source:
        'an app that ends without an error after this long has done some work: a job rather than an outage',
    },
  },
  references: [
    'https://pm2.keymetrics.io/docs/usage/restart-strategies/',
    'PM2 7.0.4 lib/God.js handleExit: restart, restart_delay, exp_backoff_restart_delay (x1.5, at most 15 s)',
  ],
  words: restartLoopWords,
  check(seen, { now, window, limits, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const loops = groupApps(seen.daemons)
      .flatMap((group) => loopFacts(group, stories, now, limits.watchRestarts, seen.appLogs !== null) ?? [])
      .toSorted((a, b) => Number(b.goesOn) - Number(a.goesOn) || b.restarts - a.restarts);
    const advice = limitAdvice(seen);
    const remedyFor = (loop: LoopFacts): { readonly remedy: Remedy; readonly fix: Fix } => {
      const { app, cause, group } = loop;
      const user = seen.daemons.find((daemon) => daemon.home === group.home)?.user ?? null;
      if (cause === 'memory-limit') {
        const advised = advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? null;
        const patch = memoryLimitPatch([app], advice);
        return patch !== null && advised !== null && advised > (app.settings.maxMemoryRestartBytes ?? 0)
          ? { remedy: 'raise-limit', fix: patch }
          : { remedy: 'find-growth', fix: { kind: 'manual' } };
      }
      if (cause === 'watch') {
        const set = [{ setting: 'watch', value: false, previous: true }];
        return { remedy: 'no-watch', fix: { kind: 'ecosystem-patch', patches: [{ app: app.ref, set }] } };
      }
      if (cause === 'oom-kill' || (cause === 'signal' && !isFault(loop.signal)))
        return { remedy: 'find-killer', fix: { kind: 'manual' } };
      if (hasNoDelay(app)) return { remedy: 'backoff', fix: backoffPatch([app]) };
      if (cause === 'clean-exit') return { remedy: 'job', fix: { kind: 'manual' } };
      const target = pm2Target(group.apps.map((each) => each.ref));
      return {
        remedy: 'read-log',
        fix: {
          kind: 'command',
          asRoot: false,
          user,
          run: [pm2Command(group.home, `logs ${target} --err --lines 100 --nostream`)],
          undo: [],
        },
      };
    };
    const priorityOf = (loop: LoopFacts): Priority => {
      if (loop.goesOn)
        return loop.cause === 'clean-exit' && (loop.uptimeMs ?? 0) >= limits.readyMs ? 'P1' : 'P0';
      return loop.lastFailureAt !== null && now - loop.lastFailureAt >= limits.recentMs ? 'P2' : 'P1';
    };
    const draft = (loop: LoopFacts): Draft<RestartLoopArgs> => {
      const { remedy, fix } = remedyFor(loop);
      const top = topCrash(mergedCrashes(loop.stories));
      const own = crashQuotes(loop.stories);
      const errors = own.length > 0 ? own : exceptionQuotes(loop.app, seen.appLogs);
      const repeats =
        seen.appLogs?.find((log) => log.path === errors[0]?.source)?.lastException?.repeats ?? null;
      return {
        subject: subjectOfApps(loop.group.apps.map((app) => app.ref)),
        priority: priorityOf(loop),
        confidence: 'certain',
        args: {
          apps: [loop.group.name],
          cause: loop.cause,
          causes: { ...loop.causes },
          top,
          stableSince:
            loop.goesOn || loop.app.pid === null || loop.lastFailureAt === loop.to
              ? null
              : loop.lastFailureAt,
          isDown: !loop.goesOn && loop.app.pid === null,
          restarts: loop.restarts,
          loops: loop.loops,
          from: loop.from,
          to: loop.to,
          goesOn: loop.goesOn,
          isWaiting: loop.isWaiting,
          exitCode: loop.exitCode,
          signal: loop.signal,
          uptimeMs: loop.uptimeMs,
          limitBytes: loop.app.settings.maxMemoryRestartBytes,
          newLimitBytes: advice.get(appKey(loop.app.ref))?.maxMemoryRestartBytes ?? null,
          errorRepeats: top === null && errors.length > 0 ? repeats : null,
          remedy,
        },
        because: [
          ...errors.slice(0, 3),
          ...loop.because.filter((line) => !errors.some((error) => error.text === line.text)),
        ].slice(0, 4),
        fix,
      };
    };
    return fewDrafts(loops, draft, (rest) => {
      const apps = rest.map((loop) => loop.app);
      const [first] = rest;
      return {
        subject: subjectOfApps(rest.flatMap((loop) => loop.group.apps.map((app) => app.ref))),
        priority: rest.map(priorityOf).toSorted()[0] ?? 'P2',
        confidence: 'certain',
        args: {
          apps: appNames(apps.map((app) => app.ref)),
          cause: first?.cause ?? 'unknown',
          causes: {},
          top: null,
          stableSince: null,
          isDown: false,
          restarts: rest.reduce((total, loop) => total + loop.restarts, 0),
          loops: rest.reduce((total, loop) => total + loop.loops, 0),
          from: null,
          to: null,
          goesOn: rest.some((loop) => loop.goesOn),
          isWaiting: false,
          exitCode: null,
          signal: null,
          uptimeMs: null,
          limitBytes: null,
          newLimitBytes: null,
          errorRepeats: null,
          remedy: 'backoff',
        },
        because: rest.flatMap((loop) => loop.because.slice(0, 1)).slice(0, 4),
        fix: apps.some(hasNoDelay) ? backoffPatch(apps.filter(hasNoDelay)) : { kind: 'manual' },
      };
    });
  },
});
