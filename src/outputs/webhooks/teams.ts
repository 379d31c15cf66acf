import type { Json } from '../../model/text.ts';
import type { Part } from '../../report/chat/fill.ts';
import type { Block, Line, Span } from '../../report/chat/lines.ts';
import type { Answer } from '../post.ts';
import { unlinked } from './markup.ts';
import {
  accepted,
  jsonBytes,
  type Payload,
  type Reading,
  readStatus,
  refused,
  type Vendor,
} from './vendor.ts';

/**
 * Bytes of the whole message. Documented are "approximately 28 KB" (Microsoft Teams connector, Known issues; Limits and
 * specifications for Teams); cards of more than 21 KB were seen refused (rubydoc msteams_hermes, Message), so 20 are used.
 */
export const teamsLimits = { documentedBytes: 28_000, usedBytes: 20_000 } as const;

/**
 * A Workflow ("When a Teams webhook request is received") takes a message with Adaptive Cards. The texts stand in
 * RichTextBlocks: their TextRuns know no Markdown (adaptivecards.io, TextRun), so no name can form a link.
 */
function payload({ title, blocks }: Part): Payload {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            { type: 'RichTextBlock', inlines: [{ ...run(title), weight: 'Bolder', size: 'Medium' }] },
            ...blocks.flatMap(lines),
          ],
        },
      },
    ],
  };
}

function lines(block: Block): readonly Payload[] {
  return block.map((line, index) => ({
    type: 'RichTextBlock',
    ...(index === 0 ? { separator: true, spacing: 'Medium' } : { spacing: 'Small' }),
    inlines: line.spans.map((span) => inline(line, span)),
  }));
}

function inline({ kind }: Line, { style, text }: Span): Payload {
  const isSoft = kind === 'quote' ? { isSubtle: true } : {};
  switch (style) {
    case 'strong':
      return { ...run(text), weight: 'Bolder' };
    case 'code':
      return { ...run(text), ...isSoft, fontType: 'Monospace' };
    default:
      return { ...run(text), ...isSoft };
  }
}

const run = (text: string): { readonly [key: string]: Json } => ({ type: 'TextRun', text: unlinked(text) });

/**
 * A Workflow answers 202 with nothing. The retired connectors answered 200 and put the error of Teams into the text:
 * "Webhook message delivery failed with error: … returned HTTP error 413".
 */
function read(answer: Answer): Reading {
  const failed = /failed with error.*?HTTP error (\d{3})/is.exec(answer.text)?.[1];
  if (failed !== undefined) return readStatus({ ...answer, status: Number(failed) });
  if (/failed with error|error/i.test(answer.text) && answer.status === 200)
    return refused('answer', 'HTTP 200');
  if (answer.status === 400 && /TriggerRequestSchemaMismatch|InvalidRequestContent/.test(answer.text))
    return refused('payload', 'HTTP 400');
  // The address of a Workflow carries its own key (`sig=`); a wrong one is 401, a removed or stopped flow 404.
  if (answer.status === 403) return refused('restricted', 'HTTP 403');
  return answer.status >= 200 && answer.status < 300 ? accepted : readStatus(answer);
}

export const teams: Vendor = {
  kind: 'teams',
  name: { en: 'Microsoft Teams', 'zh-CN': 'Microsoft Teams' },
  place: {
    en: 'the channel’s menu, Workflows, “Post to a channel when a webhook request is received”',
    'zh-CN': '频道菜单中的“工作流 → 收到 Webhook 请求时发布到频道”',
  },
  // More than four requests in a second are throttled (Microsoft Teams, Create Incoming Webhooks).
  paceMs: 1000,
  avoidsFullHours: false,
  payload,
  fits: (message) => jsonBytes(message) <= teamsLimits.usedBytes,
  lacks: () => null,
  request: (body, { url }) => ({ url, body: JSON.stringify(body) }),
  read,
};
