import { onceEvery, oneEvery } from '../../../derive/how-often.ts';
import { causeWords } from '../../../derive/restarts/cause-words.ts';
import type { Cause, DaemonEnd } from '../../../model/restart.ts';
import type { Locale } from '../../../model/text.ts';
import type { ReportFmt } from '../../format.ts';
import type { Asked, ConclusionWords, ToldCause } from './conclusion-words.ts';
import { chinese } from './conclusions-zh.ts';
import { countOf, stretch } from './numbers.ts';

const times = (fmt: ReportFmt, count: number): string =>
  count === 1 ? 'once' : count === 2 ? 'twice' : `${fmt.count(count)} times`;
const comma = (period: string): string => (period === '' ? '' : `, ${period}`);
const restartsOf = (fmt: ReportFmt, count: number): string => countOf(fmt, count, 'restart', 'restarts');

/** A stretch in words: seconds and minutes as they are, days without hours. */
const lasting = (fmt: ReportFmt, ms: number): string =>
  ms < 2 * 3_600_000 ? fmt.duration(ms) : stretch(fmt, ms);

const loopNames: { readonly [C in Cause]?: string } = {
  crash: 'crash loop',
  'oom-kill': 'loop of out-of-memory kills',
  'heap-oom': 'loop at its heap limit',
  'memory-limit': 'loop at its memory limit',
  signal: 'loop of fatal signals',
  'clean-exit': 'loop of clean exits',
};
const loopName = (cause: Cause): string => loopNames[cause] ?? 'restart loop';

const askedKind = ({ manual, reload }: Asked): string =>
  manual > 0 && reload > 0
    ? 'manual or reloads'
    : reload > 0
      ? reload === 1
        ? 'a reload'
        : 'reloads'
      : 'manual';
const were = (count: number): string => (count === 1 ? 'was' : 'were');

const daemonEnds: { readonly [D in DaemonEnd]: string } = {
  'oom-stop': 'systemd stopped the whole unit after an OOM kill inside it',
  'oom-kill': 'the daemon, or its whole unit, was killed for lack of memory',
  update: 'by an update of PM2',
  command: 'by pm2 kill or pm2 update, or its unit was stopped',
  signal: 'by a signal to the daemon',
  error: 'the daemon gave up by itself',
  reboot: 'by a reboot of the host',
  vanished: 'no line says how the daemon went',
};

const caused: {
  readonly [C in ToldCause]: (count: string, signals: string, fromOutside: boolean) => string;
} = {
  'oom-kill': (count) => `It was killed for lack of memory ${count}`,
  'heap-oom': (count) => `It ran into its own heap limit ${count}`,
  'memory-limit': (count) => `PM2 restarted it at its memory limit ${count}`,
  crash: (count) => `It crashed ${count}`,
  signal: (count, signals, fromOutside) =>
    `A signal${fromOutside ? ' from outside' : ''}${signals} ended it ${count}`,
  'stop-timeout': (count) => `It did not stop in time, and PM2 killed it ${count}`,
  'clean-exit': (count) => `It ended by itself without an error ${count}`,
  cron: (count) => `Its cron schedule restarted it ${count}, by design`,
  watch: (count) => `A changed file restarted it ${count} (watch)`,
};

