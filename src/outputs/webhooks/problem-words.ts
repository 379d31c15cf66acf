import type { Locale } from '../../model/text.ts';
import type { Failure } from '../post.ts';
import type { Meaning } from './vendor.ts';

/** What cannot be used of the settings. */
export type Unusable = 'not-url' | 'not-https' | 'no-chat' | 'no-token' | 'other-kind';

/** Who it was, where its settings are, and what it said. */
export interface Told {
  readonly vendor: string;
  readonly place: string;
  /** `310000 sign not match`; '' = nothing. */
  readonly said: string;
}

type Says = { readonly [M in Meaning | Failure]: (told: Told) => string };

const en: Says = {
  token: ({ vendor, place, said }) =>
    `${vendor} does not know the address or its key${heard(said)}. It was removed, or copied in part. Make or copy it anew in ${place}.`,
  signature: ({ vendor, place, said }) =>
    `${vendor} refused the signature${heard(said)}. The secret is another one than its robot has, or none is set, or this host’s clock is wrong. Copy the secret anew from ${place}, and check the clock with “date”.`,
  clock: ({ vendor, said }) =>
    `${vendor} refused the time of the signature${heard(said)}: this host’s clock is wrong. Set it with “timedatectl set-ntp true”.`,
  keyword: ({ vendor, place, said }) =>
    `${vendor} takes only messages with its keyword${heard(said)}. Add the keyword pm2-audit in ${place}; every message has it.`,
  address: ({ vendor, place, said }) =>
    `${vendor} does not take messages from this host’s address${heard(said)}. Add its public IP in ${place}, or use a signature instead.`,
  content: ({ vendor, said }) =>
    `${vendor} refused what the message says${heard(said)}. Its own filter decides that; the report itself was written.`,
  channel: ({ vendor, said }) =>
    `${vendor} knows no such chat, or the robot is no longer in it${heard(said)}. Look whether the chat exists, add the robot to it, and check “chat” in the settings.`,
  restricted: ({ vendor, said }) =>
    `${vendor} forbids this robot to write there${heard(said)}. An administrator of the chat has to allow it.`,
  size: ({ vendor, said }) =>
    `${vendor} finds the message too long${heard(said)}. That is a fault of pm2-audit: please report it.`,
  payload: ({ vendor, said }) =>
    `${vendor} does not understand the message${heard(said)}. Check that “kind” is that of the address; if it is, this is a fault of pm2-audit: please report it.`,
  'rate-limit': ({ vendor, said }) =>
    `${vendor} takes no more messages for a while${heard(said)}. It is worth trying again later.`,
  server: ({ vendor, said }) =>
    `${vendor} has trouble of its own${heard(said)}. It is worth trying again later.`,
  answer: ({ vendor, said }) =>
    `The answer is not one of ${vendor}${heard(said)}. A proxy or a login page may stand between, or the address is of another service.`,
  other: ({ vendor, said }) => `${vendor} refused the message${heard(said)}. It is worth trying again later.`,
  'timed-out': ({ vendor, said }) =>
    `${vendor} did not answer in time${heard(said)}. Look whether this host may reach it (firewall, proxy).`,
  unreachable: ({ vendor, said }) =>
    `${vendor} could not be reached${heard(said)}. Look at the name resolution and the firewall of this host; an HTTP proxy is not used.`,
  tls: ({ vendor, said }) =>
    `The connection to ${vendor} is not trusted${heard(said)}: its certificate is not valid here. A proxy that opens TLS needs its certificate in NODE_EXTRA_CA_CERTS.`,
  redirect: ({ vendor, said }) =>
    `The address answers with another address${heard(said)}, and a message with its key is not sent on to it. Put the final address of ${vendor} into the settings.`,
};

const heard = (said: string): string => (said === '' ? '' : ` (${said})`);

