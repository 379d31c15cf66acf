import { appNames, groupApps, subjectOfApps } from '../derive/app-groups.ts';
import { appMemory, childrenHoldMost } from '../derive/app-memory.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { groupBy } from '../derive/grouping.ts';
import { biggerThanVictim, type KillSummary, killQuotes, summarizeKills } from '../derive/kill-summary.ts';
import { killsInWindow, undatedKills } from '../derive/kills-in-window.ts';
import { limitAdvice } from '../derive/limit-advice.ts';
import { memoryLimitPatch } from '../derive/memory-patch.ts';
import { attributeKills } from '../derive/oom-attribution.ts';
import { appKey, processTrees } from '../derive/process-tree.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { Fix, Subject } from '../model/finding.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { App, AppRef } from '../model/pm2.ts';
import type { Confidence } from '../model/text.ts';
import { oomKilledEn, oomKilledZh } from './words/oom-killed.ts';

export type OomKilledArgs = KillSummary & {
  /**
   * `app` ran into it · `one-of` several, not known which · `daemon` PM2 itself · `untied` no app could be told ·
   * `outside` not run by PM2, while a PM2 app was bigger · `asked` by hand (SysRq f) · `undated` no usable time · `rest` of the list.
   */
  readonly story: 'app' | 'one-of' | 'daemon' | 'untied' | 'outside' | 'asked' | 'undated' | 'rest';
  readonly apps: readonly string[];
  readonly sure: Confidence;
  /** What the fix rests on; see `planFor`. */
  readonly plan: 'limit' | 'workers' | 'culprit' | 'room' | 'none';
  /** App whose limit is proposed: the culprit where it is known, else the victim. */
  readonly target: string | null;
  readonly proposed: string | null;
};

type Plan = Pick<OomKilledArgs, 'plan' | 'target' | 'proposed'> & { readonly fix: Fix | null };
const noPlan: Plan = { plan: 'none', target: null, proposed: null, fix: null };
const sureness: readonly Confidence[] = ['none', 'possible', 'likely', 'certain'];

export default defineAudit<
  OomKilledArgs,
  'oomLog',
  'daemons' | 'processes' | 'pm2Log' | 'appLogs' | 'startup' | 'host' | 'cgroups'
