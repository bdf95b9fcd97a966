// A demo agent that needs no API keys: the message selects what it does.
import { setTimeout as delay } from 'node:timers/promises';

const HELP = `I am a demo. Try:
  hello          an answer at once
  slow 5         an answer after 5 seconds
  fail           a turn that ends in an error
  weather Paris  an answer with a tool transcript
  history        how many messages this session has
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
    case 'fail':
      throw new Error('The demo agent fails on request');
    case 'weather':
      return weather(rest.join(' ') || 'Paris');
    case 'history':
      return `There are ${turn.history.length} messages before this one.`;
    default:
      return `You said: ${text}`;
  }
}

function weather(city) {
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'get_weather', arguments: JSON.stringify({ city }) },
  };
  const content = `It is sunny in ${city}.`;
  return {
    messages: [
      { role: 'assistant', content: null, tool_calls: [call] },
      {
        role: 'tool',
        tool_call_id: call.id,
        name: 'get_weather',
        content: JSON.stringify({ city, sky: 'sunny' }),
      },
    ],
    response: { role: 'assistant', content },
  };
}
