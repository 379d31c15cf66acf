import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeMarkdown,
  markCode,
  markdownCode,
  markdownName,
  markName,
  proseToHtml,
  proseToMarkdown,
  proseToTerminal,
  proseToText,
} from '../../src/report/prose.ts';

const sentence = `${markName('api')} holds 560 MB; set ${markCode('max_memory_restart')} <b>now</b>`;

describe('marks become the markup of each format', () => {
  it('text and terminal', () => {
    expect(proseToText(sentence)).toBe('api holds 560 MB; set max_memory_restart <b>now</b>');
    expect(proseToTerminal(`a\u001b[31mb\u202ec\n${markName('d')}`)).toBe('a[31mbc d');
  });
  it('HTML', () => {
    expect(proseToHtml(sentence)).toBe(
      '<span class="nb">api</span> holds 560\u00a0MB; set <code>max_memory_restart</code> &lt;b&gt;now&lt;/b&gt;',
    );
    expect(proseToHtml(markName('<script>alert(1)</script>'))).not.toContain('<script');
  });
  it('Markdown', () => {
    expect(proseToMarkdown(sentence)).toBe('api holds 560 MB; set `max_memory_restart` \\<b\\>now\\</b\\>');
  });
});

describe('hostile text is inert', () => {
  it('keeps marks from being forged', () => {
    expect(proseToHtml(markName('x\u{e001}</span><img src=x>'))).toBe(
      '<span class="nb">x&lt;/span&gt;&lt;img src=x&gt;</span>',
    );
    expect(proseToHtml('\u{e000}open <i>')).toBe('open &lt;i&gt;');
  });
  it('cannot leave a code span', () => {
    expect(markdownCode('a``b`c')).toBe('```a``b`c```');
    expect(markdownCode('`')).toBe('`` ` ``');
    expect(markdownCode('a|b', true)).toBe('`a\\|b`');
  });
  it.each([
    '@channel',
    'https://evil.example',
    'www.evil.example',
    '![x](y)',
    '<img>',
    '# h',
    'a@b.example',
    '../../x',
    '=cmd()',
  ])('shows the name %s as code', (name) => expect(markdownName(name)).toBe(`\`${name}\``));
  it('shows plain names plainly', () => {
    expect(markdownName('flask-app')).toBe('flask-app');
    expect(markdownName('订单 服务')).toBe('订单 服务');
  });
  it('breaks links and mentions in sentences', () => {
    expect(escapeMarkdown('see https://x.example by @ann in #12')).toBe(
      'see https\\://x.example by \\@\u2060ann in \\#\u206012',
    );
    expect(escapeMarkdown('- a')).toBe('\\- a');
    expect(escapeMarkdown('1. a')).toBe('1\\. a');
  });
  it('leaves no line break, escape or direction character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const all = proseToTerminal(text) + escapeMarkdown(text) + markdownCode(text);
        expect(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/u.test(all)).toBe(false);
      }),
    );
  });
});
