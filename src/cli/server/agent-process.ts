import 'reflect-metadata';

import { Logger } from '@nestjs/common';

import type { Agent } from '../../agents/agent.js';
import { isAgentClass, toAgent } from '../../agents/agent-provider.js';
import { answerOneTurn } from '../../agents/isolation/answer-one-turn.js';
import { SETTINGS } from '../../options/option-tables.js';
import { oneLine } from '../failure.js';
import { loadAgent } from './load-agent.js';
import { logError } from './log-error.js';
import { createLogger, type LogOptions } from './server-logger.js';
import { watchParent } from './watch-parent.js';

// Entry point of the child process of an isolated run: see `isolatable`.
const [, , file = '', logLevel = 'info', logFormat = 'text'] = process.argv;

Logger.overrideLogger(createLogger({ logLevel, logFormat } as LogOptions));
const logger = new Logger('AgentProcess');

process.on('unhandledRejection', (reason) => {
  logError(logger, 'Unhandled rejection', reason);
});

async function load(): Promise<Agent> {
  try {
    const agent = await loadAgent(file);
    return isAgentClass(agent) ? new agent() : toAgent(agent);
  } catch (error) {
    logger.error(oneLine(error));
    throw new Error('The agent could not be loaded in a process of its own', { cause: error });
  }
}

await watchParent();
await answerOneTurn(load, SETTINGS.maxHistory.default);
