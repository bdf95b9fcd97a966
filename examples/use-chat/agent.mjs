import { requireApproval } from 'nestjs-agent-sessions';

/** Streams, calls a tool, and asks before it does something that cannot be undone. */
export default async function agent(turn) {
  const { content } = turn.message;
  const text = await turn.step('think', () => say(turn, `You want: ${content}. I look at the order first. `));
  const order = await turn.step('look up', () => {
    turn.emit({ type: 'tool.call', tool_call_id: 'look-up', name: 'find_order', arguments: '{"id":7}' });
    const found = '{"id":7,"price":30}';
    turn.emit({ type: 'tool.result', tool_call_id: 'look-up', content: found });
    return found;
  });
  const { approved } = await requireApproval(turn, {
    toolName: 'refund',
    toolArgs: { order: 7, amount: 30 },
  });
  const end = approved ? 'The money is on its way.' : 'Nothing was changed.';
  await turn.step('tell', () => say(turn, end));
  const call = { id: 'look-up', type: 'function', function: { name: 'find_order', arguments: '{"id":7}' } };
  return {
    messages: [
      { role: 'assistant', content: text, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'look-up', content: order },
    ],
    response: { role: 'assistant', content: end },
  };
}

/** A model would do this. */
async function say(turn, text) {
  for (const word of text.match(/\S+\s*/g)) {
    turn.emit(word);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return text;
}
