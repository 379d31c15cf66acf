import type { Part } from '../../report/chat/fill.ts';
import { joiner, type Markup, renderBlock, unlinked } from './markup.ts';
import { readNumbered } from './numbered-answer.ts';
import { isRecord, type Meaning, type Payload, textOf, utf8Bytes, type Vendor } from './vendor.ts';

/** Bytes of `markdown.content`, UTF-8: developer.work.weixin.qq.com/document/path/91770; above it errcode 40058. */
export const wecomLimits = { contentBytes: 4096 } as const;

/** A subset of Markdown without escapes (same page): what forms a link, a mention or a colour is parted by a joiner. */
const plain = (text: string): string =>
  unlinked(text)
    .replace(/</g, `<${joiner}`)
    .replace(/\](?=\()/g, `]${joiner}`)
    .replace(/\*(?=\*)/g, `*${joiner}`)
    .replaceAll('`', 'ˋ');

const markup: Markup = {
  plain,
  strong: (text) => `**${plain(text)}**`,
  code: (text) => `\`${text.replace(/<(?=[@/A-Za-z])/g, `<${joiner}`).replaceAll('`', 'ˋ')}\``,
  // A line right after a quoted one would be drawn into the quote.
  line: (kind, text) => (kind === 'quote' ? `> ${text}\n` : text),
  lineBreak: '\n',
  blockBreak: '\n\n',
};

function payload({ title, blocks }: Part): Payload {
  return {
    msgtype: 'markdown',
    markdown: {
      content: [`**${plain(title)}**`, ...blocks.map((block) => renderBlock(block, markup).trimEnd())].join(
        '\n\n',
      ),
    },
  };
}

function fits({ markdown }: Payload): boolean {
  return isRecord(markdown) && utf8Bytes(textOf(markdown['content'])) <= wecomLimits.contentBytes;
}

/** `errcode` in a 200: developer.work.weixin.qq.com/document/path/90313 (global error codes). */
function meaningOf(number: number, words: string): Meaning {
  switch (number) {
    case 93000:
      return 'token';
    case 45009:
    case 45033:
      return 'rate-limit';
    case 40058:
      return /exceed max length/i.test(words) ? 'size' : 'payload';
    case 45002:
      return 'size';
    case 40008:
    case 44004:
    case 40063:
      return 'payload';
    case 93004:
    case 93008:
      return 'channel';
    case 60020:
      return 'address';
    case -1:
      return 'server';
    default:
      return 'other';
  }
}

export const wecom: Vendor = {
  kind: 'wecom',
  name: { en: 'WeCom', 'zh-CN': '企业微信' },
  place: { en: 'the group’s menu, Group robots', 'zh-CN': '群菜单中的“群机器人”' },
  // 20 a minute and robot (document/path/91770).
  paceMs: 3100,
  avoidsFullHours: true,
  payload,
  fits,
  lacks: () => null,
  request: (body, { url }) => ({ url, body: JSON.stringify(body) }),
  read: (answer) => readNumbered(answer, { number: ['errcode'], words: ['errmsg'] }, meaningOf),
};
