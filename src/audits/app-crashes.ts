import { subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { pm2Command } from '../derive/printed/pm2-command.ts';
import { pm2Target } from '../derive/printed/pm2-target.ts';
import {
  type AppFailures,
  appFailures,
  failureFacts,
  failurePriority,
  surest,
  urgentPerDay,
} from '../derive/restarts/app-failures.ts';
import { exceptionQuotes } from '../derive/restarts/app-quotes.ts';
import { isFault } from '../derive/restarts/cause-words.ts';
import { crashQuotes, mergedCrashes, topCrash } from '../derive/restarts/crash-words.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { Fix, Priority } from '../model/finding.ts';
import { type AppCrashesArgs, appCrashesWords } from './words/app-crashes.ts';

/** Crashes outside a loop: what an app does wrong now and then. */
export default defineAudit<
  AppCrashesArgs,
  'daemons' | 'pm2Log',
  (typeof restartWants)[number],
  'urgentPerDay'
>({
  id: 'app-crashes',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: [...restartWants],
  limits: { urgentPerDay },
  references: [
    'PM2 7.0.4 lib/God.js handleExit: an app that ends by itself is started again; exit code 0 for every death by signal',
    'PM2 7.0.4 lib/ProcessContainer.js: in cluster mode an uncaught exception ends with code 0',
  ],
  words: appCrashesWords,
  check(seen, { now, window, covers, limits }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const found = appFailures(seen.daemons, stories, now, ({ cause, signal, exitCode }, app) => {
      // Codes that the app's settings name as an end are what it was told to end with.
      if (cause === 'crash') return exitCode === null || !app.settings.stopExitCodes.includes(exitCode);
      // Beside heap aborts, one whose text has left the log is most likely another: heap-limit-hit tells them.
      const isAbort = signal === 'SIGABRT' && (stories.get(appKey(app.ref))?.byCause['heap-oom'] ?? 0) > 0;
      return cause === 'signal' && isFault(signal) && !isAbort;
    });
    const isJob = ({ app }: AppFailures) => !app.settings.autorestart;
    const priorityOf = (one: AppFailures): Priority => {
      if (one.isDown) return isJob(one) ? 'P2' : 'P1';
      return failurePriority(one, limits.urgentPerDay);
    };
    const draft = (list: readonly AppFailures[], priority: Priority): Draft<AppCrashesArgs> => {
      const told = list.map((one) => ({
        ...failureFacts(one),
        isDown: one.isDown,
        top: topCrash(mergedCrashes(one.stories)),
      }));
      const fix = list.some((one) => one.isDown || one.rhythm.goesOn) ? readLogs(list) : null;
      return {
        subject: subjectOfApps(list.flatMap((one) => one.stories.map((story) => story.app))),
        priority,
        confidence: surest(list.flatMap((one) => one.endings)),
        args: { apps: told, isJob: list.every(isJob) },
        because: list.flatMap(quotesOf).slice(0, 4),
        ...(fix ? { fix } : {}),
      };
    };
    const quotesOf = (one: AppFailures) => {
      const error = crashQuotes(one.stories);
      const shown = error.length > 0 ? error : exceptionQuotes(one.app, seen.appLogs);
      const exit = (one.endings.at(-1)?.because ?? []).filter(
        (line) => !shown.some((quote) => quote.text === line.text),
      );
      return [...shown.slice(0, 3), ...exit.slice(0, 1)];
    };
    const readLogs = (list: readonly AppFailures[]): Fix => ({
      kind: 'command',
      asRoot: false,
      user: seen.daemons.find(({ home }) => home === list[0]?.group.home)?.user ?? null,
      run: list.map(({ group, stories: own }) =>
        pm2Command(
          group.home,
          `logs ${pm2Target(own.map((story) => story.app))} --err --lines 100 --nostream`,
        ),
      ),
      undo: [],
    });
    const urgent = found.filter((one) => priorityOf(one) !== 'P3');
    const minor = found.filter((one) => priorityOf(one) === 'P3');
    return [
      ...fewDrafts(
        urgent.toSorted((a, b) => priorityOf(a).localeCompare(priorityOf(b))),
        (one) => draft([one], priorityOf(one)),
        (rest) => draft(rest, rest.some((one) => priorityOf(one) === 'P1') ? 'P1' : 'P2'),
        9,
      ),
      ...(minor.length > 0 ? [draft(minor, 'P3')] : []),
    ];
  },
});
