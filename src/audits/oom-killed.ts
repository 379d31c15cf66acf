import { appNames, subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey, processTrees } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { groupBy } from '../derive/grouping.ts';
import { type KillPlan, noPlan, planAgainst } from '../derive/kills/kill-plan.ts';
import {
  biggerThanVictim,
  type KillSummary,
  killQuotes,
  summarizeKills,
} from '../derive/kills/kill-summary.ts';
import { tookTheApp } from '../derive/kills/kill-toll.ts';
import { killsInWindow, undatedKills } from '../derive/kills/kills-in-window.ts';
import { hogOfKill, outsidePm2 } from '../derive/kills/memory-hog.ts';
import { attributeKills } from '../derive/kills/oom-attribution.ts';
import { killsOf, oomChains } from '../derive/kills/oom-chain.ts';
import { sharedShortages } from '../derive/kills/shortages.ts';
import { limitAdvice } from '../derive/limits/limit-advice.ts';
import { type Draft, defineAudit } from '../model/audit.ts';
import type { Fix, Priority, Subject } from '../model/finding.ts';
import type { AttributedKill } from '../model/oom.ts';
import type { AppRef } from '../model/pm2.ts';
import type { Confidence } from '../model/text.ts';
import { oomKilledEn } from './words/oom-killed.ts';
import { oomKilledZh } from './words/oom-killed-zh.ts';

export type OomKilledArgs = KillSummary &
  KillPlan & {
    /**
     * `app` was killed · `together` several in one shortage · `one-of` several, not known which · `daemon` PM2 itself ·
     * `untied` no app could be told · `outside` not run by PM2, while a PM2 app was bigger · `asked` by hand (SysRq f) ·
     * `undated` no usable time · `rest` of the list.
     */
    readonly story:
      | 'app'
      | 'together'
      | 'one-of'
      | 'daemon'
      | 'untied'
      | 'outside'
      | 'asked'
      | 'undated'
      | 'rest';
    readonly apps: readonly string[];
    readonly sure: Confidence;
    /** Unit a user-space killer took as a whole; null = single processes. */
    readonly unit: string | null;
    /** PM2's daemon was among the victims. */
    readonly daemon: boolean;
    /** pm2.log shows an app of PM2 end at that moment; else the victim may have been a child of one. */
    readonly ended: boolean;
  };

const sureness: readonly Confidence[] = ['none', 'possible', 'likely', 'certain'];
const isGuess = ({ confidence }: AttributedKill) => confidence === 'possible';

export default defineAudit<
  OomKilledArgs,
  'oomLog',
  'daemons' | 'processes' | 'pm2Log' | 'appLogs' | 'startup' | 'unitJournal' | 'host' | 'cgroups'
