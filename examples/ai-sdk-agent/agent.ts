// An agent with the AI SDK, for any server with OpenAI's chat completions API; another provider of the AI SDK is a
// change of one line. How to run it: examples/README.md
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, stepCountIs, tool } from 'ai';
import type { AgentFunction } from 'nestjs-agent-sessions';
import { z } from 'zod';

import { fromModelMessages, toModelMessage } from './messages.js';

const provider = createOpenAICompatible({
  name: 'openai',
  baseURL: process.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1',
  apiKey: process.env.OPENAI_API_KEY,
});
const model = provider(process.env.OPENAI_MODEL ?? 'gpt-5-mini');

const tools = {
  get_time: tool({
    description: 'The time of day in a time zone',
    inputSchema: z.object({ time_zone: z.string().describe('IANA name, such as Europe/Paris') }),
    execute: ({ time_zone }) => new Date().toLocaleTimeString('en-GB', { timeZone: time_zone }),
  }),
};

const agent: AgentFunction = async (turn) => {
  const { response } = await generateText({
    model,
    tools,
    stopWhen: stepCountIs(8),
    messages: [...turn.history, turn.message].map(toModelMessage),
    abortSignal: turn.signal,
    onStepFinish: ({ usage }) => {
      turn.usage({ total_tokens: usage.totalTokens ?? 0 });
    },
  });
  const messages = fromModelMessages(response.messages);
  const answer = messages.pop();
  if (answer?.role !== 'assistant' || answer.tool_calls) throw new Error('No answer after 8 steps');
  return { messages, response: answer };
};
export default agent;
