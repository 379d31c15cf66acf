import type { VerdictWord } from '../../model/report.ts';
import type { ChatDigest } from '../../report/chat/digest.ts';
import type { Part } from '../../report/chat/fill.ts';
import type { Answer } from '../post.ts';
import { joiner, type Markup, renderBlock, unlinked } from './markup.ts';
import {
  accepted,
  isRecord,
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
 * Characters. Embed title 256, description 4,096, all embeds of a message together 6,000, ten embeds, content 2,000: Discord
 * API, Message resource, Embed limits; Webhook resource, Execute webhook.
 */
export const discordLimits = { title: 256, description: 4096, all: 6000, embeds: 10 } as const;

const colors: { readonly [V in VerdictWord]: number } = {
  critical: 0xc93a2c,
  attention: 0xb96a10,
  healthy: 0x2b6a3a,
  unknown: 0x6b7078,
};

const markup: Markup = {
  plain: escaped,
  strong: (text) => `**${escaped(text)}**`,
  code,
  line: (kind, text) => (kind === 'quote' ? `> ${text}` : text),
  lineBreak: '\n',
  blockBreak: '\n\n',
};

/** A backslash before all that forms something, mentions and custom emoji (`<@1>`, `:x:`) among them. */
function escaped(text: string): string {
  return unlinked(text.replace(/[\\`*_~|<>[\]()#]/g, '\\$&').replace(/^([-+=]|\d+\.)/, '\\$1')).replace(
    /@(?=\S)/g,
    `@${joiner}`,
  );
}

/** Two backticks as the fence where the text has one; three would begin a block. */
function code(text: string): string {
  return text.includes('`')
    ? `\`\` ${text.replace(/`{2,}/g, (run) => run.split('').join(joiner))} \`\``
    : `\`${text}\``;
}

/** A title knows emphasis, and no links. */
const titleText = (text: string): string => unlinked(text.replace(/[\\`*_~|<>]/g, '\\$&'));

function payload({ title, blocks }: Part, { verdict }: Pick<ChatDigest, 'verdict'>): Payload {
  return {
    embeds: [
      {
        title: titleText(title),
        description: blocks.map((block) => renderBlock(block, markup)).join(markup.blockBreak),
        color: colors[verdict],
      },
    ],
    // Nobody is called, whatever a text holds.
    allowed_mentions: { parse: [] },
  };
}

function fits({ embeds }: Payload): boolean {
  const embed = Array.isArray(embeds) ? embeds[0] : null;
  if (!isRecord(embed)) return false;
  const [title, description] = [textOf(embed['title']).length, textOf(embed['description']).length];
  return (
    title <= discordLimits.title &&
    description <= discordLimits.description &&
    title + description <= discordLimits.all
  );
}

/** 10015 unknown webhook, 50027 invalid webhook token, 50035 invalid form body: Discord API, JSON error codes. */
function read(answer: Answer): Reading {
  if (answer.status >= 200 && answer.status < 300) return accepted;
  const body = recordOf(answer.text);
  const error = numberOf(body?.['code']);
  const said = [`HTTP ${answer.status}`, error ?? '', textOf(body?.['message'])]
    .filter((part) => part !== '')
    .join(' ');
  if (answer.status === 429) {
    // Seconds, with decimals; the header has them rounded up.
    const seconds = numberOf(body?.['retry_after']);
    return refused('rate-limit', said, seconds === null ? answer.retryAfterMs : Math.ceil(seconds * 1000));
  }
  if (error === 10015 || error === 50027) return refused('token', said);
  if (error === 10003) return refused('channel', said);
  if (error === 50035 || error === 50006 || error === 50109) return refused('payload', said);
  if (error === 240000 || error === 200000 || error === 200001) return refused('content', said);
  return readStatus(answer, textOf(body?.['message']));
}

export const discord: Vendor = {
  kind: 'discord',
  name: { en: 'Discord', 'zh-CN': 'Discord' },
  place: {
    en: 'the channel’s settings, Integrations, Webhooks',
    'zh-CN': '频道设置中的“整合 → Webhook”',
  },
  // Five requests in two seconds a webhook is what its rate limit headers say; not promised.
  paceMs: 600,
  avoidsFullHours: false,
  payload,
  fits,
  lacks: () => null,
  request: (body, { url }) => ({ url, body: JSON.stringify(body) }),
  read,
};
