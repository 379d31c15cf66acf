import type { Reason } from '../../derive/delivery/occasion.ts';
import { outboxLimits } from '../../history/deliveries.ts';
import type { ChannelSettings, EmailSettings, WebhookSettings } from '../../model/delivery.ts';
import type { EpochMs, Locale } from '../../model/text.ts';
import { makeFmt } from '../../report/format.ts';
import { oneLine } from '../../report/prose.ts';

/** What a run says of its channels: one short line each. */
export interface DeliveryWords {
  /** How a channel is called. */
  channel(settings: ChannelSettings): string;
  sent(channel: string, reason: Reason): string;
  /** Messages of earlier runs that went out now. */
  caughtUp(channel: string, count: number, since: EpochMs): string;
  healthy(channel: string): string;
  nothingNew(channel: string, toldAt: EpochMs): string;
  held(channel: string, toldAt: EpochMs): string;
  /** `kept`: how many wait in the outbox now; null = it could not be kept. */
  notSent(channel: string, problem: string, kept: number | null): string;
  /** What earlier runs could not send waits still, `count` messages, the oldest since `since`. */
  waits(settings: ChannelSettings, problem: string, count: number, since: EpochMs): string;
  /** Of those it was left for: trying again is no use. */
  givenUp(channel: string, problem: string): string;
  /** A message, or the login, was refused: nothing is tried there until `again`. */
  refused(channel: string, problem: string, again: EpochMs): string;
  /** The same at the runs in between. */
  stillRefused(channel: string, problem: string, at: EpochMs, again: EpochMs): string;
  /** Some have it, the others never will. */
  partly(channel: string, problem: string): string;
  cannot(channel: string, problem: string): string;
  notComposed(what: string): string;
  busy(channel: string, pid: number): string;
  dropped(channel: string, count: number): string;
  /** `isTold`: what was told is remembered beside the reports. */
  noStore(problem: string, isTold: boolean): string;
  prom(problem: string): string;
}

/** Times in the zone of the report, with the day where it is not the same. */
export function deliveryWords(locale: Locale, utcOffsetMinutes: number, now: EpochMs): DeliveryWords {
  const fmt = makeFmt(locale, utcOffsetMinutes);
  const time = (at: EpochMs): string => (fmt.date(at) === fmt.date(now) ? fmt.clock(at) : fmt.time(at));
  return locale === 'en' ? english(time) : chinese(time);
}

/** What another program said, on one line, with its full stop. */
function sentence(words: string, stop: string): string {
  const line = oneLine(words).trim();
  return /[.!?。！？]$/.test(line) ? line : `${line}${stop}`;
}

const isEmail = (settings: ChannelSettings): settings is EmailSettings => 'transport' in settings;
const isWebhook = (settings: ChannelSettings): settings is WebhookSettings => 'kind' in settings;

function called(settings: ChannelSettings, mail: (to: string) => string): string {
  if (isEmail(settings)) {
    const few = settings.to.length > 3 ? `${settings.to.slice(0, 3).join(', ')} …` : settings.to.join(', ');
    return oneLine(mail(few));
  }
  const { name } = settings;
  return oneLine(isWebhook(settings) && settings.kind !== name ? `${name} (${settings.kind})` : name);
}

const mailEn = (to: string): string => `mail to ${to}`;
const mailZh = (to: string): string => `邮件 ${to}`;

const reasonsEn: { readonly [R in Reason]: string } = {
  first: 'the first report',
  new: 'something is new',
  worse: 'something got worse',
  better: 'something got better',
  recovered: 'all is well again',
  reminder: 'a reminder',
  always: 'every run',
  asked: 'as asked',
};

