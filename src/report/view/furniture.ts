import en from '../../../templates/locales/en.json' with { type: 'json' };
import zhCn from '../../../templates/locales/zh-CN.json' with { type: 'json' };
import type { Locale } from '../../model/text.ts';

/** Headings, columns and state words of the page: key `page` of templates/locales/*.json. */
export type Furniture = typeof en.page;

/** A key that Chinese lacks does not compile. */
export const furniture: { readonly [L in Locale]: Furniture } = { en: en.page, 'zh-CN': zhCn.page };
