import type { DaemonEnd, RestartStory } from '../../model/restart.ts';
import type { EpochMs } from '../../model/text.ts';
import type { Context } from './context.ts';
import type { SharedEvent } from './incidents.ts';
import { deploysOfMany, sharedEnds } from './shared-ends.ts';
import type { SharedFacts, StoryWords } from './words/stories.ts';

/** Ends of a daemon that somebody wanted. */
const onPurpose: readonly DaemonEnd[] = ['update', 'command', 'reboot'];
const shownEnds = 4;
const shownDeploys = 3;

/** What apps went through together, newest first: each once, however many apps it was. */
export function sharedEvents(context: Context, say: StoryWords): readonly SharedEvent[] {
  const { report } = context;
  const ends = sharedEnds(report).toReversed();
  const deploys = deploysOfMany(report).toReversed();
  const facts = ({
    from,
    to,
    home,
    apps,
  }: {
    from: EpochMs;
    to: EpochMs;
    home: string;
    apps: ReadonlySet<RestartStory>;
  }): SharedFacts => {
    const names = namesOf(apps);
    const all = namesOf(report.processes.flatMap(({ story }) => (story?.app.home === home ? [story] : [])));
    return { from, to, apps: names.length, ofApps: all.length, names: names.map(context.fmt.name) };
  };
  const moreEnds = ends.length - shownEnds;
  const moreDeploys = deploys.length - shownDeploys;
  const plain = (text: string): SharedEvent => ({ text, isTrouble: false });
  return [
    ...ends.slice(0, shownEnds).map((end) => ({
      text: say.daemonEnd(end.how, facts(end), end.backAt),
      isTrouble: !onPurpose.includes(end.how),
    })),
    ...(moreEnds > 0 ? [plain(say.moreDaemonEnds(moreEnds))] : []),
    ...deploys.slice(0, shownDeploys).map((burst) => plain(say.deploy(burst.restarts, facts(burst)))),
    ...(moreDeploys > 0 ? [plain(say.moreDeploys(moreDeploys))] : []),
  ];
}

/** Instances of one app are one app to who deploys it. */
const namesOf = (stories: Iterable<RestartStory>): readonly string[] => [
  ...new Set([...stories].map(({ app }) => app.name)),
];
