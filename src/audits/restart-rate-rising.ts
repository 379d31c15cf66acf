import { subjectOfApps } from '../derive/apps/app-groups.ts';
import { appKey } from '../derive/apps/process-tree.ts';
import { fewDrafts } from '../derive/few-drafts.ts';
import { restartWants, storiesByApp } from '../derive/restarts/restart-evidence.ts';
import { type RisingRate, risingRate } from '../derive/trends/failure-rate.ts';
import { type Draft, defineAudit, type Fmt } from '../model/audit.ts';
import type { AppRef } from '../model/pm2.ts';

type Args = {
  readonly apps: readonly {
    readonly name: string;
    readonly perDay: readonly number[];
    readonly laterPerDay: number;
    readonly earlierPerDay: number;
  }[];
};

/** `0.4`, `12`: a mean a day. */
const rate = (perDay: number): string =>
  perDay < 10 ? String(Math.round(perDay * 10) / 10) : String(Math.round(perDay));
const names = (args: Args, fmt: Fmt) => fmt.list(args.apps.map(({ name }) => fmt.name(name)));

/** An app that fails more often from day to day. */
export default defineAudit<Args, 'daemons' | 'pm2Log', (typeof restartWants)[number]>({
  id: 'restart-rate-rising',
  topic: 'restarts',
  needs: ['daemons', 'pm2Log'],
  wants: restartWants,
  limits: {},
  references: [
    'Mann 1945, Kendall 1970: test for trend (Gilbert 1987, chapter 16), on failures a day of five days or more',
  ],
  words: {
    en: {
      title: 'An app fails more often from day to day',
      why: 'A steady number of failures is a known nuisance; a rising one is the next outage. Counted are ends that nobody asked for, by stretches of 24 hours, over the days of which all restarts are seen; a reload, a deploy or a timer does not count.',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        return one && !second
          ? `${fmt.name(one.name)} failed ${rate(one.laterPerDay)} times a day lately, ${rate(one.earlierPerDay)} times a day before`
          : `${fmt.count(args.apps.length)} apps fail more often from day to day: ${names(args, fmt)}`;
      },
      effect: (args) => {
        const [one, second] = args.apps;
        return one && !second
          ? `Failures a day, oldest first: ${one.perDay.join(', ')}. If it goes on like this, it will be down more often than up.`
          : 'If it goes on like this, they will be down more often than up.';
      },
      fix: (args, fmt) => ({
        title: `Find what changed for ${names(args, fmt)}`,
        steps: [
          'Look at the day on which it began to rise: a deploy, more load, a disk or a database that fills.',
          'The causes of its restarts stand in its story in this report.',
        ],
        expected: 'The failures a day fall back to what they were.',
        verify: 'A report of the next days no longer lists it.',
        undo: 'Not needed.',
        minutes: 30,
      }),
    },
    'zh-CN': {
      title: '应用的故障一天比一天频繁',
      why: '故障次数稳定，是已知的麻烦；次数上升，则是下一次故障的前兆。只统计无人要求的退出，按 24 小时分段，且只看重启记录完整的日子；重载、部署和定时重启不计。',
      found: (args, fmt) => {
        const [one, second] = args.apps;
        return one && !second
          ? `${fmt.name(one.name)} 最近每天故障 ${rate(one.laterPerDay)} 次，此前每天 ${rate(one.earlierPerDay)} 次`
          : `${fmt.count(args.apps.length)} 个应用的故障一天比一天频繁：${names(args, fmt)}`;
      },
      effect: (args) => {
        const [one, second] = args.apps;
        return one && !second
          ? `每天的故障次数（由早到晚）：${one.perDay.join('、')}。照此下去，停机会越来越多。`
          : '照此下去，停机会越来越多。';
      },
      fix: (args, fmt) => ({
        title: `查明 ${names(args, fmt)} 发生了什么变化`,
        steps: [
          '查看开始上升的那一天：是否有部署、负载增加，或者磁盘、数据库将满。',
          '各次重启的原因见本报告中它的重启分析。',
        ],
        expected: '每天的故障次数回落到原来的水平。',
        verify: '之后几天的报告中不再列出它。',
        undo: '无需回退。',
        minutes: 30,
      }),
    },
  },
  check(seen, { now, window, covers }) {
    const stories = storiesByApp(seen, { now, window, covers });
    const rising = seen.daemons
      .flatMap(({ apps }) => apps)
      .flatMap((app): readonly { readonly app: AppRef; readonly rate: RisingRate }[] => {
        const story = stories.get(appKey(app.ref));
        // A loop that goes on is told by its own audit.
        if (story?.coversFrom == null || story.goesOn) return [];
        const found = risingRate(story, Math.max(story.coversFrom, window.from), now);
        return found === null ? [] : [{ app: app.ref, rate: found }];
      })
      .toSorted((a, b) => b.rate.laterPerDay - a.rate.laterPerDay);
    const draft = (list: readonly (typeof rising)[number][]): Draft<Args> => ({
      subject: subjectOfApps(list.map(({ app }) => app)),
      priority: 'P2',
      confidence: 'likely',
      args: {
        apps: list.map(({ app, rate: { perDay, laterPerDay, earlierPerDay } }) => ({
          name: app.name,
          perDay,
          laterPerDay,
          earlierPerDay,
        })),
      },
      because: [],
      fix: { kind: 'manual', task: `rising failures of ${list.map(({ app }) => appKey(app)).join(' ')}` },
    });
    return fewDrafts(rising, (one) => draft([one]), draft, 4);
  },
});