function english(time: (at: EpochMs) => string): DeliveryWords {
  const many = (count: number): string => (count === 1 ? 'one message' : `${count} messages`);
  return {
    channel: (settings) => called(settings, mailEn),
    sent: (channel, reason) => `${channel}: sent (${reasonsEn[reason]})`,
    caughtUp: (channel, count, since) => `${channel}: sent ${many(count)} kept since ${time(since)}`,
    healthy: (channel) => `${channel}: silent: nothing urgent to tell`,
    nothingNew: (channel, toldAt) => `${channel}: silent: nothing new since ${time(toldAt)}`,
    held: (channel, toldAt) =>
      `${channel}: silent: told at ${time(toldAt)}; what changed since waits its turn`,
    notSent: (channel, problem, kept) =>
      `${channel}: not sent: ${sentence(problem, '.')} ${kept === null ? 'It could not be kept either.' : kept === 1 ? 'Kept for the next run.' : `${kept} messages are kept for the next run.`}`,
    waits: (settings, problem, count, since) => {
      const noun = isEmail(settings) ? 'mail' : 'message';
      const which =
        count === 1
          ? `the ${noun} of ${time(since)} still waits`
          : `${count} ${noun}s since ${time(since)} still wait`;
      return `${called(settings, mailEn)}: not sent: ${which}: ${sentence(problem, '.')}`;
    },
    givenUp: (channel, problem) =>
      `${channel}: not sent: ${sentence(problem, '.')} It will not be tried again.`,
    refused: (channel, problem, again) =>
      `${channel}: not sent: ${sentence(problem, '.')} Tried again from ${time(again)} on, or at once with pm2-audit send.`,
    stillRefused: (channel, problem, at, again) =>
      `${channel}: not sent: refused at ${time(at)}, tried again from ${time(again)} on: ${sentence(problem, '.')}`,
    partly: (channel, problem) => `${channel}: not sent to all: ${sentence(problem, '.')}`,
    cannot: (channel, problem) => `${channel}: ${sentence(problem, '.')}`,
    notComposed: (what) =>
      `the message could not be made (${oneLine(what).slice(0, 200)}); run pm2-audit once more, and report it if it stays.`,
    busy: (channel, pid) =>
      `${channel}: not sent: another pm2-audit (pid ${pid}) has been sending there for minutes; try again when it has ended.`,
    dropped: (channel, count) =>
      `${channel}: ${many(count)} of earlier runs had to go unsent: at most ${outboxLimits.parcels} are kept, for 14 days.`,
    noStore: (problem, isTold) =>
      `${isTold ? 'what cannot be sent is not kept for the next run' : 'what was told and what could not be sent is not remembered'}: ${sentence(problem, '.')}`,
    prom: (problem) => `prom.file: ${sentence(problem, '.')}`,
  };
}

const reasonsZh: { readonly [R in Reason]: string } = {
  first: '首份报告',
  new: '有新问题',
  worse: '问题加重',
  better: '有所好转',
  recovered: '已恢复正常',
  reminder: '定期提醒',
  always: '每次运行',
  asked: '按要求发送',
};

function chinese(time: (at: EpochMs) => string): DeliveryWords {
  return {
    channel: (settings) => called(settings, mailZh),
    sent: (channel, reason) => `${channel}：已发送（${reasonsZh[reason]}）`,
    caughtUp: (channel, count, since) => `${channel}：已补发 ${time(since)} 以来保留的 ${count} 条消息`,
    healthy: (channel) => `${channel}：未发送：没有紧急问题`,
    nothingNew: (channel, toldAt) => `${channel}：未发送：自 ${time(toldAt)} 以来没有新情况`,
    held: (channel, toldAt) => `${channel}：未发送：${time(toldAt)} 刚通知过，其后的变化稍后再发`,
    notSent: (channel, problem, kept) =>
      `${channel}：发送失败：${sentence(problem, '。')}${kept === null ? '消息也无法保留。' : kept === 1 ? '消息已保留，下次运行时重发。' : `共有 ${kept} 条消息保留，下次运行时重发。`}`,
    waits: (settings, problem, count, since) => {
      const [noun, one] = isEmail(settings) ? ['邮件', '封'] : ['消息', '条'];
      const which = `${time(since)} ${count === 1 ? `的${noun}` : `以来的 ${count} ${one}${noun}`}仍在等待发送`;
      return `${called(settings, mailZh)}：未发送：${which}：${sentence(problem, '。')}`;
    },
    givenUp: (channel, problem) => `${channel}：发送失败：${sentence(problem, '。')}不再重试。`,
    refused: (channel, problem, again) =>
      `${channel}：发送失败：${sentence(problem, '。')}${time(again)} 之后再试；也可用 pm2-audit send 立即重试。`,
    stillRefused: (channel, problem, at, again) =>
      `${channel}：未发送：${time(at)} 被拒绝，${time(again)} 之后再试：${sentence(problem, '。')}`,
    partly: (channel, problem) => `${channel}：部分收件人未送达：${sentence(problem, '。')}`,
    cannot: (channel, problem) => `${channel}：${sentence(problem, '。')}`,
    notComposed: (what) =>
      `消息无法生成（${oneLine(what).slice(0, 200)}）；请重新运行 pm2-audit，若仍出现请反馈。`,
    busy: (channel, pid) =>
      `${channel}：未发送：另一个 pm2-audit（pid ${pid}）正在向该渠道发送，已等待数分钟；请在其结束后重试。`,
    dropped: (channel, count) =>
      `${channel}：之前运行的 ${count} 条消息未能发出，已丢弃：最多保留 ${outboxLimits.parcels} 条、14 天。`,
    noStore: (problem, isTold) =>
      `${isTold ? '未能发出的消息无法保留到下次运行' : '通知记录和未发出的消息无法保存'}：${sentence(problem, '。')}`,
    prom: (problem) => `prom.file：${sentence(problem, '。')}`,
  };
}
