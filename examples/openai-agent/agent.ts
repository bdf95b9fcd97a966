// An agent with the `openai` package, for OpenAI or any server with its chat completions API.
// How to run it: examples/README.md
import type { AgentFunction, ChatMessage, ToolCall } from 'nestjs-agent-sessions';
import OpenAI from 'openai';
import { z } from 'zod';

// Reads OPENAI_API_KEY and OPENAI_BASE_URL itself.
const openai = new OpenAI();
const model = process.env.OPENAI_MODEL ?? 'gpt-5-mini';
const MAX_STEPS = 8;

const TimeArguments = z.object({ time_zone: z.string().describe('IANA name, such as Europe/Paris') });
const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_time',
      description: 'The time of day in a time zone',
      parameters: z.toJSONSchema(TimeArguments),
    },
  },
];

const agent: AgentFunction = async (turn) => {
  const messages: ChatMessage[] = [];
  for (let step = 1; step <= MAX_STEPS; step++) {
    const completion = await openai.chat.completions.create(
      { model, tools, messages: [...turn.history, turn.message, ...messages].map(toOpenAI) },
      { signal: turn.signal },
    );
    turn.usage({ total_tokens: completion.usage?.total_tokens ?? 0 });
    const response = fromOpenAI(completion);
    if (!response.tool_calls?.length) return { messages, response };
    messages.push(response, ...response.tool_calls.map(callTool));
  }
  throw new Error(`No answer after ${MAX_STEPS} steps`);
};
export default agent;

/** Returns errors as the tool's result, so that the model can try something else. */
function callTool({ id, function: { name, arguments: text } }: ToolCall): ChatMessage {
  let content: string;
  try {
    if (name !== 'get_time') throw new Error('There is no such tool');
    const { time_zone } = TimeArguments.parse(JSON.parse(text));
    content = new Date().toLocaleTimeString('en-GB', { timeZone: time_zone });
  } catch (error) {
    content = String(error);
  }
  return { role: 'tool', tool_call_id: id, name, content };
}

function toOpenAI(message: ChatMessage): OpenAI.ChatCompletionMessageParam {
  const { role, content } = message;
  switch (role) {
    case 'assistant':
      return { role, content, tool_calls: message.tool_calls ?? undefined };
    case 'tool':
      return { role, content: content ?? '', tool_call_id: message.tool_call_id ?? '' };
    default:
      return { role, content: content ?? '' };
  }
}

function fromOpenAI({ choices }: OpenAI.ChatCompletion): ChatMessage {
  const message = choices[0]?.message;
  if (!message) throw new Error('The model has not answered');
  const toolCalls = message.tool_calls?.filter((call) => call.type === 'function');
  return { role: 'assistant', content: message.content, tool_calls: toolCalls?.length ? toolCalls : null };
}
