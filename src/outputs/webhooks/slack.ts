import type { ChatDigest } from '../../report/chat/digest.ts';
import type { Part } from '../../report/chat/fill.ts';
import type { Answer } from '../post.ts';
import { type Markup, renderBlock, unlinked } from './markup.ts';
import {
  accepted,
  isRecord,
  type Meaning,
  type Payload,
  type Reading,
  readStatus,
  refused,
  textOf,
  type Vendor,
} from './vendor.ts';

/**
 * Characters. Section text 3,000, header 150, 50 blocks a message: Slack, Block Kit reference (section, header, message).
 * Over all blocks nothing is documented; messages of 13,200 are refused as `msg_blocks_too_long` (slackapi/bolt-js#2509).
 */
export const slackLimits = { section: 3000, header: 150, blocks: 50, all: 12_000 } as const;

/** Only these three are to be escaped (Slack, Formatting text for app surfaces); then no link or mention can begin. */
const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const markup: Markup = {
  plain: (text) => unlinked(escaped(text)),
  strong: (text) => `*${unlinked(escaped(text)).replaceAll('*', '∗')}*`,
  // A code span knows no escape for its own mark.
  code: (text) => `\`${escaped(text).replaceAll('`', 'ˋ')}\``,
  line: (kind, text) => (kind === 'quote' ? `>${text}` : text),
  lineBreak: '\n',
  blockBreak: '\n\n',
};

function payload({ title, blocks }: Part, _digest: Pick<ChatDigest, 'verdict'>): Payload {
  return {
    // What a notification shows; not shown beside the blocks.
    text: escaped(title),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title, emoji: false } },
      // `verbatim`: Slack does not look for links, channels and mentions by itself.
      ...blocks.map((block) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: renderBlock(block, markup), verbatim: true },
      })),
    ],
  };
}

function fits({ blocks }: Payload): boolean {
  if (!Array.isArray(blocks)) return false;
  const lengths = blocks.map((block) =>
    isRecord(block) && isRecord(block['text']) ? textOf(block['text']['text']).length : 0,
  );
  return (
    blocks.length <= slackLimits.blocks &&
    (lengths[0] ?? 0) <= slackLimits.header &&
    lengths.every((length) => length <= slackLimits.section) &&
    lengths.reduce((sum, length) => sum + length, 0) <= slackLimits.all
  );
}

/** Words of the body: Slack, "Sending messages using incoming webhooks", error handling; changelog of 17 May 2016. */
const meanings: { readonly [word: string]: Meaning } = {
  invalid_token: 'token',
  no_service: 'token',
  no_service_id: 'token',
  no_active_hooks: 'token',
  no_team: 'token',
  team_disabled: 'token',
  user_not_found: 'channel',
  channel_not_found: 'channel',
  channel_is_archived: 'channel',
  action_prohibited: 'restricted',
  posting_to_general_channel_denied: 'restricted',
  invalid_payload: 'payload',
  invalid_blocks: 'payload',
  invalid_blocks_format: 'payload',
  no_text: 'payload',
  msg_blocks_too_long: 'size',
  msg_too_long: 'size',
  too_many_attachments: 'size',
  rate_limited: 'rate-limit',
  rollup_error: 'server',
};

function read(answer: Answer): Reading {
  const word = answer.text.trim().slice(0, 60);
  if (answer.status === 200)
    return word === 'ok' ? accepted : (readWord(answer, word) ?? refused('answer', 'HTTP 200'));
  return readWord(answer, word) ?? readStatus(answer);
}

function readWord({ retryAfterMs, status }: Answer, word: string): Reading | null {
  const meaning = Object.hasOwn(meanings, word) ? meanings[word] : undefined;
  return meaning === undefined ? null : refused(meaning, `HTTP ${status} ${word}`, retryAfterMs);
}

export const slack: Vendor = {
  kind: 'slack',
  name: { en: 'Slack', 'zh-CN': 'Slack' },
  place: {
    en: 'api.slack.com/apps, your app, Incoming Webhooks',
    'zh-CN': 'api.slack.com/apps 中该应用的 Incoming Webhooks',
  },
  // "No more than one message per second" to a channel (Slack, Rate limits).
  paceMs: 1100,
  avoidsFullHours: false,
  payload,
  fits,
  lacks: () => null,
  request: (body, { url }) => ({ url, body: JSON.stringify(body) }),
  read,
};
