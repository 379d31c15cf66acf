import { createHmac } from 'node:crypto';
import type { VerdictWord } from '../../model/report.ts';
import type { ChatDigest } from '../../report/chat/digest.ts';
import type { Part } from '../../report/chat/fill.ts';
import type { PostRequest } from '../post.ts';
import { type Markup, renderBlock, unlinked } from './markup.ts';
import { readNumbered } from './numbered-answer.ts';
import { type Access, jsonBytes, type Meaning, type Payload, type Vendor } from './vendor.ts';

/** Bytes of the whole body, UTF-8, signature and time included: open.larkoffice.com, custom bots, "不能超过 20 KB". */
export const feishuLimits = { bytes: 20_000, signatureBytes: 100 } as const;

const colors: { readonly [V in VerdictWord]: string } = {
  critical: 'red',
  attention: 'orange',
  healthy: 'green',
  unknown: 'grey',
};

/** Its cards know HTML's numbered escapes, and ask for them (open.feishu.cn, card Markdown, special characters). */
const plain = (text: string): string =>
  unlinked(text.replace(/[&<>*~[\]()#!`_|\\$]|^[-+]/g, (character) => `&#${character.charCodeAt(0)};`));

const markup: Markup = {
  plain,
  strong: (text) => `**${plain(text)}**`,
  // In a code span escapes would stand as they are.
  code: plain,
  line: (kind, text) => (kind === 'quote' ? `<font color='grey'>${text}</font>` : text),
  lineBreak: '\n',
  blockBreak: '\n\n',
};

function payload({ title, blocks }: Part, { verdict }: Pick<ChatDigest, 'verdict'>): Payload {
  return {
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { template: colors[verdict], title: { tag: 'plain_text', content: title } },
      elements: blocks.map((block) => ({ tag: 'markdown', content: renderBlock(block, markup) })),
    },
  };
}

/** Custom bots, signing: seconds; HMAC-SHA256 of nothing with the key `<seconds>\n<secret>`, Base64, in the body. */
function request(body: Payload, { url, secret }: Access, nowMs: number): PostRequest {
  if (secret === null) return { url, body: JSON.stringify(body) };
  const timestamp = String(Math.floor(nowMs / 1000));
  const sign = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
  return { url, body: JSON.stringify({ timestamp, sign, ...body }) };
}

/** `code` (once `StatusCode`) in the body, with 200 or 400: the same page, and open.feishu.cn, frequency control. */
function meaningOf(number: number, words: string): Meaning {
  switch (number) {
    case 19001:
      return 'token';
    case 19021:
      return 'signature';
    case 19022:
      return 'address';
    case 19024:
      return 'keyword';
    case 19036:
    case 230025:
      return 'size';
    case 9499:
      return /too many|frequen|limit/i.test(words) ? 'rate-limit' : 'payload';
    case 11232:
    case 99991400:
      return 'rate-limit';
    case 11246:
    case 19002:
    case 230099:
      return 'payload';
    case 230028:
      return 'content';
    default:
      return 'other';
  }
}

export const feishu: Vendor = {
  kind: 'feishu',
  name: { en: 'Feishu (Lark)', 'zh-CN': '飞书' },
  place: { en: 'the group’s settings, Bots', 'zh-CN': '群设置中的“群机器人”' },
  // 100 a minute and 5 a second (the same page).
  paceMs: 700,
  avoidsFullHours: true,
  payload,
  fits: (message) => jsonBytes(message) + feishuLimits.signatureBytes <= feishuLimits.bytes,
  lacks: () => null,
  request,
  read: (answer) =>
    readNumbered(answer, { number: ['code', 'StatusCode'], words: ['msg', 'StatusMessage'] }, meaningOf),
};
