import { isWrapped, workerStepsEn } from '../../derive/apps/worker-words.ts';
import { plural } from '../../derive/english.ts';
import { groupKeeper, groupName } from '../../derive/kills/group-name.ts';
import { culpritEn, fullEn, killFigures, whenEn } from '../../derive/kills/kill-words.ts';
import { shellQuote } from '../../derive/printed/shell-quote.ts';
import type { Fmt, Words } from '../../model/audit.ts';
import type { OomKilledArgs } from '../oom-killed.ts';

const names = (args: OomKilledArgs, fmt: Fmt) => fmt.list(args.apps.map((app) => fmt.name(app)));
const comms = (args: OomKilledArgs, fmt: Fmt) => fmt.list(args.comms.map((comm) => fmt.name(comm)));
/** Who died together: the apps, and PM2 itself. */
const togetherEn = (args: OomKilledArgs, fmt: Fmt) =>
  fmt.list([...args.apps.map((app) => fmt.name(app)), ...(args.daemon ? ['the PM2 daemon'] : [])]);
const target = (args: OomKilledArgs, fmt: Fmt) => fmt.name(args.target ?? '');

/** Where the limit of a group is set, by what its path tells. */
function raiseEn({ path, raisedBytes }: NonNullable<OomKilledArgs['group']>, fmt: Fmt): string {
  const value = `${raisedBytes / (1024 * 1024)}M`;
  const unit = shellQuote(groupName(path));
  const how = {
    systemd: `As root: ${fmt.code(`systemctl set-property ${unit} MemoryMax=${value}`)}, if the host has that much to spare.`,
    docker: `For instance ${fmt.code(`docker update --memory ${value} --memory-swap ${value} CONTAINER`)}, if the host has that much to spare.`,
    kubernetes: `Raise ${fmt.code('resources.limits.memory')} of the container, for instance to ${fmt.bytes(raisedBytes)}.`,
    unknown: `Raise the limit where it is set, for instance to ${fmt.bytes(raisedBytes)}, if the host has that much to spare.`,
  };
  return how[groupKeeper(path)];
}

function heapProfileEn(fmt: Fmt): string {
  return `Find the growth with a heap profile (Node: ${fmt.code('--heapsnapshot-signal=SIGUSR2')}; Python: ${fmt.code('tracemalloc')}).`;
}

