import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../src/outputs/webhooks/vendor.ts';
import { vendorOf } from '../../../src/outputs/webhooks/vendors.ts';
import { chatDigest } from '../../../src/report/chat/digest.ts';
import { fillParts } from '../../../src/report/chat/fill.ts';
import { madeReport, madeWords } from '../../report/chat/made-report.ts';
import { telegramText } from './vendor-server.ts';

/** One name that tries everything at once, everywhere a name can stand. */
const evil =
  '<!channel> <@U1> <at id=all></at> @everyone @admin /start #tag [click](http://evil.example) ![i](http://evil.example/p.png) <img src=x> <font color="warning">red</font> *bold* `code` ~x~ www.evil.example javascript:alert(1)';

async function sent(kind: Parameters<typeof vendorOf>[0]): Promise<Payload> {
  const vendor = await vendorOf(kind);
  const report = madeReport([
    { priority: 'P0', title: evil, app: evil, quote: evil, fix: evil, command: `pm2 restart '${evil}'` },
  ]);
  const digest = chatDigest(
    report,
    'en',
    madeWords,
    { reason: 'first', toldAt: null, diff: null },
    {
      html: `/srv/${evil}.html`,
      json: null,
      md: null,
    },
  );
  const [part] = fillParts(digest, (one) => vendor.fits(vendor.payload(one, digest)));
  return vendor.payload(part!, digest);
}

/** Without what stands in code spans: nothing is read there. */
const outsideCode = (text: string): string => text.replace(/``[^`]+(?:`[^`]+)*``|`[^`\n]*`/g, '');

describe('a hostile name does nothing', () => {
  it('in Slack: no link, no mention, no broken code', async () => {
    const payload = await sent('slack');
    const text = JSON.stringify(payload);
    expect(text).not.toMatch(/<[^>]/);
    expect(outsideCode(text)).not.toContain('http://evil');
    expect(text).toContain('&lt;!channel&gt;');
    expect(payload['unfurl_links']).toBe(false);
    expect(text).toContain('"verbatim":true');
  });

  it('in Discord: everything that forms something is escaped, and nobody is called', async () => {
    const payload = await sent('discord');
    expect(payload['allowed_mentions']).toEqual({ parse: [] });
    const { description } = (payload['embeds'] as { description: string }[])[0]!;
    const text = outsideCode(description).replace(/\\./g, '');
    expect(text).not.toMatch(/@\w|https?:\/\//);
    expect(text.replace(/^> /gm, '').replaceAll('**', '')).not.toMatch(/[*_~|<>[\]()`]/);
  });

  it('in Teams: no text is read as Markdown', async () => {
    const text = JSON.stringify(await sent('teams'));
    expect(text).not.toContain('"TextBlock"');
    expect(text).not.toContain('http://evil');
    expect(text).not.toContain('"mention"');
  });

  it('in Telegram: our tags only, and no mention, tag or command outside of code', async () => {
    const { text } = (await sent('telegram')) as { text: string };
    expect(telegramText(text)).not.toBeNull();
    const outside = text.replace(/<code>[\s\S]*?<\/code>/g, '');
    expect(telegramText(outside)).not.toMatch(/(?:^|\s)[@#/]\w|https?:\/\/|www\.evil/m);
  });

  it('in DingTalk: no link, picture or tag, and nobody is called', async () => {
    const { markdown, at } = (await sent('dingtalk')) as { markdown: { text: string }; at: unknown };
    expect(markdown.text).not.toMatch(/\]\(|!\[|<[A-Za-z/!@]|https?:\/\/|javascript:a/);
    expect(at).toEqual({ isAtAll: false });
  });

  it('in WeCom: no link, colour or mention', async () => {
    const { content } = ((await sent('wecom')) as { markdown: { content: string } }).markdown;
    expect(outsideCode(content)).not.toMatch(/\]\(|<[A-Za-z/!@]|https?:\/\//);
    expect(content).not.toMatch(/<[A-Za-z/@]/);
  });

  it('in Feishu: only our own colour is a tag', async () => {
    const { card } = (await sent('feishu')) as { card: { elements: { content: string }[] } };
    for (const { content } of card.elements) {
      const rest = content.replace(/<font color='grey'>|<\/font>|\*\*/g, '').replace(/&#\d+;/g, '');
      expect(rest).not.toMatch(/[<>[\]*`~]|https?:\/\//);
    }
  });

  it('stays readable: the quoted line is whole, apart from what was escaped', async () => {
    const { text } = (await sent('telegram')) as { text: string };
    expect(telegramText(text)).toContain(evil);
  });
});
