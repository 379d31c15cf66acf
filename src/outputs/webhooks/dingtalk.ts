import { createHmac } from 'node:crypto';
import type { Part } from '../../report/chat/fill.ts';
import type { PostRequest } from '../post.ts';
import { joiner, type Markup, renderBlock, unlinked } from './markup.ts';
import { readNumbered } from './numbered-answer.ts';
import { type Access, jsonBytes, type Meaning, type Payload, type Vendor } from './vendor.ts';

/** Bytes of the whole body, UTF-8: open.dingtalk.com, custom robots, "消息体不超过 20000 字节" (error 460101). */
export const dingtalkLimits = { bytes: 20_000 } as const;

/**
 * Its Markdown has no official escapes. A backslash is read on all its clients we know of; links, pictures and tags are
 * parted by an invisible joiner, so that they are none even where it is not.
 */
const plain = (text: string): string =>
  unlinked(text)
    .replace(/</g, `<${joiner}`)
    .replace(/\](?=[(:[])/g, `]${joiner}`)
    .replace(/!(?=\[)/g, `!${joiner}`)
    .replace(/[*`]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_(?=\S)/g, '\\_');

/** A line of a patch is no list, and a name no heading. */
const atStart = (text: string): string => text.replace(/^(?=[#>+=-]|\d+\.)/, joiner);

const markup: Markup = {
  plain,
  strong: (text) => `**${plain(text)}**`,
  // There is no code in its documented Markdown.
  code: plain,
  line: (kind, text) => `${kind === 'text' ? '' : '> '}${atStart(text)}`,
  // A line ends where a paragraph ends; one line break alone is a blank on some clients.
  lineBreak: '\n\n',
  blockBreak: '\n\n',
};

function payload({ title, blocks }: Part): Payload {
  return {
    msgtype: 'markdown',
    markdown: {
      // In the list of conversations, plain.
      title,
      text: [`#### ${plain(title)}`, ...blocks.map((block) => renderBlock(block, markup))].join('\n\n'),
    },
    at: { isAtAll: false },
  };
}

/** open.dingtalk.com, custom robots, signing: HMAC-SHA256 of `<ms>\n<secret>` with the secret, Base64, in the address. */
function request(body: Payload, { url, secret }: Access, nowMs: number): PostRequest {
  const target = new URL(url);
  if (secret !== null) {
    target.searchParams.set('timestamp', String(nowMs));
    target.searchParams.set(
      'sign',
      createHmac('sha256', secret).update(`${nowMs}\n${secret}`).digest('base64'),
    );
  }
  return { url: target, body: JSON.stringify(body) };
}

/**
 * `errcode` in a 200. 310000 is every kind of protection, told apart by its words only (old and new ones); the numbers
 * stand in open.dingtalk.com, custom robots, "错误码"; 130101 and 660026 are its flow control.
 */
function meaningOf(number: number, words: string): Meaning {
  switch (number) {
    case 310000:
      if (/keyword|关键词/i.test(words)) return 'keyword';
      if (/timestamp|时间戳(?:无效|过期|超)/i.test(words) && !/签名不匹配|sign not match/i.test(words))
        return 'clock';
      if (/sign|签名|加签/i.test(words)) return 'signature';
      if (/\bip\b|whitelist|白名单/i.test(words)) return 'address';
      return 'restricted';
    case 130101:
    case 660026:
    case 410100:
    case 90018:
    case 90030:
      return 'rate-limit';
    case 300001:
    case 300005:
    case 400101:
    case 400102:
    case 400106:
      return 'token';
    case 400013:
      return 'channel';
    case 430101:
    case 430102:
    case 430103:
    case 430104:
      return 'content';
    case 460101:
      return 'size';
    case 40035:
    case 43004:
    case 400105:
      return 'payload';
    case -1:
      return 'server';
    default:
      return 'other';
  }
}

export const dingtalk: Vendor = {
  kind: 'dingtalk',
  name: { en: 'DingTalk', 'zh-CN': '钉钉' },
  place: { en: 'the group’s settings, Robots', 'zh-CN': '群设置中的“机器人”' },
  // 20 a minute; more than that, and it takes none for ten minutes (open.dingtalk.com, custom robots).
  paceMs: 3100,
  avoidsFullHours: true,
  payload,
  fits: (message) => jsonBytes(message) <= dingtalkLimits.bytes,
  lacks: () => null,
  request,
  read: (answer) => readNumbered(answer, { number: ['errcode'], words: ['errmsg'] }, meaningOf),
};