export const oomKilledEn: Words<OomKilledArgs> = {
  title: 'The OOM killer took an app',
  why: 'When memory runs out, the kernel ends one process with SIGKILL: no clean-up, no last log line. PM2 starts the app again and shows exit code 0, so nothing but the kernel log tells what happened. A kill is tied to an app by its pid, its process tree, its own log or PM2’s log line of the same moment, and each tie says how sure it is.',
  found(args, fmt) {
    const when = whenEn(args, fmt);
    if (args.story === 'app')
      return `${names(args, fmt)} was ${args.sure === 'possible' ? 'possibly ' : ''}killed for memory ${when}`;
    if (args.story === 'together')
      return `${togetherEn(args, fmt)} were killed for memory in one shortage ${when}`;
    if (args.story === 'one-of' && !args.ended)
      return `${args.kills === 1 ? 'A process' : `${fmt.count(args.kills)} processes`} of PM2’s ${args.kills === 1 ? 'was killed for memory on' : 'were killed for memory, last on'} ${fmt.time(args.last ?? 0)}: of ${fmt.list(args.apps.map((app) => fmt.name(app)))}, not known which`;
    if (args.story === 'one-of')
      return args.kills === 1
        ? `One of ${names(args, fmt)} was killed for memory ${when}; which one could not be told`
        : `${names(args, fmt)} share ${fmt.count(args.kills)} kills for memory between them, last on ${fmt.time(args.last ?? 0)}; which kill took which app could not be told`;
    if (args.story === 'daemon') {
      if (args.unit !== null) return `${args.killers[0] ?? 'A killer'} ended PM2 with all its apps ${when}`;
      return `The PM2 daemon itself was ${args.sure === 'certain' ? '' : 'probably '}killed for memory ${when}`;
    }
    if (args.story === 'outside')
      return `${comms(args, fmt)}, not run by PM2, was killed for memory ${when}, while ${names(args, fmt)} held more`;
    if (args.story === 'asked') return `The OOM killer was called by hand ${when}`;
    if (args.story === 'rest')
      return `${plural(args.apps.length, fmt.count(args.apps.length), 'more app was', 'more apps were')} killed for memory: ${names(args, fmt)}`;
    const count = plural(args.kills, fmt.count(args.kills), 'process', 'processes');
    if (args.story === 'undated')
      return `The log shows ${count} killed for memory, at a time it does not tell`;
    return `${count} ${args.kills === 1 ? 'was killed for memory on' : 'were killed for memory, last on'} ${fmt.time(args.last ?? 0)}; which app it was could not be told`;
  },
  effect(args, fmt) {
    const cause = `${fullEn(args, fmt)}${culpritEn(args, fmt)}`;
    if (args.story === 'daemon' && args.unit !== null)
      return `${cause}All processes of ${fmt.code(groupName(args.unit))} ended at once, apps and daemon alike.`;
    if (args.story === 'daemon')
      return `${cause}Without its daemon no app is watched: Node apps end with it, others run on as orphans that the next daemon does not know.`;
    if (args.story === 'outside')
      return `${cause}PM2’s apps lived on this time. The next kill may take one of them.`;
    if (args.story === 'asked')
      return `Somebody asked the kernel for it (SysRq f). It says nothing about memory running out. Killed: ${comms(args, fmt)}.`;
    if (args.story === 'undated')
      return `${cause}The lines carry no date, so they may be older than the window of this report. Killed: ${comms(args, fmt)}.`;
    if (args.story === 'untied')
      return `${cause}Killed: ${comms(args, fmt)}. No pid, log line or PM2 record ties ${args.kills === 1 ? 'it' : 'them'} to an app, so no app is blamed.`;
    if (args.story === 'together')
      return `${cause}${fmt.count(args.kills)} processes died within seconds of each other: ending one did not free enough.${args.daemon ? ' Without its daemon no app is watched, and all restart counters begin at 0.' : ''}`;
    if (args.story === 'one-of' && !args.ended)
      return `${cause}Its cgroup is PM2’s, but pm2.log shows no app end at that moment: most likely it was a child, and its app lived on. What it had in hand was lost.`;
    const guess =
      args.sure === 'possible'
        ? 'The tie to the app is a guess: time and name fit, the pid is not proven. '
        : '';
    return `${cause}${guess}The process ended at once: requests in flight were lost, and nothing was saved on the way out.`;
  },
  figures: (args, fmt) =>
    killFigures(args, fmt, {
      kills: 'kills',
      held: 'held when killed',
      limit: 'limit that was full',
      last: 'last',
      to: ' to ',
    }),
  fix(args, fmt) {
    const app = target(args, fmt);
    const common = {
      verify: `No new kill in the next report; ${fmt.code('pm2-audit oom')} lists all of them.`,
      undo: 'Restore what you changed and restart the app.',
    };
    if (args.plan === 'limit')
      return {
        title: `Give ${app} a memory limit of ${args.proposed ?? ''}`,
        steps: [
          'PM2 then restarts it in an orderly way before the kernel ends it. This bounds the growth; it does not cure it.',
        ],
        expected: `PM2 restarts ${app} at ${args.proposed ?? ''}, before the kernel has to. It looks every 30 s, so growth faster than that still gets past.`,
        verify: `${fmt.code(`pm2-audit --app ${shellQuote(args.target ?? '')}`)} shows the limit ${args.proposed ?? ''}, and no new kill.`,
        undo: 'Restore the old lines and run the same command.',
        minutes: 2,
      };
    if (args.plan === 'late')
      return {
        title: `Find what grows in ${app}`,
        steps: [
          `Its limit of ${args.proposed ?? ''} is in force. If it was so then, the app grew past it within the 30 s in which PM2 does not look: a lower limit would hardly have come in time.`,
          heapProfileEn(fmt),
        ],
        expected: 'The app no longer grows in bursts; its limit can catch the rest.',
        ...common,
        minutes: 60,
      };
    if (args.plan === 'workers')
      return {
        title: isWrapped(args.kinds)
          ? `Start ${app} directly, so that PM2 measures it`
          : `Bound the child processes of ${app}`,
        steps: [
          'PM2 measures the parent only, so max_memory_restart cannot fire here.',
          ...workerStepsEn(args.kinds, fmt),
        ],
        expected: 'All its processes together stay below what the host or its limit can give.',
        ...common,
        minutes: 15,
      };
    if (args.plan === 'group' && args.group !== null)
      return {
        title: `Give ${fmt.code(groupName(args.group.path))} more memory than ${fmt.bytes(args.group.bytes)}, or run less in it`,
        steps: [
          `${app} was killed at about its ordinary size: a restart limit low enough to come before the kernel would restart it for nothing.`,
          raiseEn(args.group, fmt),
        ],
        expected: 'All that runs in the group fits at its peak.',
        ...common,
        minutes: 10,
      };
    if (args.plan === 'culprit')
      return {
        title: `Bound ${app}, the biggest process at that moment`,
        steps: [
          'It is not known as a PM2 app, so no PM2 setting reaches it.',
          `Run it in its own scope with a limit, for instance ${fmt.code('systemd-run --scope -p MemoryMax=2G COMMAND')}, or lower its own memory setting.`,
        ],
        expected: 'Only that process is ended when it grows, not an app beside it.',
        ...common,
        minutes: 10,
      };
    return {
      title: app === '' ? 'Make room, or find what grows' : `Make room for ${app}, or find what grows in it`,
      steps: [
        'No restart limit can be proposed from what is known of it now: it would either restart a healthy app or come too late.',
        `${heapProfileEn(fmt)} Or move the work, or give the host more memory.`,
      ],
      expected: 'The app fits into its memory at its peak.',
      ...common,
      minutes: 60,
    };
  },
};
