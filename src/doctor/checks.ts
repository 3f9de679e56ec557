/**
 * Everything the doctor tries, in the order it is told.
 * @module
 */
import { botCheckup, socketCheckup as slackSocket } from '../channels/slack/checkup.ts';
import { appCheckup, socketCheckup as wecomSocket } from '../channels/wecom/checkup.ts';
import { access } from './checks/access.ts';
import { chat } from './checks/chat.ts';
import { corpus } from './checks/corpus.ts';
import { embedding } from './checks/embedding.ts';
import { dataFolder, indexFolder } from './checks/folders.ts';
import { indexState } from './checks/index-state.ts';
import { port } from './checks/port.ts';
import { publicUrl } from './checks/public-url.ts';
import { rerank } from './checks/rerank.ts';
import { slackSettings } from './checks/slack.ts';
import { wecomSettings } from './checks/wecom.ts';
import type { Check } from './types.ts';

/** A new check is a line here. */
export const CHECKS: readonly Check[] = [
  corpus,
  indexFolder,
  dataFolder,
  indexState,
  chat,
  embedding,
  rerank,
  slackSettings,
  botCheckup,
  slackSocket,
  wecomSettings,
  appCheckup,
  wecomSocket,
  publicUrl,
  access,
  port,
];