>({
  id: 'oom-killed',
  topic: 'oom',
  needs: ['oomLog'],
  wants: ['daemons', 'processes', 'pm2Log', 'appLogs', 'startup', 'host', 'cgroups'],
  limits: {},
  references: [
    'Linux mm/oom_kill.c, 4.19 to 6.18: the lines of a kill',
    'PM2 7.0.4 lib/God.js: an app that dies by a signal is started again, exit code 0',
  ],
  words: { en: oomKilledEn, 'zh-CN': oomKilledZh },
  check(seen, { window }) {
    const daemons = seen.daemons ?? [];
    const all = attributeKills({ ...seen, daemons });
    const kills = killsInWindow(all, window);
    const advice = limitAdvice(daemons, seen.processes, seen.host, seen.cgroups);
    const trees = seen.processes ? processTrees(daemons, seen.processes).byApp : null;

    /** The one thing to do: a limit for whoever grew, unless PM2 cannot measure it or the limit would come too late. */
    const planFor = (refs: readonly AppRef[], own: readonly AttributedKill[]): Plan => {
      const culprit = own.map(biggerThanVictim).findLast((biggest) => biggest !== null) ?? null;
      if (culprit && !culprit.app)
        return { ...noPlan, plan: 'culprit', target: culprit.name, fix: { kind: 'manual' } };
      const targets = culprit?.app ? [culprit.app] : refs;
      const apps = instancesOf(
        targets,
        groupApps(daemons).map((group) => group.apps),
      );
      const target = targets[0]?.name ?? null;
      if (apps.some((app) => childrenHoldMost(appMemory(app, trees?.get(appKey(app.ref)) ?? null)))) {
        return { ...noPlan, plan: 'workers', target, fix: { kind: 'manual' } };
      }
      const killedAt = culprit ? culprit.rssBytes : (summarizeKills(own).leastBytes ?? 0);
      const early = apps.filter(
        (app) => (advice.get(appKey(app.ref))?.maxMemoryRestartBytes ?? Infinity) < killedAt,
      );
      const fix = memoryLimitPatch(early, advice);
      if (fix?.kind !== 'ecosystem-patch')
        return { ...noPlan, plan: 'room', target, fix: { kind: 'manual' } };
      return { plan: 'limit', target, proposed: String(fix.patches[0]?.set[0]?.value ?? ''), fix };
    };

    const draft = (
      story: OomKilledArgs['story'],
      own: readonly AttributedKill[],
      subject: Subject,
      refs: readonly AppRef[],
      priority: 'P0' | 'P1' | 'P2' | 'P3',
      plan: Plan,
    ): Draft<OomKilledArgs> => {
      const sure = own
        .map((one) => one.confidence)
        .reduce((a, b) => (sureness.indexOf(b) < sureness.indexOf(a) ? b : a));
      const { fix, ...planned } = plan;
      return {
        subject,
        priority,
        confidence: story === 'app' || story === 'one-of' ? sure : 'certain',
        args: { ...summarizeKills(own), story, apps: appNames(refs), sure, ...planned },
        because: killQuotes(own),
        ...(fix ? { fix } : {}),
      };
    };

    const asked = kills.filter(({ kill }) => kill.sysrq);
    const real = kills.filter(({ kill }) => !kill.sysrq);
    const ofApp = real.filter((one) => one.app !== null && one.role !== 'child' && one.role !== 'daemon');
    const ofDaemon = real.filter((one) => one.role === 'daemon');
    const oneOf = real.filter(
      (one) => one.app === null && one.role !== 'daemon' && one.candidates.length > 0,
    );
    const outside = real.filter((one) => one.role === 'other' && biggerThanVictim(one)?.app);
    const untied = real.filter(
      (one) =>
        one.app === null && one.candidates.length === 0 && one.role !== 'daemon' && one.role !== 'other',
    );

    const byApp = [
      ...groupBy(ofApp, ({ app }) => (app ? `${app.home}\n${app.namespace}\n${app.name}` : '')).values(),
    ];
    byApp.sort((a, b) => b.length - a.length);
    const refsOf = (own: readonly AttributedKill[]) => uniqueRefs(own.flatMap((one) => one.app ?? []));
    const drafts: Draft<OomKilledArgs>[] = [
      ...fewDrafts(
        byApp,
        (own) => draft('app', own, subjectOfApps(refsOf(own)), refsOf(own), 'P0', planFor(refsOf(own), own)),
        (rest) =>
          draft('rest', rest.flat(), subjectOfApps(refsOf(rest.flat())), refsOf(rest.flat()), 'P0', noPlan),
        5,
      ),
    ];
    if (oneOf.length > 0) {
      const refs = uniqueRefs(oneOf.flatMap((one) => one.candidates));
      drafts.push(draft('one-of', oneOf, subjectOfApps(refs), refs, 'P0', noPlan));
    }
    const [only, second] = daemons;
    for (const own of ofDaemon.length > 0 ? [ofDaemon] : []) {
      const subject: Subject = only && !second ? { kind: 'daemon', home: only.home } : processOf(own);
      drafts.push(draft('daemon', own, subject, [], 'P0', planFor([], own)));
    }
    const refsOfBigger = uniqueRefs(outside.flatMap((one) => biggerThanVictim(one)?.app ?? []));
    if (outside.length > 0)
      drafts.push(
        draft(
          'outside',
          outside,
          subjectOfApps(refsOfBigger),
          refsOfBigger,
          'P1',
          planFor(refsOfBigger, outside),
        ),
      );
    if (untied.length > 0) drafts.push(draft('untied', untied, processOf(untied), [], 'P1', noPlan));
    const undated = undatedKills(all);
    if (undated.length > 0)
      drafts.push(draft('undated', undated, processOf(undated), refsOf(undated), 'P2', noPlan));
    if (asked.length > 0) drafts.push(draft('asked', asked, processOf(asked), refsOf(asked), 'P3', noPlan));
    return drafts;
  },
});

function uniqueRefs(refs: readonly AppRef[]): readonly AppRef[] {
  return [...new Map(refs.map((ref) => [appKey(ref), ref])).values()];
}

/** All instances of the apps named: a setting of the ecosystem file is shared by them. */
function instancesOf(refs: readonly AppRef[], groups: readonly (readonly App[])[]): readonly App[] {
  const keys = new Set(refs.map(appKey));
  return groups.filter((apps) => apps.some((app) => keys.has(appKey(app.ref)))).flat();
}

function processOf(kills: readonly AttributedKill[]): Subject {
  const kill = kills.at(-1)?.kill;
  return kill?.comm ? { kind: 'process', pid: kill.pid, comm: kill.comm } : { kind: 'host' };
}