const zh: Says = {
  token: ({ vendor, place, said }) =>
    apart(
      `${vendor}不认得该地址或其中的密钥${heardZh(said)}：机器人已被移除，或地址没有复制完整。请在${place}重新获取。`,
    ),
  signature: ({ vendor, place, said }) =>
    apart(
      `${vendor}拒绝了签名${heardZh(said)}：密钥与机器人的不一致或未设置，或者本机时间不准。请在${place}重新复制密钥，并用 date 核对本机时间。`,
    ),
  clock: ({ vendor, said }) =>
    apart(`${vendor}拒绝了签名中的时间${heardZh(said)}：本机时间不准。请用 timedatectl set-ntp true 校准。`),
  keyword: ({ vendor, place, said }) =>
    apart(
      `${vendor}只接收含有关键词的消息${heardZh(said)}。请在${place}添加关键词 pm2-audit，每条消息都含有它。`,
    ),
  address: ({ vendor, place, said }) =>
    apart(
      `${vendor}不接收来自本机 IP 的消息${heardZh(said)}。请在${place}把本机公网 IP 加入白名单，或改用签名方式。`,
    ),
  content: ({ vendor, said }) =>
    apart(`${vendor}的内容审核拒绝了这条消息${heardZh(said)}。报告本身已经写出。`),
  channel: ({ vendor, said }) =>
    apart(
      `${vendor}中没有该会话，或机器人已不在其中${heardZh(said)}。请确认会话存在，把机器人加入其中，并检查配置中的 chat。`,
    ),
  restricted: ({ vendor, said }) =>
    apart(`${vendor}不允许该机器人在此发言${heardZh(said)}，需要会话管理员放行。`),
  size: ({ vendor, said }) =>
    apart(`${vendor}认为消息过长${heardZh(said)}。这是 pm2-audit 自身的问题，请反馈。`),
  payload: ({ vendor, said }) =>
    apart(
      `${vendor}无法识别这条消息${heardZh(said)}。请确认配置中的 kind 与地址一致；若一致，则是 pm2-audit 自身的问题，请反馈。`,
    ),
  'rate-limit': ({ vendor, said }) => apart(`${vendor}暂时限流${heardZh(said)}，可稍后重试。`),
  server: ({ vendor, said }) => apart(`${vendor}服务异常${heardZh(said)}，可稍后重试。`),
  answer: ({ vendor, said }) =>
    apart(`返回内容不是${vendor}的应答${heardZh(said)}：中间可能有代理或登录页，或地址属于别的服务。`),
  other: ({ vendor, said }) => apart(`${vendor}拒绝了这条消息${heardZh(said)}，可稍后重试。`),
  'timed-out': ({ vendor, said }) =>
    apart(`${vendor}没有及时应答${heardZh(said)}。请检查本机能否访问它（防火墙、代理）。`),
  unreachable: ({ vendor, said }) =>
    apart(`无法连接${vendor}${heardZh(said)}。请检查本机的域名解析与防火墙；HTTP 代理不会被使用。`),
  tls: ({ vendor, said }) =>
    apart(
      `与${vendor}的连接不可信${heardZh(said)}：其证书在本机无效。若代理会解密 TLS，请在 NODE_EXTRA_CA_CERTS 中加入它的证书。`,
    ),
  redirect: ({ vendor, said }) =>
    apart(
      `该地址转向了另一个地址${heardZh(said)}；带密钥的消息不会转发过去。请在配置中填写${vendor}的最终地址。`,
    ),
};

const heardZh = (said: string): string => (said === '' ? '' : `（${said}）`);

/** A blank between Chinese and Latin letters, as names of both kinds come in. */
const apart = (text: string): string =>
  text
    .replace(/(\p{Script=Han})(?=[A-Za-z0-9])/gu, '$1 ')
    .replace(/([A-Za-z0-9)])(?=\p{Script=Han})/gu, '$1 ');

/** What an answer, or the lack of one, means in plain words: what happened, why, what to do. */
export const problemWords: { readonly [L in Locale]: Says } = { en, 'zh-CN': zh };

/** What is wrong with the settings of a webhook. The address is never shown. */
export const addressWords: {
  readonly [L in Locale]: (what: Unusable, vendor: string, name: string) => string;
} = {
  en: (what, vendor, name) => {
    switch (what) {
      case 'not-url':
        return `The address of ${name} is no URL. It begins with https:// and is copied whole.`;
      case 'not-https':
        return `The address of ${name} does not begin with https://. A message with its key is not sent in the clear.`;
      case 'no-chat':
        return `${name} has no “chat”: ${vendor} needs the id of the chat (a number, or @channel).`;
      case 'no-token':
        return `${name} has no “secret”: ${vendor} needs the token of the bot.`;
      case 'other-kind':
        return `The waiting message was made for another kind of chat than ${name} is now; it is dropped. The next report comes in the new form.`;
    }
  },
  'zh-CN': (what, vendor, name) => {
    switch (what) {
      case 'not-url':
        return apart(`${name}的地址不是 URL。它应以 https:// 开头，并完整复制。`);
      case 'not-https':
        return apart(`${name}的地址不是以 https:// 开头。带密钥的消息不会明文发送。`);
      case 'no-chat':
        return apart(`${name}没有设置 chat：${vendor}需要会话的 id（数字或 @频道名）。`);
      case 'no-token':
        return apart(`${name}没有设置 secret：${vendor}需要机器人的 token。`);
      case 'other-kind':
        return apart(
          `待发消息是为另一种聊天平台生成的，与${name}现在的类型不符，已丢弃。下一份报告会按新格式发送。`,
        );
    }
  },
};

/** What `send --test` says step by step. */
export interface TestWords {
  address(vendor: string, host: string): string;
  readonly signed: string;
  unsigned(vendor: string): string;
  readonly retired: string;
  arrived(vendor: string): string;
}

export const testWords: { readonly [L in Locale]: TestWords } = {
  en: {
    address: (vendor, host) => `Address of ${vendor} read: ${host}`,
    signed: 'Secret read; the message is signed.',
    unsigned: (vendor) =>
      `No secret is set: ${vendor} then needs the keyword pm2-audit or this host’s IP in its protection.`,
    retired:
      'This is the address of an Office 365 connector; Microsoft has retired them. Make a Workflow in Teams and use its address.',
    arrived: (vendor) => `Test message taken by ${vendor}.`,
  },
  'zh-CN': {
    address: (vendor, host) => apart(`已读取${vendor}的地址：${host}`),
    signed: '已读取密钥，消息将签名。',
    unsigned: (vendor) =>
      apart(`未设置签名密钥：${vendor}的安全设置须使用关键词 pm2-audit 或本机 IP 白名单。`),
    retired: '这是 Office 365 连接器的地址，微软已将其停用。请在 Teams 中创建工作流并使用它的地址。',
    arrived: (vendor) => apart(`${vendor}已接收测试消息。`),
  },
};
