/** An agent that does what its message says: asks, fails, is slow, calls a tool, or repeats it. */
export const ASKING = `
import { setTimeout as delay } from 'node:timers/promises';

const QUESTIONS = [
  { question: 'Which colour?', header: 'Colour', options: [
    { label: 'Blue', description: 'like the sky' }, { label: 'Red', description: 'like fire' } ] },
  { question: 'Which sizes?', header: 'Size', multiSelect: true, options: [
    { label: 'Small', description: '' }, { label: 'Large', description: '' } ] },
];

export default async (turn) => {
  const { content, user_params: params } = turn.message;
  const said = (value) => JSON.stringify(value);
  switch (content) {
    case 'fail': throw new Error('It fails on request');
    case 'slow': await delay(60_000, undefined, { signal: turn.signal }); return 'late';
    case 'params': return said(params ?? null);
    case 'refund':
      return said(await turn.interrupt({ type: 'tool_approval', tool_name: 'refund', tool_args: { order: 17 } }));
    case 'ask': return said(await turn.interrupt({ type: 'user_input', questions: QUESTIONS }));
    case 'form': return said(await turn.interrupt({ type: 'form', title: 'Sign' }));
    case 'strict': {
      const schema = { type: 'object', required: ['name'] };
      return said(await turn.interrupt({ type: 'form' }, { schema }));
    }
    default: return 'You said: ' + content;
  }
};`;
