import type { Part } from '../../report/chat/fill.ts';
import type { Answer, PostRequest } from '../post.ts';
import { joiner, type Markup, renderBlock, unlinked } from './markup.ts';
import {
  type Access,
  accepted,
  isRecord,
  type Meaning,
  numberOf,
  type Payload,
  type Reading,
  readStatus,
  recordOf,
  refused,
  textOf,
  type Vendor,
} from './vendor.ts';

/**
 * UTF-16 units. "1-4096 characters after entities parsing" (Telegram Bot API, sendMessage); counted before it here, tags and
 * escapes with it, which is never less.
 */
export const telegramLimits = { text: 4096 } as const;

/** `<`, `>` and `&` are all that HTML mode asks for (Bot API, HTML style). */
const html = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** Telegram makes links of `@name`, `#tag`, `$TAG` and `/command` by itself, outside of code. */
const plain = (text: string): string =>
  unlinked(html(text.replace(/([@#$]|(?:^|(?<=\s))\/)(?=\w)/g, `$1${joiner}`)));

const markup: Markup = {
  plain,
  strong: (text) => `<b>${plain(text)}</b>`,
  code: (text) => `<code>${html(text)}</code>`,
  line: (kind, text) => (kind === 'quote' ? `<blockquote>${text}</blockquote>` : text),
  lineBreak: '\n',
  blockBreak: '\n\n',
};

function payload({ title, blocks }: Part): Payload {
  return {
    text: [`<b>${plain(title)}</b>`, ...blocks.map((block) => renderBlock(block, markup))].join('\n\n'),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  };
}

/** `https://api.telegram.org/bot<token>/sendMessage`; the token is the secret, or stands in the address already. */
function request(body: Payload, { url, secret, chat }: Access): PostRequest {
  const target = new URL(url);
  if (!/\/bot[^/]+/.test(target.pathname))
    target.pathname = `${target.pathname.replace(/\/$/, '')}/bot${secret ?? ''}/sendMessage`;
  else if (!target.pathname.endsWith('/sendMessage'))
    target.pathname = `${target.pathname.replace(/\/$/, '')}/sendMessage`;
  return { url: target, body: JSON.stringify({ chat_id: chat, ...body }) };
}

/** Words of `description`, in the order they are looked for: Telegram Bot API, "Making requests", and tdlib's messages. */
const meanings: readonly (readonly [words: RegExp, meaning: Meaning])[] = [
  [/too long/i, 'size'],
  [
    /chat not found|chat_id is empty|upgraded to a supergroup|PEER_ID_INVALID|chat is deactivated/i,
    'channel',
  ],
  [/bot was (?:kicked|blocked)|bot is not a member|user is deactivated|can't initiate/i, 'channel'],
  [/not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|CHAT_RESTRICTED|TOPIC_CLOSED/i, 'restricted'],
  [/can't parse entities/i, 'payload'],
];

function read(answer: Answer): Reading {
  const body = recordOf(answer.text);
  if (body?.['ok'] === true) return accepted;
  if (body === null) return answer.status === 200 ? refused('answer', 'HTTP 200') : readStatus(answer);
  const description = textOf(body['description']);
  const said = `HTTP ${answer.status} ${description}`;
  const status = numberOf(body['error_code']) ?? answer.status;
  if (status === 429) {
    const parameters = body['parameters'];
    const seconds = isRecord(parameters) ? numberOf(parameters['retry_after']) : null;
    return refused('rate-limit', said, seconds === null ? answer.retryAfterMs : seconds * 1000);
  }
  const meaning = meanings.find(([words]) => words.test(description))?.[1];
  if (meaning !== undefined) return refused(meaning, said);
  // 401 "Unauthorized" and 404 "Not Found": no bot has this token.
  if (status === 200) return refused('answer', said);
  return readStatus({ ...answer, status }, description);
}

export const telegram: Vendor = {
  kind: 'telegram',
  name: { en: 'Telegram', 'zh-CN': 'Telegram' },
  place: { en: 'a chat with @BotFather', 'zh-CN': '与 @BotFather 的对话' },
  // One message a second to a chat, 20 a minute to a group (Telegram, Bots FAQ).
  paceMs: 1100,
  avoidsFullHours: false,
  payload,
  fits: ({ text }) => textOf(text).length <= telegramLimits.text,
  lacks: ({ url, secret, chat }) =>
    chat === null ? 'chat' : secret === null && !/\/bot[^/]+/.test(url.pathname) ? 'secret' : null,
  request,
  read,
};
