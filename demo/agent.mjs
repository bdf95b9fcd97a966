// A demo agent that needs no API keys: the message selects what it does.
import { setTimeout as delay } from 'node:timers/promises';

import { askUser, requireApproval } from 'nestjs-agent-sessions';

const HELP = `I am a demo. Try:
  hello          an answer at once
  slow 5         an answer after 5 seconds
  tell           an answer that streams word by word
  fail           a turn that ends in an error
  weather Paris  an answer with a tool transcript
  history        how many messages this session has
  approve lunch  asks for your approval, then does it once
  ask            asks you a question with options
  help           this text`;

export default async function demoAgent(turn) {
  const text = turn.message.content?.trim() ?? '';
  const [command = '', ...rest] = text.split(/\s+/);
  turn.usage({ total_tokens: text.length });

  switch (command.toLowerCase()) {
    case 'help':
    case '':
      return HELP;
    case 'slow': {
      const seconds = Math.min(Number(rest[0]) || 5, 600);
      await delay(seconds * 1000, undefined, { signal: turn.signal });
      return `That took ${seconds} seconds.`;
    }
    case 'tell':
      return tell(turn);
    case 'fail':
      throw new Error('The demo agent fails on request');
    case 'weather':
      return weather(turn, rest.join(' ') || 'Paris');
    case 'history':
      return `There are ${turn.history.length} messages before this one.`;
    case 'approve':
      return approve(turn, rest.join(' ') || 'lunch');
    case 'ask':
      return ask(turn);
    default:
      return `You said: ${text}`;
  }
}

async function approve(turn, what) {
  const { approved, reason } = await requireApproval(turn, { toolName: 'order', toolArgs: { what } });
  if (!approved) return `Not ordered: ${reason ?? 'no reason given'}.`;
  const number = await turn.step('order', () => Math.floor(Math.random() * 1000));
  return `Ordered ${what}, number ${number}.`;
}

async function ask(turn) {
  const question = 'Which colour?';
  const { answers } = await askUser(turn, [
    {
      question,
      header: 'Colour',
      options: [
        { label: 'Blue', description: 'Like the sea' },
        { label: 'Green', description: 'Like the woods' },
      ],
    },
  ]);
  return `You chose ${answers[question]}.`;
}

async function tell({ emit, signal }) {
  const story = 'Once upon a time a small agent learned to speak one word after the other.';
  for (const word of story.split(/(?<= )/)) {
    emit(word);
    await delay(150, undefined, { signal });
  }
  return story;
}

function weather({ emit }, city) {
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
  };
  const content = `It is sunny in ${city}.`;
  const result = JSON.stringify({ city, sky: 'sunny' });
  emit({ type: 'tool.call', tool_call_id: call.id, ...call.function });
  emit({ type: 'tool.result', tool_call_id: call.id, content: result });
  emit(content);
  return {
    messages: [
      { role: 'assistant', content: null, tool_calls: [call] },
      {
        role: 'tool',
        tool_call_id: call.id,
        name: 'get_weather',
        content: result,
      },
    ],
    response: { role: 'assistant', content },
  };
}
