/** Calling tools: what a call gives, and how it fails. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { expect } from 'vitest';

/** A call's structured content and its text. */
export async function call<T>(client: Client, name: string, args: object = {}) {
  const result = (await client.callTool({ name, arguments: { ...args } })) as CallToolResult;
  const [content] = result.content;
  if (result.isError || content?.type !== 'text') throw new Error(JSON.stringify(result));
  return { structured: result.structuredContent as T, text: content.text };
}

/** The message of a call that fails, in Chinese and with nothing of the inside in it. */
export async function failure(client: Client, name: string, args: object = {}): Promise<string> {
  const { isError, structuredContent, content } = (await client.callTool({
    name,
    arguments: { ...args },
  })) as CallToolResult;
  expect([isError, structuredContent, content.length]).toEqual([true, undefined, 1]);
  const text = content[0]?.type === 'text' ? content[0].text : '';
  expect(text).toMatch(/\p{Script=Han}/u);
  expect(text).not.toMatch(/node_modules|\.ts\b| {4}at |\/work|\/tmp|\/srv|Error/);
  return text;
}
