import { describe, expect, it } from 'vitest';
import { inlineMail, readMailStyles } from '../../../scripts/inline-mail.mjs';

const styles = readMailStyles(`
  :root { --ink: light-dark(#111111, #eeeeee); }
  /* a comment; with: signs { } */
  .text { margin: 0; color: var(--ink); }
  .line { border-top: 1px solid light-dark(#cccccc, #333333); }
  .red { color: #b3261a; }
  .paper { background-color: light-dark(#ffffff, #121315); }
`);

describe('the styles of the mail', () => {
  it('are written into their elements, a colour pair as two declarations', () => {
    expect(inlineMail('<p class="text">a</p>', styles)).toBe(
      '<p style="margin:0;color:#111111;color:light-dark(#111111,#eeeeee)">a</p>',
    );
    expect(inlineMail('<td class="line">a</td>', styles)).toBe(
      '<td style="border-top:1px solid #cccccc;border-top-color:light-dark(#cccccc,#333333)">a</td>',
    );
  });

  it('let a later class overrule an earlier one, and keep what the element says itself', () => {
    expect(inlineMail('<p lang="{{lang}}" class="text red" style="width:{{x}}px">', styles)).toBe(
      '<p lang="{{lang}}" style="margin:0;color:#b3261a;width:{{x}}px">',
    );
  });

  it('give a background to Outlook as an attribute', () => {
    expect(inlineMail('<table width="100%" class="paper">', styles)).toBe(
      '<table width="100%" bgcolor="#ffffff" style="background-color:#ffffff;background-color:light-dark(#ffffff,#121315)">',
    );
  });

  it('leave blocks of the template alone', () => {
    const template = '{{#each rows}}<tr>{{> email-pill pill short=true}}<td>{{rich this}}</td></tr>{{/each}}';
    expect(inlineMail(template, styles)).toBe(template);
  });

  it('stop the build at a class that is not there and at a rule that is none of one class', () => {
    expect(() => inlineMail('<p class="texd">', styles)).toThrow('texd');
    expect(() => readMailStyles('p { margin: 0 }')).toThrow('not one class');
    expect(() => readMailStyles('.a { color: var(--no) }')).toThrow('--no');
  });
});