>({
  id: 'oom-killed',
  topic: 'oom',
  needs: ['oomLog'],
  wants: ['daemons', 'processes', 'pm2Log', 'appLogs', 'startup', 'unitJournal', 'host', 'cgroups'],
  limits: {},
  references: [
    'Linux mm/oom_kill.c, 4.19 to 6.18: the lines of a kill',
    'PM2 7.0.4 lib/God.js: an app that dies by a signal is started again, exit code 0',
  ],
  words: { en: oomKilledEn, 'zh-CN': oomKilledZh },
  check(seen, { window }) {
    const daemons = seen.daemons ?? [];
    const all = attributeKills({ ...seen, daemons });
    const isOutside = outsidePm2(daemons, seen.processes);
    const scene = {
      daemons,
      trees: seen.processes ? processTrees(daemons, seen.processes).byApp : null,
      advice: limitAdvice({ ...seen, daemons }),
      isOutside,
    };
    const draft = (
      story: OomKilledArgs['story'],
      own: readonly AttributedKill[],
      subject: Subject,
      priority: Priority,
      plan: KillPlan & { readonly fix: Fix | null } = noPlan,
      refs: readonly AppRef[] = [],
    ): Draft<OomKilledArgs> => {
      const sure = own
        .map(({ confidence }) => confidence)
        .reduce((a, b) => (sureness.indexOf(b) < sureness.indexOf(a) ? b : a));
      const { fix, ...planned } = plan;
      const unit = own.at(-1)?.kill.unit ?? null;
      return {
        subject,
        priority,
        confidence:
          story === 'app' || story === 'together' || story === 'rest' || story === 'daemon'
            ? sure
            : story === 'one-of'
              ? 'possible'
              : 'certain',
        args: {
          ...summarizeKills(own, isOutside),
          ...planned,
          story,
          apps: appNames(refs),
          sure,
          unit,
          daemon: own.some(({ role }) => role === 'daemon'),
          ended: own.some(({ reason }) => reason === 'sigkill-in-pm2-log'),
        },
        because: killQuotes(own),
        ...(fix ? { fix } : {}),
      };
    };
    const ofApps = (
      story: OomKilledArgs['story'],
      own: readonly AttributedKill[],
      refs: readonly AppRef[],
      priority: Priority,
      plan: KillPlan & { readonly fix: Fix | null } = noPlan,
    ) => draft(story, own, subjectOfApps(refs), priority, plan, refs);

    // What took a whole unit down is one incident, told by oom-took-all from the kill to the last app that was back.
    const told = killsOf(oomChains(seen, all));
    const kills = killsInWindow(all, window).filter(({ kill }) => !told.has(kill));
    const shared = sharedShortages(kills);
    const sharing = new Set(shared.flat());
    const real = kills.filter((one) => !one.kill.sysrq && !sharing.has(one));
    const asked = kills.filter(({ kill }) => kill.sysrq);
    const ofDaemon = real.filter(({ role }) => role === 'daemon');
    // A child behind a shell took its app with it; a worker whose app lived on is told by oom-worker-killed.
    const rest = real.filter((one) => one.role !== 'daemon' && (one.role !== 'child' || tookTheApp(one)));
    // A guess between several apps names them all and accuses none; instances of one app are that app.
    const oneOf = rest.filter(
      (one) =>
        (one.app === null || isGuess(one)) && one.candidates.some((other) => !isOneApp(one.app, other)),
    );
    const ofApp = rest.filter((one) => one.app !== null && !oneOf.includes(one));
    const outside = rest.filter((one) => one.role === 'other' && biggerThanVictim(one)?.app);
    // A stranger that filled the host is told by host-process-hog.
    const untied = rest.filter(
      (one) =>
        one.app === null &&
        one.candidates.length === 0 &&
        one.role !== 'other' &&
        !hogOfKill(one, isOutside)?.isVictim,
    );
    const undated = undatedKills(all);

    const refsOf = (own: readonly AttributedKill[]) => uniqueRefs(own.flatMap((one) => one.app ?? []));
    const byApp = [
      ...groupBy(
        ofApp,
        (one) => `${one.app?.home}\n${one.app?.namespace}\n${one.app?.name}\n${isGuess(one)}`,
      ).values(),
    ].toSorted((a, b) => b.length - a.length);
    // The same victims again and again are one finding.
    const byVictims = [
      ...groupBy(shared, (own) => [...new Set(own.map(victimKey))].toSorted().join('\t')).values(),
    ].map((times) => times.flat().toSorted((a, b) => (a.kill.at ?? 0) - (b.kill.at ?? 0)));
    const drafts: Draft<OomKilledArgs>[] = [
      ...fewDrafts(
        byVictims,
        (own) => ofApps('together', own, refsOf(own), 'P0', planAgainst(refsOf(own), own, scene)),
        (more) => ofApps('together', more.flat(), refsOf(more.flat()), 'P0'),
        2,
      ),
      ...fewDrafts(
        byApp,
        (own) =>
          ofApps(
            'app',
            own,
            refsOf(own),
            own.every(isGuess) ? 'P1' : 'P0',
            planAgainst(refsOf(own), own, scene),
          ),
        (more) => ofApps('rest', more.flat(), refsOf(more.flat()), more.flat().every(isGuess) ? 'P1' : 'P0'),
        4,
      ),
    ];
    if (ofDaemon.length > 0) {
      const [only, second] = daemons;
      const subject: Subject = only && !second ? { kind: 'daemon', home: only.home } : processOf(ofDaemon);
      drafts.push(draft('daemon', ofDaemon, subject, 'P0', planAgainst([], ofDaemon, scene)));
    }
    if (oneOf.length > 0) {
      drafts.push(
        ofApps(
          'one-of',
          oneOf,
          uniqueRefs(oneOf.flatMap((one) => [...(one.app ? [one.app] : []), ...one.candidates])),
          'P0',
        ),
      );
    }
    if (outside.length > 0) {
      const refs = uniqueRefs(outside.flatMap((one) => biggerThanVictim(one)?.app ?? []));
      drafts.push(ofApps('outside', outside, refs, 'P1', planAgainst(refs, outside, scene)));
    }
    if (untied.length > 0) drafts.push(draft('untied', untied, processOf(untied), 'P1'));
    if (undated.length > 0) drafts.push(draft('undated', undated, processOf(undated), 'P2'));
    if (asked.length > 0) drafts.push(draft('asked', asked, processOf(asked), 'P3'));
    return drafts;
  },
});

function victimKey({ app, role }: AttributedKill): string {
  return role === 'daemon' || app === null ? 'daemon' : `${app.home}\n${app.namespace}\n${app.name}`;
}

function isOneApp(a: AppRef | null, b: AppRef): boolean {
  return a !== null && a.home === b.home && a.namespace === b.namespace && a.name === b.name;
}

function uniqueRefs(refs: readonly AppRef[]): readonly AppRef[] {
  return [...new Map(refs.map((ref) => [appKey(ref), ref])).values()];
}

function processOf(kills: readonly AttributedKill[]): Subject {
  const kill = kills.at(-1)?.kill;
  return kill?.comm ? { kind: 'process', pid: kill.pid, comm: kill.comm } : { kind: 'host' };
}