const en = (fmt: ReportFmt): ConclusionWords => ({
  loopGoesOn: (cause, restarts, from, every) =>
    `A ${loopName(cause)}, and it goes on: ${restartsOf(fmt, restarts)} since ${fmt.time(from)}${every === null ? '' : `, about ${oneEvery(every, fmt.duration)}`}.`,
  waits: (cause, count, period) =>
    `It fails${cause === 'crash' || count === 0 ? '' : ` (${causeWords.en[cause]})`}, and PM2 waits before each start (backoff)${count === 0 ? '' : `: ${cause === 'crash' ? countOf(fmt, count, 'crash', 'crashes') : restartsOf(fmt, count)}${comma(period)}`}.`,
  loopDaily: (cause, restarts, period) =>
    `A recurring ${loopName(cause)}: ${restartsOf(fmt, restarts)}${comma(period)}.`,
  loopOnce: (cause, restarts, lasted, period) =>
    `A ${loopName(cause)}, now over: ${restartsOf(fmt, restarts)} in ${lasting(fmt, lasted)}${comma(period)}.`,
  loops: (cause, loops, restarts, period, endedAt) =>
    `${fmt.count(loops)} ${loopName(cause).replace(/\bloop\b/, 'loops')}, now over: ${restartsOf(fmt, restarts)}${comma(period)}; the last ended ${fmt.time(endedAt)}.`,
  alsoLoops: (loops, restarts, period) =>
    `${loops === 1 ? 'One burst' : `${fmt.count(loops)} bursts`} of failures: ${restartsOf(fmt, restarts)} within minutes${comma(period)}.`,
  gaveUp: (ends, areCrashes, lasted, at) =>
    `PM2 gave up on it ${fmt.time(at)}${ends < 2 ? '' : `, after ${fmt.count(ends)} ${areCrashes ? 'crashes' : 'exits'} ${lasted < 1000 ? 'within a second' : `in ${lasting(fmt, lasted)}`}`}: it is errored and does not run.`,
  gaveUpBefore: (count, at) =>
    `PM2 gave up on it ${times(fmt, count)}${count === 1 ? ',' : ', the last time'} ${fmt.time(at)}; it was started again since.`,
  stoppedAndStarted: (count) =>
    `It was stopped on request ${times(fmt, count)} and started again later; PM2 does not count that.`,
  notAnswered: (count, words) =>
    `Besides, it failed ${times(fmt, count)} without PM2 starting it again (${fmt.list(words, 3)}).`,
  leftDown: (at, cause) => `It went down ${fmt.time(at)} (${cause}), and PM2 did not start it again.`,
  stoppedOnRequest: (at) => `It was stopped on request ${fmt.time(at)}.`,
  runEnded: (at, code) =>
    code === null
      ? `Its last run ended ${fmt.time(at)} without an error, and PM2 is told not to start it again (autorestart: false).`
      : `Its last run ended ${fmt.time(at)} with exit code ${code}, after which PM2 is told to leave it down (stop_exit_codes).`,
  askedMost: (facts) => {
    const count = facts.manual + facts.reload;
    const share =
      count === facts.total
        ? count === 1
          ? 'The restart'
          : count === 2
            ? 'both restarts'
            : `all ${fmt.count(count)} restarts`
        : `${fmt.count(count)} of ${restartsOf(fmt, facts.total)}`;
    return facts.total === 1
      ? `The only restart was ${askedKind(facts)}${comma(facts.period)}.`
      : `Not a loop: ${share} ${were(count)} ${askedKind(facts)}${comma(facts.period)}.`;
  },
  asked: (facts) => {
    const count = facts.manual + facts.reload;
    const share =
      count < facts.total
        ? `${fmt.count(count)} of ${restartsOf(fmt, facts.total)}`
        : count === 1
          ? 'The only restart'
          : count === 2
            ? 'Both restarts'
            : `All ${fmt.count(count)} restarts`;
    return `${share} ${were(count)} asked for (${facts.manual > 0 && facts.reload > 0 ? `${fmt.count(facts.manual)} manual, ${countOf(fmt, facts.reload, 'reload', 'reloads')}` : askedKind(facts)})${comma(facts.period)}.`;
  },
  burstsOnly: (bursts) =>
    bursts === 1
      ? 'They came in one burst, as with a deploy.'
      : `They came in ${fmt.count(bursts)} bursts, as with deploys.`,
  caused: (cause, count, period, signals, isSum, fromOutside) =>
    `${caused[cause](`${times(fmt, count)}${isSum && count > 1 ? ' in all' : ''}`, signals.length === 0 ? '' : ` (${fmt.list(signals, 3)})`, fromOutside)}${comma(period)}.`,
  memoryChurns: (count, period, every) =>
    `Its memory limit churns: PM2 restarted it ${times(fmt, count)}${every === null ? '' : `, about ${onceEvery(every, fmt.duration)}`}${comma(period)}.`,
  endsItself: (count, period, every) =>
    `It ends by itself and PM2 starts it again: ${times(fmt, count)}${every === null ? '' : `, about ${onceEvery(every, fmt.duration)}`}${comma(period)}.`,
  nothingFailed: 'Nothing failed: its exits were clean, as those of a job that is done.',
  watchOnly: (count, period) =>
    `File watch, not failure: a changed file restarted it ${times(fmt, count)}${comma(period)}.`,
  cronOnly: (count, period) =>
    `By design: its cron schedule restarted it ${times(fmt, count)}${comma(period)}.`,
  daemonOnly: (count, period) =>
    `It went down with PM2, not by itself: ${times(fmt, count)}${comma(period)}.`,
  daemonEnds: (parts, isOnly) => {
    const isOne = parts.length === 1 && parts[0]?.count === 1;
    const said = parts.map(
      ({ how, count }) =>
        `${how === null ? 'how is not known' : daemonEnds[how]}${isOne || (isOnly && parts.length === 1) ? '' : ` (${times(fmt, count)})`}`,
    );
    return isOnly ? `How: ${said.join('; ')}.` : `It went down with the PM2 daemon: ${said.join('; ')}.`;
  },
  unknownOnly: (count, period) =>
    `The cause is not visible: ${restartsOf(fmt, count)}${comma(period)}, and no line says why.`,
  unknown: (count, period) =>
    `${countOf(fmt, count, 'restart has', 'restarts have')} no visible cause${comma(period)}.`,
  noLoop: 'Never three failures within 5 minutes: not a loop.',
  onlyHistory: (counter, since) =>
    counter === 0
      ? `No restart${since === null ? ' in the window' : ` since ${fmt.time(since)}, where the log begins`}, and none on PM2’s counter.`
      : `History: ${counter === 1 ? 'the one' : `none of the ${fmt.count(counter)}`} on PM2’s counter is ${counter === 1 ? (since === null ? 'older than the window' : `older than ${fmt.time(since)}, where the log begins`) : since === null ? 'in the window' : `newer than ${fmt.time(since)}, where the log begins`}.`,
  notVisible: (counter) => `Not visible: nothing can be said of the ${fmt.count(counter)} on PM2’s counter.`,
  workersOnly: (count, period, isSeen) => {
    const killed = `${count === 1 ? 'a process below it was' : `${fmt.count(count)} processes below it were`} killed for lack of memory${comma(period)}.`;
    return isSeen
      ? `It did not restart in the window, but ${killed}`
      : killed.charAt(0).toUpperCase() + killed.slice(1);
  },
  workersToo: (count, period) =>
    `Besides, ${count === 1 ? 'a process below it was' : `${fmt.count(count)} processes below it were`} killed for lack of memory${comma(period)}; PM2 does not count that.`,
  workersUncounted: 'Its main process lived on, so PM2 counts nothing of it.',
  held: (least, most) =>
    least === most ? `Held when killed: ${least}.` : `Held when killed: ${least} to ${most}.`,
  limit: (limit, uptime) =>
    `Its limit is ${limit} now${uptime === null ? '' : `; the process lived ${fmt.duration(uptime)} before it (median)`}.`,
  // pm2.log has whole seconds: 0 ms is no measure.
  lived: (uptime) =>
    `Its processes lived ${uptime < 1000 ? 'less than a second' : fmt.duration(uptime)} (median).`,
  sameCrash: (count, total) =>
    count === total
      ? total === 2
        ? 'Both crashes are the same.'
        : `All ${fmt.count(total)} crashes are the same.`
      : `${fmt.count(count)} of the ${fmt.count(total)} crashes are the same.`,
  afterRequest: (crashes, total) =>
    `${crashes === total ? (total === 2 ? 'Both' : `All ${fmt.count(total)}`) : `${fmt.count(crashes)} of the ${fmt.count(total)}`} crashes came within 10 minutes after a restart on request: seen together, not proven to be the cause.`,
  beganAfter: (ms, at, apps) =>
    `It began ${ms < 1000 ? 'in the second of' : `${fmt.duration(ms)} after`} a restart on request${apps > 1 ? ` of ${fmt.count(apps)} apps, as with a deploy` : ''} (${fmt.time(at)}): that is the order of events, not proof of the cause.`,
  unexplained: (why, count, counter, from) => {
    const part =
      count === counter
        ? counter === 1
          ? 'The one restart on PM2’s counter'
          : `None of the ${fmt.count(counter)} on PM2’s counter`
        : `${fmt.count(count)} of the ${fmt.count(counter)} on PM2’s counter`;
    const can = count === counter && counter > 1 ? 'can be explained' : 'cannot be explained';
    const begins = from === null ? '' : ` ${fmt.time(from)}`;
    switch (why) {
      case 'before-log':
        return `${part} ${can}: ${from === null ? 'they are older than the log' : `pm2.log, as far as it was read, begins${begins}`}.`;
      case 'emptied':
        return `${part} ${can}: pm2.log was emptied since (pm2 flush, or a rotation that truncates)${from === null ? '' : ` and begins${begins}`}.`;
      case 'no-times':
        return `${part} ${can}: the lines of pm2.log carry no time.`;
      case 'no-log':
        return `${part} ${can}: pm2.log could not be read.`;
      case 'unknown':
      case null:
        return `${part} ${can}: pm2.log covers the time and does not show ${count === 1 ? 'it' : 'them'}.`;
    }
  },
  unexplainedAll: (why, count) => {
    const cannot = `Why ${count === 1 ? 'it' : 'they'} happened cannot be told`;
    switch (why) {
      case 'before-log':
        return `${cannot}: ${count === 1 ? 'it is' : 'they are'} older than pm2.log, as far as it was read.`;
      case 'emptied':
        return `${cannot}: pm2.log was emptied since (pm2 flush, or a rotation that truncates).`;
      case 'no-times':
        return 'The lines of pm2.log carry no time.';
      case 'no-log':
        return 'pm2.log could not be read.';
      case 'unknown':
      case null:
        return `pm2.log covers the time and does not show ${count === 1 ? 'it' : 'them'}.`;
    }
  },
  goesOn: (at, cause, waited) =>
    `Last restart ${fmt.time(at)}${cause === null ? '' : `, ${cause}`}${waited === null ? '' : waited === 0 ? '; PM2 starts it again at once' : `; PM2 waited ${fmt.duration(waited)} before starting it again`}.`,
  expectAgain: (clock, at, isCrash) =>
    `Expect it again at about ${clock}; the last ${isCrash ? 'crash' : 'failure'} was ${fmt.time(at)}.`,
  inRhythm: (at, cause, nextAt) =>
    `It goes on: last ${fmt.time(at)}, ${cause}; expect the next at about ${fmt.clock(nextAt)}.`,
  ended: (at, ms, isCrash) =>
    `${isCrash ? 'No crash' : 'No failure'} since ${fmt.time(at)}, ${stretch(fmt, ms)} ago.`,
  last: (at, cause) => `Last restart ${fmt.time(at)}${cause === null ? '' : `, ${cause}`}.`,
  down: (at, ms, why) =>
    why === 'gave-up'
      ? `Down for ${stretch(fmt, ms)} now; PM2 does not try again.`
      : why === 'asked'
        ? `Stopped on request ${fmt.time(at)}, ${stretch(fmt, ms)} ago.`
        : why === 'told'
          ? `Down for ${stretch(fmt, ms)} now.`
          : why === 'failed'
            ? `PM2 could not start it again: down since ${fmt.time(at)}, ${stretch(fmt, ms)} now.`
            : `It ended ${fmt.time(at)}, and PM2 left it down: ${stretch(fmt, ms)} now.`,
});

export const conclusionWords: { readonly [L in Locale]: (fmt: ReportFmt) => ConclusionWords } = {
  en,
  'zh-CN': chinese,
};
